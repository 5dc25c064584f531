//! How long one stays at an organization, and what happens to a form that one is filling in meanwhile; and a browser that
//! does not stay at all, because it keeps no cookie.

use std::sync::Arc;

use http::Method;
use net::Request;
use serde_json::{Value, json};
use types::{Clock, ManualClock, SystemClock};

use super::organization::{CONTOSO, enter, is_at_sign_in};
use crate::support::{App, Browser, PASSWORD, text};

/// A stand-in whose clock stands still, so that a session's seconds are exact.
async fn still() -> App {
    App::start_by(Arc::new(ManualClock::at(SystemClock.now()))).await
}

async fn advance(app: &App, seconds: i64) {
    let turn = json!({ "advance_seconds": seconds });
    app.control(Method::POST, "/tenants/contoso.com/clock", &turn)
        .await;
}

#[tokio::test]
async fn a_session_lasts_eight_hours_and_warns_at_seven_forty() {
    testkit::rows!("003-33", "003-34");
    let app = still().await;
    let mut anna = enter(&app, "/_pages/sales", "anna@contoso.com").await;
    let state = async |anna: &mut Browser<'_>| {
        anna.visit(CONTOSO, "/_session.json").await;
        serde_json::from_str::<Value>(&anna.page).unwrap()["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let warned = async |anna: &mut Browser<'_>| {
        anna.visit(CONTOSO, "/_pages/sales").await;
        assert_eq!(anna.status, 200);
        let shown = anna.page.contains("Your session is about to expire.");
        assert!(shown, "the banner is there, hidden or not");
        !anna.page.contains("hidden=\"hidden\"")
    };
    assert_eq!(state(&mut anna).await, "live");
    advance(&app, 7 * 3600 + 39 * 60 + 59).await;
    assert_eq!(state(&mut anna).await, "live");
    assert!(!warned(&mut anna).await, "7:39:59");
    advance(&app, 1).await;
    assert_eq!(state(&mut anna).await, "warned");
    assert!(warned(&mut anna).await, "7:40:00");
    assert!(anna.page.contains("It ends in 20 minutes"), "{}", anna.page);
    advance(&app, 19 * 60 + 59).await;
    assert_eq!(state(&mut anna).await, "warned");
    assert!(warned(&mut anna).await, "7:59:59");
    advance(&app, 1).await;
    assert_eq!(state(&mut anna).await, "over");
    anna.visit(CONTOSO, "/_pages/sales").await;
    assert!(is_at_sign_in(&anna), "8:00:00: {}", anna.at);
    assert!(
        anna.page.contains("name=\"passwd\""),
        "the password is asked for: {}",
        anna.page
    );
    app.stop().await;
}

#[tokio::test]
async fn after_the_warning_one_signs_in_again_and_is_where_one_was() {
    testkit::rows!("003-35");
    let app = still().await;
    let mut anna = enter(&app, "/_pages/service", "anna@contoso.com").await;
    advance(&app, 7 * 3600 + 45 * 60).await;
    anna.visit(CONTOSO, "/_pages/service").await;
    let area = anna.at.clone();
    let typed = [
        ("topic", "<b>Printer</b> on fire"),
        ("description", "third floor"),
    ];
    anna.press("OK", &typed).await;
    assert!(
        is_at_sign_in(&anna) && anna.page.contains("name=\"passwd\""),
        "{}: {}",
        anna.at,
        anna.page
    );
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(anna.at.starts_with(&area), "{}", anna.at);
    assert!(
        anna.page
            .contains("value=\"&#60;b&#62;Printer&#60;/b&#62; on fire\""),
        "{}",
        anna.page
    );
    assert!(
        anna.page.contains("third floor") && anna.page.contains("was kept"),
        "{}",
        anna.page
    );
    let kept = anna.at.clone();
    // Back: the area opens without another question, and for eight more hours.
    advance(&app, 7 * 3600).await;
    anna.open(&area).await;
    assert_eq!((anna.status, anna.at.as_str()), (200, area.as_str()));
    assert!(!anna.page.contains("Printer"));
    anna.open(&kept).await;
    assert_eq!(anna.status, 200);
    // What was kept is shown to nobody else.
    let path = kept
        .split_once(":")
        .and_then(|(_, rest)| rest.split_once("/_pages"))
        .unwrap()
        .1;
    let jon = enter(&app, &format!("/_pages{path}"), "admin@contoso.onmicrosoft.com").await;
    assert_eq!(jon.status, 200, "{}", jon.page);
    assert!(!jon.page.contains("Printer"), "{}", jon.page);
    app.stop().await;
}

#[tokio::test]
async fn a_form_sent_after_the_end_is_not_lost() {
    testkit::rows!("003-35");
    let app = still().await;
    let mut anna = enter(&app, "/_pages/sales", "anna@contoso.com").await;
    anna.press("Save", &[("topic", "Ten bicycles")]).await;
    assert!(
        anna.page.contains("“Ten bicycles” arrived whole"),
        "{}",
        anna.page
    );
    anna.press("Save", &[("topic", " ")]).await;
    assert!(
        anna.status == 400 && anna.page.contains("The first field is empty"),
        "{}",
        anna.page
    );
    advance(&app, 8 * 3600).await;
    anna.press("Save", &[("topic", "Twenty bicycles"), ("customer", "Fabrikam")])
        .await;
    assert!(is_at_sign_in(&anna), "{}: {}", anna.at, anna.page);
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(
        anna.page.contains("value=\"Twenty bicycles\"") && anna.page.contains("value=\"Fabrikam\""),
        "{}",
        anna.page
    );
    assert!(
        !anna.page.contains("arrived whole"),
        "nothing is done that she did not do"
    );
    anna.press("Save", &[]).await;
    assert!(
        anna.page.contains("“Twenty bicycles” arrived whole"),
        "{}",
        anna.page
    );
    // A form that another site sent with her cookie, after the end, is kept for nobody.
    advance(&app, 8 * 3600).await;
    anna.press("Save", &[("topic", "Forged"), ("token", "guess")])
        .await;
    assert_eq!(anna.status, 400, "{}", anna.page);
    app.stop().await;
}

#[tokio::test]
async fn signed_out_in_one_tab_is_out_in_all() {
    let app = App::start().await;
    let mut anna = enter(&app, "/_pages/sales", "anna@contoso.com").await;
    let other_tab = anna.at.clone();
    anna.visit(CONTOSO, "/").await;
    anna.visit("portal.office.com", "/").await;
    assert_eq!(anna.status, 200, "{}", anna.page);
    anna.visit(CONTOSO, "/").await;
    anna.press("Sign out", &[]).await;
    anna.visit(CONTOSO, "/_session.json").await;
    assert!(anna.page.contains("\"signed-out\""), "{}", anna.page);
    for url in [other_tab, app.url("portal.office.com", "/")] {
        anna.open(&url).await;
        assert!(is_at_sign_in(&anna), "{url}: {}", anna.at);
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_changes_the_old_rule_and_the_newer_one_holds_from_the_next_sign_in() {
    testkit::rows!("003-36");
    let app = still().await;
    let path = "/tenants/contoso.com/organizations/contoso";
    let url = app.url("localhost", &format!("/_keyway/v1{path}"));
    let patch = async |body: Value| {
        app.send(Request::json(Method::PATCH, &*url, body.to_string()))
            .await
    };
    let refused = patch(json!({ "sessions": { "length_minutes": 600 } })).await;
    assert_eq!(refused.status, 409);
    assert!(text(&refused).contains("cannot be changed"), "{}", text(&refused));
    let mut anna = enter(&app, "/", "anna@contoso.com").await;
    let sessions = json!({ "length_minutes": 60, "warning_minutes": 10, "inactivity_minutes": 15 });
    let body = json!({ "session_rule": "configurable", "sessions": sessions });
    assert_eq!(patch(body).await.status, 200);
    let refused = patch(json!({ "sessions": { "length_minutes": 59 } })).await;
    assert_eq!(
        (
            refused.status.as_u16(),
            text(&refused).contains("60 minutes or longer")
        ),
        (400, true)
    );
    // Hers began under the old rule.
    advance(&app, 7 * 3600).await;
    anna.visit(CONTOSO, "/").await;
    assert_eq!(anna.status, 200);
    anna.press("Sign out", &[]).await;
    let mut anna = enter(&app, "/", "anna@contoso.com").await;
    assert!(anna.page.contains("You stay signed in for an hour, and are warned 10 minutes before the end. A session that nobody uses for 15 minutes ends."), "{}", anna.page);
    // Used again and again it lasts an hour, whatever is done.
    for _ in 0..3 {
        advance(&app, 14 * 60).await;
        anna.visit(CONTOSO, "/").await;
        assert!(
            anna.status == 200 && anna.page.contains("hidden=\"hidden\""),
            "{}",
            anna.page
        );
    }
    advance(&app, 8 * 60).await;
    anna.visit(CONTOSO, "/").await;
    assert!(!anna.page.contains("hidden=\"hidden\""), "50:00: {}", anna.page);
    advance(&app, 10 * 60 - 1).await;
    anna.visit(CONTOSO, "/").await;
    assert_eq!(anna.status, 200, "59:59");
    advance(&app, 1).await;
    anna.visit(CONTOSO, "/").await;
    assert!(is_at_sign_in(&anna), "60:00");
    // Left alone it ends after fifteen minutes; looking at how long it lasts is no use of it, somebody typing is.
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    advance(&app, 14 * 60).await;
    anna.visit(CONTOSO, "/_session.json?active=1").await;
    advance(&app, 14 * 60).await;
    anna.visit(CONTOSO, "/_session.json").await;
    anna.visit(CONTOSO, "/portal.css").await;
    assert_eq!(anna.status, 200);
    anna.visit(CONTOSO, "/_session.json").await;
    assert!(anna.page.contains("\"live\""), "{}", anna.page);
    advance(&app, 60).await;
    anna.visit(CONTOSO, "/_session.json").await;
    assert!(anna.page.contains("\"over\""), "{}", anna.page);
    anna.visit(CONTOSO, "/").await;
    assert!(is_at_sign_in(&anna));
    app.stop().await;
}

#[tokio::test]
async fn a_browser_that_goes_round_is_told_so_and_mended() {
    testkit::rows!("003-31", "003-32", "003-37");
    let app = App::start().await;
    let amendment = json!({ "amendment": "cookie-lost", "organization": "contoso" });
    app.control(Method::POST, "/tenants/contoso.com/amendments", &amendment)
        .await;
    let anna = enter(&app, "/", "anna@contoso.com").await;
    let returns = anna
        .hops
        .iter()
        .filter(|hop| hop.contains("/signin-oidc"))
        .count();
    assert_eq!(returns, 5, "{:?}", anna.hops);
    let steps = [
        "You are being sent round in a circle",
        "What cures it today",
        "(historical)",
        "Internet Options",
        "Trusted sites",
        "<b>Sites</b>",
        "http://*.dynamics.com",
        "Sites added to this zone must use the https:// prefix",
        "Require server verification (https:) for all sites in this zone",
        "<b>OK</b>",
        "/causes/browser-trusted-sites-loop",
    ];
    let mut from = 0;
    for part in &steps[..steps.len() - 1] {
        let at = anna.page[from..].find(part);
        from += at.unwrap_or_else(|| panic!("{part}, in this order: {}", anna.page));
    }
    assert!(anna.page.contains(steps[steps.len() - 1]), "{}", anna.page);
    assert_eq!(app.get("/causes/browser-trusted-sites-loop").await.status, 200);
    app.control(
        Method::DELETE,
        "/tenants/contoso.com/amendments/cookie-lost",
        &Value::Null,
    )
    .await;
    let mut anna = enter(&app, "/", "anna@contoso.com").await;
    assert_eq!(anna.status, 200, "{}", anna.page);
    anna.visit(CONTOSO, "/_help").await;
    for part in [
        "Neither you nor an administrator can change that",
        "Contact technical support",
        "account.live.com",
        "Adele Admin",
    ] {
        assert!(anna.page.contains(part), "{part}: {}", anna.page);
    }
    app.stop().await;
}
