//! Who gets in: by role, license, membership and unit.

use directory::Role;
use http::Method;
use serde_json::json;
use types::ObjectId;

use super::world::{
    ADMIN, ANNA, BEN, CONNECTOR, CORA, DORA, HOST, NOBODY, ORG, TENANT, UNA, World, id, system_user, user_id,
};
use crate::{AccessMode, Organizations};

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
        .edit(|editor| {
            editor
                .change_user(system_user(ANNA), |user| user.unit = None)
                .unwrap();
        })
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
                .change_user(system_user(UNA), |user| {
                    user.access_mode = AccessMode::NonInteractive;
                })
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
