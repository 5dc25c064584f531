use http::Method;
use serde_json::{Value as Json, json};

use super::world::{ADMIN, ANNA, BEN, CONNECTOR, HOST, NOBODY, UNA, World, id, user_id};

async fn unit(world: &World) -> String {
    let seen = world
        .get("businessunits?$select=name")
        .app(CONNECTOR)
        .go()
        .await
        .ok();
    seen.json()["value"][0]["businessunitid"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn application_user(world: &World, app: u128) -> Json {
    json!({
        "applicationid": id(app),
        "businessunitid@odata.bind": format!("/businessunits({})", unit(world).await),
        "lastname": "Newcomer",
    })
}

#[tokio::test]
async fn an_application_user_is_made_and_works_once_it_has_a_role() {
    let world = World::new().await;
    let body = application_user(&world, NOBODY).await;
    let seen = world
        .send(Method::POST, "systemusers")
        .person(ADMIN)
        .json(&body)
        .go()
        .await;
    assert_eq!((seen.status(), seen.text().as_str()), (204, ""));
    let entity = seen.header("odata-entityid").unwrap().to_owned();
    assert!(
        entity.starts_with(&format!("https://{HOST}/api/data/v9.2/systemusers(")),
        "{entity}"
    );
    assert_eq!(seen.header("location"), Some(entity.as_str()));
    world.get("WhoAmI").app(NOBODY).go().await.code(403, "0x80042f09");

    let path = entity.split("/v9.2/").nth(1).unwrap();
    let role = world.role("System Customizer").await;
    let link = json!({"@odata.id": format!("roles({role})")});
    let target = format!("{path}/systemuserroles_association/$ref");
    world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&link)
        .go()
        .await
        .ok();
    world.get("WhoAmI").app(NOBODY).go().await.ok();

    let again = world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&link)
        .go()
        .await;
    assert_eq!(again.code(412, "0x80040237"), "Cannot insert duplicate key.");
    let seen = world
        .send(Method::POST, "systemusers")
        .person(ADMIN)
        .json(&body)
        .go()
        .await;
    seen.code(400, "0x8004f511");
}

#[tokio::test]
async fn return_representation_shows_what_was_made() {
    let world = World::new().await;
    let body = application_user(&world, NOBODY).await;
    let seen = world
        .send(
            Method::POST,
            "systemusers?$select=fullname,accessmode,_createdby_value",
        )
        .person(ADMIN)
        .header("prefer", "return=representation")
        .json(&body)
        .go()
        .await;
    assert_eq!(seen.status(), 201);
    let json = seen.json();
    assert_eq!(
        (&json["fullname"], &json["accessmode"]),
        (&json!("# Newcomer"), &json!(4))
    );
    assert_eq!(json["_createdby_value"], json!(user_id(ADMIN)));
    assert_eq!(seen.header("preference-applied"), Some("return=representation"));

    let target = format!("systemusers({})?$select=firstname", user_id(BEN));
    let seen = world
        .send(Method::PATCH, &target)
        .app(CONNECTOR)
        .header("MSCRMCallerID", &user_id(ADMIN).to_string())
        .header("prefer", "return=representation")
        .json(&json!({"firstname": "Benno"}))
        .go()
        .await;
    assert_eq!(seen.status(), 200);
    assert_eq!(seen.json()["firstname"], json!("Benno"));
    assert_eq!(seen.json()["@odata.etag"], json!("W/\"2\""));
    let read = world
        .get(&format!(
            "systemusers({})?$select=_modifiedby_value",
            user_id(BEN)
        ))
        .app(CONNECTOR)
        .go()
        .await
        .ok();
    assert_eq!(read.json()["_modifiedby_value"], json!(user_id(ADMIN)));
}

#[tokio::test]
async fn what_a_new_user_needs() {
    let world = World::new().await;
    let post = async |body: Json| {
        world
            .send(Method::POST, "systemusers")
            .person(ADMIN)
            .json(&body)
            .go()
            .await
    };
    let good = application_user(&world, NOBODY).await;
    let bent = |name: &str, value: Json| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    post(bent("applicationid", json!(id(0x4444))))
        .await
        .code(400, "0x80041d49");
    post(bent("accessmode", json!(0))).await.code(400, "0x80040d40");
    let mut without = good.clone();
    without
        .as_object_mut()
        .unwrap()
        .remove("businessunitid@odata.bind");
    post(without).await.code(400, "0x80040203");
    let text = post(bent("nosuch", json!(1))).await.code(400, "0x80048d19");
    assert!(
        text.contains("The property 'nosuch' does not exist on type 'Microsoft.Dynamics.CRM.systemuser'."),
        "{text}"
    );
    let text = post(bent("isdisabled", json!("x"))).await.code(400, "0x80048d19");
    assert!(
        text.ends_with("Cannot convert the literal 'x' to the expected type 'Edm.Boolean'."),
        "{text}"
    );
    post(bent("businessunitid@odata.bind", json!("/roles(1)")))
        .await
        .code(400, "0x80048d19");
    post(bent(
        "businessunitid@odata.bind",
        json!(format!("/businessunits({})", id(5))),
    ))
    .await
    .code(404, "0x80040217");
    assert_eq!(post(bent("fullname", json!("x"))).await.status(), 501);
    assert_eq!(post(json!({"domainname": "x@contoso.com"})).await.status(), 501);
    let seen = world
        .send(Method::POST, "systemusers")
        .person(ADMIN)
        .body("{")
        .go()
        .await;
    seen.code(400, "0x80048d19");
    post(good).await.ok();
    let seen = world
        .send(Method::POST, "systemusers")
        .person(ANNA)
        .json(&json!({}))
        .go()
        .await;
    assert!(seen.code(403, "0x80040220").contains("prvCreateUser"));
}

#[tokio::test]
async fn licenses_stand_behind_access_modes_and_enabling() {
    let world = World::new().await;
    let patch = async |who: u128, body: Json| {
        world
            .send(Method::PATCH, &format!("systemusers({})", user_id(who)))
            .person(ADMIN)
            .json(&body)
            .go()
            .await
    };
    patch(UNA, json!({"isdisabled": true})).await.ok();
    patch(UNA, json!({"isdisabled": false}))
        .await
        .code(403, "0x8004d24c");
    patch(UNA, json!({"accessmode": 4})).await.ok();
    patch(UNA, json!({"isdisabled": false})).await.ok();
    patch(UNA, json!({"accessmode": 0})).await.code(400, "0x80041d66");
    patch(ANNA, json!({"accessmode": 9}))
        .await
        .code(400, "0x80040203");
    let seen = world
        .get(&format!("systemusers(applicationid={})", id(CONNECTOR)))
        .app(CONNECTOR)
        .go()
        .await
        .ok();
    let app = seen.json()["systemuserid"].as_str().unwrap().to_owned();
    let seen = world
        .send(Method::PATCH, &format!("systemusers({app})"))
        .person(ADMIN)
        .json(&json!({"accessmode": 0}))
        .go()
        .await;
    assert_eq!(
        seen.code(400, "0x80040d40"),
        "An application user's access mode cannot be changed."
    );
}

#[tokio::test]
async fn versions_guard_against_lost_updates() {
    let world = World::new().await;
    let target = format!("systemusers({})", user_id(BEN));
    let patch = async |name: &str, value: &str| {
        world
            .send(Method::PATCH, &target)
            .person(ADMIN)
            .header(name, value)
            .json(&json!({"lastname": "B"}))
            .go()
            .await
    };
    assert_eq!(patch("if-match", "W/\"1\"").await.status(), 204);
    let text = patch("if-match", "W/\"1\"").await.code(412, "0x80060882");
    assert_eq!(
        text,
        "The version of the existing record doesn't match the RowVersion property provided."
    );
    assert_eq!(patch("if-match", "*").await.status(), 204);
    patch("if-none-match", "*").await.code(412, "0x80040237");
    assert_eq!(patch("if-none-match", "null").await.status(), 204);
    let missing = format!("systemusers({})", id(0xdead));
    let seen = world
        .send(Method::PATCH, &missing)
        .person(ADMIN)
        .header("if-match", "*")
        .json(&json!({}))
        .go()
        .await;
    seen.code(404, "0x80040217");
    assert_eq!(
        world
            .send(Method::PATCH, &missing)
            .person(ADMIN)
            .json(&json!({}))
            .go()
            .await
            .status(),
        501
    );
}

#[tokio::test]
async fn one_property_by_put() {
    let world = World::new().await;
    let target = format!("systemusers({})/isdisabled", user_id(BEN));
    world
        .send(Method::PUT, &target)
        .person(ADMIN)
        .json(&json!({"value": true}))
        .go()
        .await
        .ok();
    world.get("WhoAmI").person(BEN).go().await.code(403, "0x80040225");
    let seen = world
        .send(Method::PUT, &target)
        .person(ADMIN)
        .json(&json!({}))
        .go()
        .await;
    seen.code(400, "0x80048d19");
}

#[tokio::test]
async fn roles_from_either_end_and_only_in_the_same_unit() {
    let world = World::new().await;
    let role = world.role("Delegate").await;
    let ben = user_id(BEN);
    let target = format!("roles({role})/systemuserroles_association/$ref");
    let link = json!({"@odata.id": format!("https://{HOST}/api/data/v9.2/systemusers({ben})")});
    world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&link)
        .go()
        .await
        .ok();
    let away = format!(
        "systemusers({ben})/systemuserroles_association/$ref?$id=https://{HOST}/api/data/v9.2/roles({role})"
    );
    world.send(Method::DELETE, &away).person(ADMIN).go().await.ok();
    let seen = world
        .get(&format!("systemusers({ben})/systemuserroles_association/$count"))
        .app(CONNECTOR)
        .go()
        .await
        .ok();
    assert_eq!(seen.text(), "0");

    world
        .edit(|editor| {
            let north = editor.add_unit(None, "North".into(), world.chance()).unwrap();
            editor
                .change_user(types::SystemUserId::new(ben), |user| user.unit = Some(north))
                .unwrap();
        })
        .await;
    let text = world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&link)
        .go()
        .await
        .code(400, "0x80041409");
    assert!(
        text.contains(&format!("Details: userid={ben}, userBU=")),
        "{text}"
    );

    let unknown = json!({"@odata.id": format!("systemusers({})", id(0xdead))});
    world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&unknown)
        .go()
        .await
        .code(404, "0x80040217");
    world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&json!({}))
        .go()
        .await
        .code(400, "0x80048d19");
    let seen = world
        .send(Method::POST, &target)
        .person(ANNA)
        .json(&link)
        .go()
        .await;
    assert!(seen.code(403, "0x80040220").contains("prvAssignRole"));
}

#[tokio::test]
async fn disabled_users_get_roles_only_where_the_organization_allows_it() {
    let world = World::new().await;
    let ben = user_id(BEN);
    let patch = world
        .send(Method::PATCH, &format!("systemusers({ben})"))
        .person(ADMIN);
    patch.json(&json!({"isdisabled": true})).go().await.ok();
    let role = world.role("Basic User").await;
    let target = format!("systemusers({ben})/systemuserroles_association/$ref");
    let link = json!({"@odata.id": format!("roles({role})")});
    world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&link)
        .go()
        .await
        .code(403, "0x80040225");
    world
        .edit(|editor| editor.change_organization(|record| record.roles_for_disabled_users = true))
        .await;
    world
        .send(Method::POST, &target)
        .person(ADMIN)
        .json(&link)
        .go()
        .await
        .ok();
}

#[tokio::test]
async fn what_is_not_written_here_says_so() {
    let world = World::new().await;
    for (method, target) in [
        (Method::POST, "businessunits"),
        (
            Method::PATCH,
            "organizations(00000000-0000-0000-0000-000000002000)",
        ),
        (
            Method::DELETE,
            "systemusers(00000000-0000-0000-0000-000000013003)",
        ),
        (Method::POST, "systemusers/Microsoft.Dynamics.CRM.CreateMultiple"),
        (Method::POST, "CreateEntities"),
    ] {
        let seen = world
            .send(method, target)
            .person(ADMIN)
            .json(&json!({}))
            .go()
            .await;
        assert_eq!(seen.status(), 501, "{target}");
    }
    let seen = world
        .send(Method::POST, "nosuch")
        .person(ADMIN)
        .json(&json!({}))
        .go()
        .await;
    seen.code(404, "0x8006088a");
}
