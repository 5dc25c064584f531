//! What keeps people and programs out who would get in: the organization's own state and its settings.

use http::Method;
use serde_json::json;
use types::{AppId, Clock as _, ObjectId};

use super::world::{ADMIN, ANNA, BARE, BEN, CONNECTOR, DORA, HOST, TENANT, World, id, system_user, user_id};
use crate::{AccessMode, OrganizationState, Visit};

#[tokio::test]
async fn a_disabled_organization_and_administration_mode() {
    let world = World::new().await;
    world
        .edit(|editor| editor.set_state(OrganizationState::Disabled))
        .await;
    for who in [ADMIN, ANNA, DORA] {
        let seen = world.get("WhoAmI").person(who).go().await;
        let text = seen.code(403, "0x8004a104");
        assert!(text.contains("is currently disabled.  Please contact"), "{text}");
        assert_eq!(seen.decision.cause, Some("organization-disabled"));
    }
    for (state, code) in [
        (OrganizationState::Moving, "0x8004b044"),
        (OrganizationState::NotConfigured, "0x8004d253"),
    ] {
        world.edit(|editor| editor.set_state(state)).await;
        world.get("WhoAmI").person(ADMIN).go().await.code(403, code);
    }
    world
        .edit(|editor| editor.set_state(OrganizationState::Enabled))
        .await;
    world.edit(|editor| editor.set_admin_mode(true)).await;
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    seen.code(403, "0x8004a113");
    assert_eq!(seen.decision.cause, Some("environment-admin-mode"));
    world.get("WhoAmI").person(ADMIN).go().await.ok();
    world.get("WhoAmI").app(CONNECTOR).go().await.ok();
    world.edit(|editor| editor.set_admin_mode(false)).await;
    world.get("WhoAmI").person(ANNA).go().await.ok();
}

/// What becomes of Anna, who opens the page from this machine in a session that just began.
async fn opened_by_anna(world: &World) -> Visit {
    let (host, anna) = (HOST.parse().unwrap(), ObjectId::new(id(ANNA)));
    let visit = world
        .service
        .visit(&host, anna, world.clock.now(), [127, 0, 0, 1].into());
    visit.await.unwrap()
}

#[tokio::test]
async fn the_ip_firewall_lets_in_whom_it_lists_programs_and_browsers_alike() {
    let world = World::new().await;
    for (ranges, is_in) in [
        (&["203.0.113.0/24"][..], false),
        (&["203.0.113.0/24", "127.0.0.1"], true),
        (&[], true),
    ] {
        let ranges: Vec<crate::AddressRange> = ranges.iter().map(|range| range.parse().unwrap()).collect();
        world
            .edit(|editor| editor.change_organization(|record| record.ip_firewall.clone_from(&ranges)))
            .await;
        let seen = world.get("WhoAmI").person(ANNA).go().await;
        assert_eq!(seen.status(), if is_in { 200 } else { 403 }, "{ranges:?}");
        match opened_by_anna(&world).await {
            Visit::In(..) => assert!(is_in),
            Visit::Out(turned) => {
                assert!(
                    !is_in && turned.sentence.contains("access to your IP is blocked"),
                    "{turned:?}"
                );
                assert_eq!(turned.cause, Some("dataverse-ip-firewall"));
            }
            Visit::Nowhere => panic!("the organization is there"),
        }
    }
}

#[tokio::test]
async fn the_first_visit_with_a_browser_makes_a_users_settings() {
    let world = World::new().await;
    world
        .edit(|editor| {
            editor
                .change_user(system_user(ANNA), |user| user.without_settings = true)
                .unwrap();
        })
        .await;
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    seen.code(403, "0x80041d2b");
    assert_eq!(seen.decision.cause, Some("user-not-synced-to-environment"));
    assert!(matches!(opened_by_anna(&world).await, Visit::In(..)));
    world.get("WhoAmI").person(ANNA).go().await.ok();
}

#[tokio::test]
async fn an_older_release_serves_no_newer_web_api() {
    let world = World::new().await;
    world
        .edit(|editor| editor.change_organization(|record| record.version = "8.2.2.112".to_owned()))
        .await;
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    let text = seen.code(404, "0x8006088a");
    assert_eq!(text, "Resource not found for the segment 'v9.2'.");
    assert_eq!(seen.decision.cause, Some("api-version-unsupported"));
    assert!(
        seen.decision.why.contains("v8.0, v8.1, v8.2"),
        "{}",
        seen.decision.why
    );
    let older = world.ask(Method::GET, "/api/data/v8.2/WhoAmI").person(ANNA);
    older.go().await.ok();
}

#[tokio::test]
async fn an_application_user_needs_a_role_and_nothing_else() {
    let world = World::new().await;
    world
        .edit(|editor| editor.set_security_group(Some("crm".into())))
        .await;
    world.get("WhoAmI").app(CONNECTOR).go().await.ok();
    let seen = world.get("WhoAmI").app(BARE).go().await;
    seen.code(403, "0x80042f09");
    let app = AppId::new(id(CONNECTOR));
    world
        .edit(|editor| {
            let user = editor.org().application_user(app).unwrap().id;
            editor
                .change_user(user, |user| {
                    user.disabled = Some(crate::DisabledBy::Administrator);
                })
                .unwrap();
        })
        .await;
    world
        .get("WhoAmI")
        .app(CONNECTOR)
        .go()
        .await
        .code(403, "0x80040225");
}

#[tokio::test]
async fn acting_for_somebody() {
    let world = World::new().await;
    let anna = user_id(ANNA).to_string();
    let seen = world
        .get("WhoAmI")
        .app(CONNECTOR)
        .header("MSCRMCallerID", &anna)
        .go()
        .await
        .ok();
    assert_eq!(seen.json()["UserId"], json!(anna));
    let object = id(ANNA).to_string();
    let seen = world
        .get("WhoAmI")
        .app(CONNECTOR)
        .header("CallerObjectId", &object)
        .go()
        .await
        .ok();
    assert_eq!(seen.json()["UserId"], json!(anna));

    // What Anna may not, the program may not in her name; the intersection counts.
    let target = format!("systemusers({})", user_id(BEN));
    let body = json!({"isdisabled": true});
    let seen = world
        .send(Method::PATCH, &target)
        .app(CONNECTOR)
        .header("MSCRMCallerID", &anna)
        .json(&body)
        .go()
        .await;
    seen.code(403, "0x80040220");

    let seen = world
        .get("WhoAmI")
        .person(ANNA)
        .header("MSCRMCallerID", &user_id(BEN).to_string())
        .go()
        .await;
    let text = seen.code(403, "0x8004a110");
    assert_eq!(
        text,
        "User does not have the privilege to act on behalf another user."
    );
    for (name, value) in [
        ("MSCRMCallerID", id(1).to_string()),
        ("CallerObjectId", "x".to_owned()),
    ] {
        world
            .get("WhoAmI")
            .app(CONNECTOR)
            .header(name, &value)
            .go()
            .await
            .code(400, "0x80048d1a");
    }
}

#[tokio::test]
async fn access_modes_that_only_read() {
    let world = World::new().await;
    let target = format!("systemusers({})", user_id(BEN));
    let body = json!({"firstname": "Benjamin"});
    for (mode, code) in [
        (AccessMode::Read, "0x80044502"),
        (AccessMode::Support, "0x80048345"),
    ] {
        world
            .edit(|editor| {
                editor
                    .change_user(system_user(ADMIN), |user| user.access_mode = mode)
                    .unwrap();
            })
            .await;
        world.get("systemusers").person(ADMIN).go().await.ok();
        let seen = world
            .send(Method::PATCH, &target)
            .person(ADMIN)
            .json(&body)
            .go()
            .await;
        seen.code(403, code);
        assert_eq!(seen.decision.cause, Some("user-access-mode-not-read-write"));
    }
}

#[tokio::test]
async fn service_protection_throttles_with_retry_after_and_can_be_off() {
    let world = World::new().await;
    world
        .settings(|settings| settings.service_protection.requests = 2)
        .await;
    let seen = world.get("WhoAmI").person(ANNA).go().await.ok();
    assert_eq!(
        seen.header("x-ms-ratelimit-burst-remaining-xrm-requests"),
        Some("1")
    );
    world.get("WhoAmI").person(ANNA).go().await.ok();
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    let text = seen.code(429, "0x80072322");
    assert_eq!(
        text,
        "Number of requests exceeded the limit of 2 over time window of 300 seconds."
    );
    assert_eq!(seen.header("retry-after"), Some("300"));
    world.get("WhoAmI").app(CONNECTOR).go().await.ok();
    world.clock.advance(std::time::Duration::from_secs(300));
    world.get("WhoAmI").person(ANNA).go().await.ok();

    world
        .settings(|settings| settings.service_protection.execution_millis = 0)
        .await;
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    seen.code(429, "0x80072321");
    world
        .settings(|settings| {
            settings.service_protection.execution_millis = 1_200_000;
            settings.service_protection.concurrent = 0;
        })
        .await;
    world
        .get("WhoAmI")
        .person(ANNA)
        .go()
        .await
        .code(429, "0x80072326");
    world
        .settings(|settings| settings.service_protection.enabled = false)
        .await;
    let seen = world.get("WhoAmI").person(ANNA).go().await.ok();
    assert_eq!(seen.header("x-ms-ratelimit-burst-remaining-xrm-requests"), None);
    world.service.forget(TENANT);
}

#[tokio::test]
async fn app_access_control_admits_the_applications_it_lists_whoever_uses_them() {
    let world = World::new().await;
    let (connector, of_people) = (AppId::new(id(CONNECTOR)), AppId::new(id(0x4999)));
    for (allowed, app_is_in, person_is_in) in [
        (vec![connector], true, false),
        (vec![of_people], false, true),
        (vec![], true, true),
    ] {
        world
            .edit(|editor| editor.change_organization(|record| record.allowed_apps.clone_from(&allowed)))
            .await;
        let by_app = world.get("WhoAmI").app(CONNECTOR).go().await;
        let by_person = world.get("WhoAmI").person(ANNA).go().await;
        for (seen, is_in, app) in [
            (by_app, app_is_in, connector),
            (by_person, person_is_in, of_people),
        ] {
            if is_in {
                seen.ok();
                continue;
            }
            let text = seen.code(403, "0x80095ffc");
            assert!(
                text.contains(&format!("for this application Id : '{app}'")),
                "{text}"
            );
            assert_eq!(seen.decision.cause, Some("app-blocked-by-api-allow-list"));
        }
    }
}
