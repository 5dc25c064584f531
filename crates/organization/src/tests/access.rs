use directory::Role;
use http::Method;
use serde_json::json;
use types::{AppId, Clock as _, ObjectId, SystemUserId};

use super::world::{
    ADMIN, ANNA, BARE, BEN, CONNECTOR, CORA, DORA, HOST, NOBODY, ORG, TENANT, UNA, World, id, user_id,
};
use crate::{AccessMode, OrganizationState, Organizations, Visit};

fn user(who: u128) -> SystemUserId {
    SystemUserId::new(user_id(who))
}

#[tokio::test]
async fn someone_without_a_role_is_told_so_and_a_role_cures_it() {
    let world = World::new().await;
    let seen = world.get("WhoAmI").person(BEN).go().await;
    let text = seen.code(403, "0x80042f09");
    assert_eq!(
        text,
        format!(
            "RetrievePrivilegeForUser: The user with id {} has not been assigned any roles. They need a role with the prvReadUser privilege.",
            user_id(BEN)
        )
    );
    assert_eq!(seen.decision.cause, Some("user-no-security-role"));
    assert!(
        seen.decision.why.contains("admin@contoso.com"),
        "those who can help are named: {}",
        seen.decision.why
    );

    let text = world
        .get("systemusers")
        .person(BEN)
        .go()
        .await
        .code(403, "0x80040220");
    assert!(text.starts_with(&format!(
        "Principal user (Id={}, type=8, roleCount=0, privilegeCount=0, accessMode=0), is missing prvReadUser privilege",
        user_id(BEN)
    )), "{text}");

    let role = world.role("Basic User").await;
    let address = format!("systemusers({})/systemuserroles_association/$ref", user_id(BEN));
    let link = json!({"@odata.id": format!("https://{HOST}/api/data/v9.2/roles({role})")});
    world
        .send(Method::POST, &address)
        .person(ADMIN)
        .json(&link)
        .go()
        .await
        .ok();
    world.get("WhoAmI").person(BEN).go().await.ok();

    let address = format!(
        "systemusers({})/systemuserroles_association({role})/$ref",
        user_id(BEN)
    );
    let seen = world.send(Method::DELETE, &address).person(ADMIN).go().await;
    assert_eq!(seen.status(), 204);
    world.get("WhoAmI").person(BEN).go().await.code(403, "0x80042f09");
}

#[tokio::test]
async fn the_browser_shows_the_sentence_of_row_003_29_and_who_can_help() {
    testkit::rows!("003-29", "003-30");
    let world = World::new().await;
    for path in ["/", "/main.aspx"] {
        let seen = world.ask(Method::GET, path).person(BEN).go().await;
        assert_eq!(seen.status(), 403);
        let page = seen.text();
        assert!(page.contains("The selected user or the user trying to log on has not been assigned a security role, and does not have sufficient privileges for this action"));
        assert!(page.contains("<li>admin Able</li>"), "{page}");
        let seen = world.ask(Method::GET, path).person(ANNA).go().await.ok();
        assert!(seen.text().contains("Signed in to Contoso as anna Able"));
    }
    let seen = world.ask(Method::GET, "/").go().await;
    assert_eq!(seen.status(), 302);
    let to = seen.header("location").unwrap();
    assert!(
        to.starts_with(&format!(
            "https://login.microsoftonline.com/{TENANT}/oauth2/authorize?client_id=00000007-"
        )),
        "{to}"
    );
    let seen = world.ask(Method::GET, "/").app(CONNECTOR).go().await;
    assert_eq!(
        (seen.status(), seen.decision.cause),
        (403, Some("user-access-mode-not-read-write"))
    );
}

#[tokio::test]
async fn a_role_without_the_privilege() {
    let world = World::new().await;
    let target = format!("systemusers({})", user_id(BEN));
    let seen = world
        .send(Method::PATCH, &target)
        .person(ANNA)
        .json(&json!({"isdisabled": true}))
        .go()
        .await;
    let text = seen.code(403, "0x80040220");
    assert!(
        text.contains("roleCount=1, privilegeCount=14, accessMode=0), is missing prvWriteUser privilege"),
        "{text}"
    );
    assert!(
        text.contains("on OTC=8 for entity 'systemuser'. context.Caller="),
        "{text}"
    );
    assert_eq!(seen.decision.cause, Some("role-missing-privilege"));
}

#[tokio::test]
async fn a_disabled_user_and_one_whose_unit_is_disabled() {
    let world = World::new().await;
    let target = format!("systemusers({})", user_id(ANNA));
    world
        .send(Method::PATCH, &target)
        .person(ADMIN)
        .json(&json!({"isdisabled": true}))
        .go()
        .await
        .ok();
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    let text = seen.code(403, "0x80040225");
    assert_eq!(
        text,
        "The specified user is either disabled or is not a member of any business unit."
    );
    assert_eq!(seen.decision.cause, Some("user-disabled-in-organization"));
    world
        .send(Method::PATCH, &target)
        .person(ADMIN)
        .json(&json!({"isdisabled": false}))
        .go()
        .await
        .ok();
    world.get("WhoAmI").person(ANNA).go().await.ok();

    world
        .edit(|editor| editor.change_user(user(ANNA), |user| user.unit = None).unwrap())
        .await;
    world
        .get("WhoAmI")
        .person(ANNA)
        .go()
        .await
        .code(403, "0x80040225");

    world
        .edit(|editor| {
            let unit = editor.org().root_unit().unwrap().id;
            editor.set_unit_disabled(unit, true).unwrap();
        })
        .await;
    let text = world
        .get("WhoAmI")
        .app(CONNECTOR)
        .go()
        .await
        .code(403, "0x8004032c");
    assert_eq!(text, "The specified business unit is disabled.");
}

#[tokio::test]
async fn an_entitled_person_becomes_a_user_on_first_access() {
    let world = World::new().await;
    world
        .get("WhoAmI")
        .person(CORA)
        .go()
        .await
        .code(403, "0x80042f09");
    let all = world.store.view::<Organizations>(TENANT).await.unwrap();
    let cora = all.get(ORG).unwrap().user_of(ObjectId::new(id(CORA))).unwrap();
    assert_eq!(
        (cora.domain_name.as_str(), cora.access_mode),
        ("cora@contoso.com", AccessMode::ReadWrite)
    );
    assert!(cora.roles.is_empty());
    let again = world.get("WhoAmI").person(CORA).go().await;
    again.code(403, "0x80042f09");
    let count = all.get(ORG).unwrap().users().count();
    let all = world.store.view::<Organizations>(TENANT).await.unwrap();
    assert_eq!(
        all.get(ORG).unwrap().users().count(),
        count,
        "the second access makes nobody"
    );
}

#[tokio::test]
async fn an_unlicensed_administrator_becomes_a_setup_user() {
    let world = World::new().await;
    world
        .account(DORA, |account| {
            account.roles.insert(Role::PowerPlatformAdministrator);
        })
        .await;
    let seen = world.get("WhoAmI").person(DORA).go().await.ok();
    let user = seen.json()["UserId"].as_str().unwrap().to_owned();
    let seen = world
        .get(&format!("systemusers({user})?$select=accessmode,setupuser"))
        .person(DORA)
        .go()
        .await
        .ok();
    assert_eq!(
        (&seen.json()["accessmode"], &seen.json()["setupuser"]),
        (&json!(1), &json!(true))
    );
}

#[tokio::test]
async fn licenses_and_membership() {
    let world = World::new().await;
    let seen = world.get("WhoAmI").person(UNA).go().await;
    assert_eq!(
        seen.code(403, "0x8004d24b"),
        "The user has not been assigned any License"
    );
    assert_eq!(seen.decision.cause, Some("user-license-missing"));
    world
        .account(UNA, |account| {
            account.licenses.insert("DYN365".into());
        })
        .await;
    world.get("WhoAmI").person(UNA).go().await.ok();

    let seen = world.get("WhoAmI").person(DORA).go().await;
    assert_eq!(
        seen.code(403, "0x80072560"),
        "The user is not a member of the organization."
    );
    assert!(seen.decision.why.contains("license"), "{}", seen.decision.why);

    let seen = world.get("WhoAmI").app(NOBODY).go().await;
    seen.code(403, "0x80072560");
    assert_eq!(seen.decision.cause, Some("application-user-missing"));

    world
        .edit(|editor| {
            editor
                .change_user(user(UNA), |user| user.access_mode = AccessMode::NonInteractive)
                .unwrap();
        })
        .await;
    world.account(UNA, |account| account.licenses.clear()).await;
    world.get("WhoAmI").person(UNA).go().await.ok();
}

#[tokio::test]
async fn leaving_the_security_group_disables_and_coming_back_enables() {
    let world = World::new().await;
    world
        .edit(|editor| editor.set_security_group(Some("crm".into())))
        .await;
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    seen.code(403, "0x80040225");
    assert_eq!(seen.decision.cause, Some("user-not-in-security-group"));
    let target = format!("systemusers({})?$select=isdisabled", user_id(ANNA));
    let seen = world.get(&target).app(CONNECTOR).go().await.ok();
    assert_eq!(
        seen.json()["isdisabled"],
        json!(true),
        "synchronization disabled the record"
    );
    world
        .account(ANNA, |account| {
            account.groups.insert("crm".into());
        })
        .await;
    world.get("WhoAmI").person(ANNA).go().await.ok();
    let seen = world.get(&target).app(CONNECTOR).go().await.ok();
    assert_eq!(seen.json()["isdisabled"], json!(false));

    let seen = world.get("WhoAmI").person(CORA).go().await;
    seen.code(403, "0x80072560");
    assert_eq!(seen.decision.cause, Some("user-not-in-security-group"));
    world.get("WhoAmI").person(ADMIN).go().await.ok();
}

#[tokio::test]
async fn an_account_disabled_in_the_directory_is_disabled_here() {
    let world = World::new().await;
    world.account(ANNA, |account| account.enabled = false).await;
    let seen = world.get("WhoAmI").person(ANNA).go().await;
    seen.code(403, "0x80040225");
    assert_eq!(seen.decision.cause, Some("account-disabled-in-directory"));
    world.account(ANNA, |account| account.enabled = true).await;
    world.get("WhoAmI").person(ANNA).go().await.ok();
}

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
                .change_user(user(ANNA), |user| user.without_settings = true)
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
                    .change_user(user(ADMIN), |user| user.access_mode = mode)
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
