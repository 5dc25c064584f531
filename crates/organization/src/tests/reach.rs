//! Every code of the table is met by somebody who does something, and none is met that the table lacks.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value as Json, json};
use store::StoreError;
use wire::dataverse;

use super::world::{ADMIN, ANNA, BARE, BEN, CONNECTOR, DORA, HOST, NOBODY, NOW, UNA, World, id, user_id};
use crate::{AccessMode, OrganizationState};

/// A user's own record, changed by an administrator's hand.
async fn change(world: &World, who: u128, change: impl Fn(&mut crate::SystemUser) + Copy) {
    let user = types::SystemUserId::new(user_id(who));
    world
        .edit(|editor| editor.change_user(user, change).unwrap())
        .await;
}

async fn patch(world: &World, who: u128, body: Json) -> super::world::Seen {
    world
        .send(Method::PATCH, &format!("systemusers({})", user_id(who)))
        .person(ADMIN)
        .json(&body)
        .go()
        .await
}

/// What a caller who finds the world so is told. One line for each code.
async fn met(name: &str) -> super::world::Seen {
    let world = World::new().await;
    let ben = user_id(BEN);
    let unit = world.get("businessunits").app(CONNECTOR).go().await.ok().json()["value"][0]["businessunitid"]
        .clone();
    let bind = format!("/businessunits({})", unit.as_str().unwrap());
    let new = |app: u128| json!({"applicationid": id(app), "businessunitid@odata.bind": bind});
    let post = async |body: Json| {
        world
            .send(Method::POST, "systemusers")
            .person(ADMIN)
            .json(&body)
            .go()
            .await
    };
    match name {
        "PrivilegeDenied" => world.get("systemusers").person(BEN).go().await,
        "UserNotAssignedRoles" => world.get("WhoAmI").app(BARE).go().await,
        "unManagedidsusernotenabled" => {
            change(&world, ANNA, |user| {
                user.disabled = Some(crate::DisabledBy::Administrator);
            })
            .await;
            world.get("WhoAmI").person(ANNA).go().await
        }
        "UserNotMemberOfOrg" => world.get("WhoAmI").person(DORA).go().await,
        "UserNotAssignedLicense" => world.get("WhoAmI").person(UNA).go().await,
        "OrganizationDisabled" => {
            world
                .edit(|editor| editor.set_state(OrganizationState::Disabled))
                .await;
            world.get("WhoAmI").person(ADMIN).go().await
        }
        "OrganizationMigrationUnderway" => {
            world
                .edit(|editor| editor.set_state(OrganizationState::Moving))
                .await;
            world.get("WhoAmI").person(ADMIN).go().await
        }
        "OrganizationNotConfigured" => {
            world
                .edit(|editor| editor.set_state(OrganizationState::NotConfigured))
                .await;
            world.get("WhoAmI").person(ADMIN).go().await
        }
        "ApplicationRestricted" => {
            world
                .edit(|editor| {
                    editor.change_organization(|record| record.allowed_apps = vec![types::AppId::GRAPH]);
                })
                .await;
            world.get("WhoAmI").app(CONNECTOR).go().await
        }
        "UserDoesNotHaveAdminOnlyModePermissions" => {
            world.edit(|editor| editor.set_admin_mode(true)).await;
            world.get("WhoAmI").person(ANNA).go().await
        }
        "AddressBlocked" => {
            world
                .edit(|editor| {
                    let elsewhere = "203.0.113.0/24".parse().unwrap();
                    editor.change_organization(|organization| organization.ip_firewall = vec![elsewhere]);
                })
                .await;
            world.get("WhoAmI").person(ADMIN).go().await
        }
        "unManagedidsbizmgmtusersettingsnotcreated" => {
            change(&world, ANNA, |user| user.without_settings = true).await;
            world.get("WhoAmI").person(ANNA).go().await
        }
        "CannotActOnBehalfOfAnotherUser" => {
            world
                .get("WhoAmI")
                .person(ANNA)
                .header("MSCRMCallerID", &ben.to_string())
                .go()
                .await
        }
        "InvalidCallerId" => {
            world
                .get("WhoAmI")
                .app(CONNECTOR)
                .header("MSCRMCallerID", "x")
                .go()
                .await
        }
        "InsufficientAccessMode" => {
            change(&world, ADMIN, |user| user.access_mode = AccessMode::Read).await;
            patch(&world, BEN, json!({})).await
        }
        "InsufficientPrivilegesSupportUser" => {
            change(&world, ADMIN, |user| user.access_mode = AccessMode::Support).await;
            patch(&world, BEN, json!({})).await
        }
        "BusinessNotEnabled" => {
            world
                .edit(|editor| {
                    let root = editor.org().root_unit().unwrap().id;
                    editor.set_unit_disabled(root, true).unwrap();
                })
                .await;
            world.get("WhoAmI").person(ANNA).go().await
        }
        "ThrottlingBurstRequestLimitExceededError" => {
            world
                .settings(|settings| settings.service_protection.requests = 0)
                .await;
            world.get("WhoAmI").person(ANNA).go().await
        }
        "ThrottlingTimeExceededError" => {
            world
                .settings(|settings| settings.service_protection.execution_millis = 0)
                .await;
            world.get("WhoAmI").person(ANNA).go().await.ok();
            world.get("WhoAmI").person(ANNA).go().await
        }
        "ThrottlingConcurrencyLimitExceededError" => {
            world
                .settings(|settings| settings.service_protection.concurrent = 0)
                .await;
            world.get("WhoAmI").person(ANNA).go().await
        }
        "ObjectDoesNotExist" => world.get(&format!("roles({})", id(1))).person(ANNA).go().await,
        "ODataResourceNotFound" => world.get("accounts").person(ANNA).go().await,
        "ODataBadRequest" => world.get("systemusers?$select=nosuch").person(ANNA).go().await,
        "QueryBuilderNoEntity" => {
            world
                .get("EntityDefinitions(LogicalName='account')")
                .person(ANNA)
                .go()
                .await
        }
        "QueryBuilderNoAttribute" => {
            world
                .get("EntityDefinitions(LogicalName='role')/Attributes(LogicalName='x')")
                .person(ANNA)
                .go()
                .await
        }
        "ODataInvalidPayload" => patch(&world, BEN, json!({"nosuch": 1})).await,
        "InvalidArgument" => patch(&world, BEN, json!({"accessmode": 77})).await,
        "ConcurrencyVersionMismatch" => {
            let target = format!("systemusers({ben})");
            let ask = world
                .send(Method::PATCH, &target)
                .person(ADMIN)
                .header("if-match", "W/\"77\"");
            ask.json(&json!({})).go().await
        }
        "DuplicateRecord" => {
            let target = format!("systemusers({})/systemuserroles_association/$ref", user_id(ANNA));
            let link = json!({"@odata.id": format!("roles({})", world.role("Basic User").await)});
            world
                .send(Method::POST, &target)
                .person(ADMIN)
                .json(&link)
                .go()
                .await
        }
        "UserInWrongBusiness" => {
            let user = types::SystemUserId::new(ben);
            world
                .edit(|editor| {
                    let north = editor.add_unit(None, "North".into(), world.chance()).unwrap();
                    editor.change_user(user, |user| user.unit = Some(north)).unwrap();
                })
                .await;
            let target = format!("systemusers({ben})/systemuserroles_association/$ref");
            let link = json!({"@odata.id": format!("roles({})", world.role("Basic User").await)});
            world
                .send(Method::POST, &target)
                .person(ADMIN)
                .json(&link)
                .go()
                .await
        }
        "UserCannotEnableWithoutLicense" => {
            patch(&world, UNA, json!({"isdisabled": true})).await.ok();
            patch(&world, UNA, json!({"isdisabled": false})).await
        }
        "InvalidAccessModeTransition" => {
            patch(&world, UNA, json!({"accessmode": 4})).await.ok();
            patch(&world, UNA, json!({"accessmode": 0})).await
        }
        "ApplicationUserCannotChangeAccessMode" => {
            let mut body = new(NOBODY);
            body["accessmode"] = 0.into();
            post(body).await
        }
        "DuplicateApplicationUser" => post(new(CONNECTOR)).await,
        "ApplicationNotRegisteredWithDeployment" => post(new(0x4999)).await,
        "UnExpected" => {
            world.store.close().await;
            patch(&world, BEN, json!({"lastname": "B"})).await
        }
        other => panic!("nobody knows how to meet {other}"),
    }
}

/// What somebody is told whom an administrator disabled so long after they signed in with a browser.
async fn disabled(seconds_after: i64) -> Option<String> {
    let world = World::new().await;
    change(&world, ANNA, |user| {
        user.disabled = Some(crate::DisabledBy::Administrator);
    })
    .await;
    // The world is changed a second after it began.
    let since = types::Timestamp::from_seconds(NOW + 1 - seconds_after);
    let account = types::ObjectId::new(id(ANNA));
    match world
        .service
        .visit(&HOST.parse().unwrap(), account, since, [127, 0, 0, 1].into())
        .await
        .unwrap()
    {
        crate::Visit::Out(turned) => turned.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_browser_is_told_whether_its_session_was_there_before() {
    let before = dataverse::USER_NOT_ENABLED.hex();
    let meanwhile = dataverse::SYSTEM_USER_DISABLED.hex();
    assert_eq!(disabled(1).await, Some(meanwhile));
    assert_eq!(disabled(-1).await, Some(before));
}

#[tokio::test]
async fn every_code_of_the_table_is_met() -> Result<(), StoreError> {
    let mut hexes = BTreeSet::new();
    // A browser's session meets the one that is left out.
    for fault in dataverse::ALL
        .iter()
        .filter(|fault| ***fault != dataverse::SYSTEM_USER_DISABLED)
    {
        let seen = met(fault.name).await;
        let json = seen.json();
        assert_eq!(
            json["error"]["code"],
            json!(fault.hex()),
            "{}: {seen:?}",
            fault.name
        );
        assert_eq!(seen.status(), fault.status, "{}", fault.name);
        assert_eq!(seen.decision.code, Some(fault.hex()), "{}", fault.name);
        let message = json["error"]["message"].as_str().unwrap();
        assert!(
            !message.contains("{0}") && !message.is_empty(),
            "{}: {message}",
            fault.name
        );
        let fixed = fault.template.split('{').next().unwrap();
        assert!(message.starts_with(fixed), "{}: {message}", fault.name);
        hexes.insert(fault.hex());
    }
    assert_eq!(hexes.len(), dataverse::ALL.len() - 1);
    Ok(())
}
