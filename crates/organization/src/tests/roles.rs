//! Security roles through the Web API: made, named, deleted, and what cannot be.

use http::Method;
use serde_json::json;
use types::BusinessUnitId;

use super::world::{ADMIN, ANNA, BEN, HOST, World, user_id};

impl World {
    /// How many roles have this name.
    async fn copies(&self, name: &str) -> usize {
        let found = self
            .get(&format!("roles?$filter=name eq '{name}'"))
            .person(ADMIN)
            .go()
            .await
            .ok();
        found.json()["value"].as_array().unwrap().len()
    }

    async fn unit(&self, name: &str) -> BusinessUnitId {
        let found = self
            .get(&format!("businessunits?$filter=name eq '{name}'"))
            .person(ADMIN)
            .go()
            .await
            .ok();
        found.json()["value"][0]["businessunitid"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    }
}

#[tokio::test]
async fn a_role_is_made_with_its_copies_named_given_and_deleted() {
    let world = World::new().await;
    let root = world.unit("Contoso").await;
    world
        .edit(|editor| {
            editor
                .add_unit(Some(root), "North".into(), world.chance())
                .unwrap();
        })
        .await;
    let north = world.unit("North").await;
    let body = json!({ "name": "Reader", "businessunitid@odata.bind": format!("/businessunits({root})") });
    let made = world
        .send(Method::POST, "roles")
        .header("prefer", "return=representation")
        .person(ADMIN)
        .json(&body)
        .go()
        .await
        .ok();
    assert_eq!(made.status(), 201);
    let role = made.json()["roleid"].as_str().unwrap().to_owned();
    assert_eq!(
        made.header("odata-entityid"),
        Some(format!("https://{HOST}/api/data/v9.2/roles({role})").as_str())
    );
    assert_eq!(world.copies("Reader").await, 2);
    let again = world
        .send(Method::POST, "roles")
        .person(ADMIN)
        .json(&json!({ "name": "reader", "businessunitid@odata.bind": format!("/businessunits({north})") }))
        .go()
        .await;
    assert!(again.code(400, "0x80040203").contains("choose another name"));
    let at = format!("roles({role})");
    world
        .send(Method::PATCH, &at)
        .person(ADMIN)
        .json(&json!({ "name": "Reader of all" }))
        .go()
        .await
        .ok();
    assert_eq!(world.copies("Reader of all").await, 2);
    // A unit made now has it too.
    world
        .edit(|editor| {
            editor
                .add_unit(Some(north), "Far North".into(), world.chance())
                .unwrap();
        })
        .await;
    assert_eq!(world.copies("Reader of all").await, 3);
    let copy = world
        .get(&format!(
            "roles?$filter=name eq 'Reader of all' and _businessunitid_value eq {north}"
        ))
        .person(ADMIN)
        .go()
        .await
        .json()["value"][0]["roleid"]
        .as_str()
        .unwrap()
        .to_owned();
    let inherited = world
        .send(Method::DELETE, &format!("roles({copy})"))
        .person(ADMIN)
        .go()
        .await;
    assert!(inherited.code(400, "0x80040203").contains(&role));
    // Whoever has it is named.
    let link = format!("systemusers({})/systemuserroles_association/$ref", user_id(BEN));
    let given = json!({ "@odata.id": at });
    world
        .send(Method::POST, &link)
        .person(ADMIN)
        .json(&given)
        .go()
        .await
        .ok();
    let used = world.send(Method::DELETE, &at).person(ADMIN).go().await;
    assert!(
        used.code(400, "0x80040203")
            .contains("in use: ben@contoso.com has it")
    );
    let away = format!("{link}?$id=https://{HOST}/api/data/v9.2/{at}");
    world.send(Method::DELETE, &away).person(ADMIN).go().await.ok();
    let stale = world.send(Method::DELETE, &at).header("if-match", "W/\"0\"");
    assert_eq!(stale.person(ADMIN).go().await.status(), 412);
    let gone = world.send(Method::DELETE, &at).person(ADMIN).go().await.ok();
    assert_eq!(gone.status(), 204);
    assert_eq!(world.copies("Reader of all").await, 0);
    world
        .send(Method::DELETE, &at)
        .person(ADMIN)
        .go()
        .await
        .code(404, "0x80040217");
}

#[tokio::test]
async fn system_administrator_stays_and_who_may_not_is_told_the_privilege() {
    let world = World::new().await;
    let fixed = format!("roles({})", world.role("System Administrator").await);
    let basic = format!("roles({})", world.role("Basic User").await);
    for (method, body) in [
        (Method::DELETE, json!({})),
        (Method::PATCH, json!({ "name": "Boss" })),
    ] {
        let refused = world.send(method, &fixed).person(ADMIN).json(&body).go().await;
        assert!(
            refused
                .code(400, "0x80040203")
                .contains("cannot be changed or deleted")
        );
    }
    for (method, target, privilege) in [
        (Method::POST, "roles", "prvCreateRole"),
        (Method::PATCH, basic.as_str(), "prvWriteRole"),
        (Method::DELETE, basic.as_str(), "prvDeleteRole"),
    ] {
        let body = json!({ "name": "Mine" });
        let refused = world.send(method, target).person(ANNA).json(&body).go().await;
        assert!(refused.code(403, "0x80040220").contains(privilege));
    }
    let single = format!("{basic}/name");
    let body = json!({ "value": "Mine" });
    let not_here = world
        .send(Method::PUT, &single)
        .person(ADMIN)
        .json(&body)
        .go()
        .await;
    assert_eq!(not_here.status(), 501);
    let nameless = world
        .send(Method::POST, "roles")
        .person(ADMIN)
        .json(&json!({}))
        .go()
        .await;
    assert!(nameless.code(400, "0x80040203").contains("name"));
}
