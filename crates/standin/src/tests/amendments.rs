//! Every amendment in the list takes hold exactly once, says what it changed, and is taken back without a trace.

use serde_json::{Value, json};

use super::{World, calls::tenant};
use crate::amend::AMENDMENTS;

/// What is given to amendments that need something to take hold.
fn parameters(amendment: &str) -> Value {
    match amendment {
        "access-rule" => json!({ "control": "block" }),
        "clock-turned" => json!({ "seconds": -7200 }),
        "scopes-withdrawn" => json!({ "api": "Contoso Middle Tier" }),
        "requests-limited" => json!({ "requests": 1 }),
        "organization-moved" => json!({ "region": "crm5.dynamics.com" }),
        "security-group-set" => json!({ "group": "Laboratory" }),
        "access-mode-changed" => json!({ "mode": "read" }),
        "privilege-taken" => json!({ "privilege": "prvReadUser" }),
        "address-unlisted" => json!({ "ranges": ["203.0.113.0/24"] }),
        "release-older" => json!({ "version": "8.2.2.112" }),
        _ => json!({}),
    }
}

fn user(amendment: &str) -> Option<&'static str> {
    match amendment {
        "invitation-pending" => Some("olaf@fabrikam.onmicrosoft.com"),
        "email-unverified" => Some("vera@wingtip.example"),
        _ => Some("anna@contoso.com"),
    }
}

fn app(amendment: &str) -> &'static str {
    match amendment {
        "audience-narrowed" => "Contoso Everyone",
        "certificate-removed" => "Contoso Connector with a certificate",
        "public-flows-off" => "Contoso Desktop",
        _ => "Contoso Connector",
    }
}

/// Everything the control API shows of a tenant.
async fn whole(world: &World, path: &str) -> Vec<Value> {
    let mut shown = Vec::new();
    for part in [
        "/settings",
        "/accounts",
        "/apps",
        "/principals",
        "/consents",
        "/organizations",
        "/organizations/contoso/users",
        "/amendments",
    ] {
        let got = world.control("GET", &format!("{path}{part}"), "").await;
        shown.push(match got.status {
            200 => got.json(),
            status => json!(status),
        });
    }
    shown
}

#[tokio::test]
async fn each_takes_hold_once_and_is_undone_without_a_trace() {
    let world = World::demo().await;
    let contoso = format!("/tenants/{}", tenant(&world, "Contoso").id);
    let consumers = format!("/tenants/{}", types::TenantId::CONSUMERS);
    let both = [whole(&world, &contoso).await, whole(&world, &consumers).await];
    for amendment in AMENDMENTS {
        let name = amendment.name;
        // A Microsoft account's own state is where Microsoft accounts are.
        let (path, before) = match name {
            "email-unverified" => (&consumers, &both[1]),
            _ => (&contoso, &both[0]),
        };
        let body = json!({
            "amendment": name,
            "user": user(name),
            "app": app(name),
            "organization": "contoso",
            "with": parameters(name),
        });
        let applying = format!("{path}/amendments");
        let made = world.control("POST", &applying, &body.to_string()).await;
        assert_eq!(made.status, 201, "{name}: {}", made.text());
        assert_ne!(made.json()["changed"], json!([]), "{name} says what it changed");
        let again = world.control("POST", &applying, &body.to_string()).await;
        assert_eq!(again.status, 409, "{name} twice: {}", again.text());
        let undone = world.control("DELETE", &format!("{applying}/{name}"), "").await;
        assert_eq!(undone.status, 204, "{name}: {}", undone.text());
        assert_eq!(whole(&world, path).await, *before, "{name} left something behind");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let world = World::demo().await;
    let path = format!("/tenants/{}/amendments", tenant(&world, "Contoso").id);
    for (body, status) in [
        (json!({ "amendment": "no-such-thing" }), 400),
        (
            json!({ "amendment": "account-blocked", "code": "AADSTS50057" }),
            400,
        ),
        (
            json!({ "amendment": "account-blocked", "user": "nobody@contoso.com" }),
            404,
        ),
        (
            json!({ "amendment": "account-blocked", "user": "anna@contoso.com", "with": { "x": 1 } }),
            400,
        ),
        (
            json!({ "amendment": "roles-taken", "user": "anna@contoso.com" }),
            400,
        ),
        (
            json!({ "amendment": "account-blocked", "user": "dora@contoso.com" }),
            409,
        ),
        (
            json!({ "amendment": "clock-turned", "with": { "seconds": "soon" } }),
            400,
        ),
        (
            json!({ "amendment": "clock-turned", "with": { "seconds": 284_018_400_000_i64 } }),
            400,
        ),
    ] {
        let got = world.control("POST", &path, &body.to_string()).await;
        assert_eq!(got.status, status, "{body}: {}", got.text());
    }
    assert_eq!(
        world.control("GET", &path, "").await.json(),
        json!({ "applied": [] })
    );
    assert_eq!(
        world
            .control("DELETE", &format!("{path}/account-blocked"), "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_link_fails_as_it_is_told_and_works_again() {
    let world = World::demo().await;
    let opened = world.control("POST", "/links", r#"{"to":"https"}"#).await;
    let port = opened.json()["port"].as_u64().unwrap();
    let link = format!("/links/{port}");
    let reached = async || {
        let at = std::net::SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
        tokio::net::TcpStream::connect(at).await.is_ok()
    };
    assert!(reached().await);
    assert_eq!(
        world
            .control("PUT", &link, r#"{"way":"port-refused"}"#)
            .await
            .status,
        200
    );
    assert_eq!(
        world
            .control("PUT", &link, r#"{"way":"port-refused"}"#)
            .await
            .status,
        409
    );
    assert_eq!(
        world.control("PUT", &link, r#"{"way":"gremlins"}"#).await.status,
        400
    );
    assert_eq!(world.control("DELETE", &link, "").await.status, 204);
    assert_eq!(world.control("DELETE", &link, "").await.status, 404);
}
