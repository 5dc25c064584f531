//! Security roles, by the control API: made, copied, named and deleted, by the rules of the real service.

use serde_json::{Value, json};

use super::World;

#[tokio::test]
async fn a_security_role_is_copied_changed_given_and_deleted() {
    let world = World::demo().await;
    let organization = format!("/tenants/{}/organizations/contoso", world.contoso().await);
    let roles = format!("{organization}/roles");
    world
        .post(&format!("{organization}/units"), json!({ "name": "North" }))
        .await;
    let made = world
        .post(&roles, json!({ "name": "Sales Reader", "copy": "Basic User" }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(made["built_in"], false);
    assert_eq!(made["privileges"]["prvReadUser"], "global");
    let named = async |name: &str| {
        let all = world.control("GET", &roles, "").await.json()["roles"].clone();
        let all = all.as_array().unwrap().iter();
        all.filter(|one| one["name"] == name).count()
    };
    assert_eq!(named("Sales Reader").await, 2);
    let patch = json!({ "name": "Reader" }).to_string();
    let renamed = world
        .control("PATCH", &format!("{roles}/Sales%20Reader"), &patch)
        .await;
    assert_eq!(renamed.json()["id"], made["id"]);
    assert_eq!(named("Reader").await, 2);
    // Its copy follows, and is not changed by itself.
    let given = format!("{roles}/Reader/privileges/prvReadAppModule");
    let given = world.control("PUT", &given, r#"{"depth":"deep"}"#).await;
    assert_eq!(given.json()["privileges"]["prvReadAppModule"], "deep");
    let all = world.control("GET", &roles, "").await.json()["roles"].clone();
    let mut all = all.as_array().unwrap().iter();
    let copy = all
        .find(|one| one["name"] == "Reader" && one["id"] != made["id"])
        .unwrap();
    assert_eq!(copy["privileges"]["prvReadAppModule"], "deep");
    let copy = format!("{roles}/{}/privileges/prvReadUser", copy["id"].as_str().unwrap());
    let refused = world.control("DELETE", &copy, "").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains(made["id"].as_str().unwrap()));
    // Whoever has it keeps it from being deleted.
    let held = format!("{organization}/users/ben@contoso.com/roles/Reader");
    assert_eq!(world.control("PUT", &held, "").await.status, 204);
    let reader = format!("{roles}/Reader");
    let used = world.control("DELETE", &reader, "").await;
    assert_eq!(used.status, 409);
    assert!(used.text().contains("ben@contoso.com has it"), "{}", used.text());
    assert_eq!(world.control("DELETE", &held, "").await.status, 204);
    assert_eq!(world.control("DELETE", &reader, "").await.status, 204);
    assert_eq!(named("Reader").await, 0);
    assert_eq!(world.control("DELETE", &reader, "").await.status, 404);
}

#[tokio::test]
async fn system_administrator_is_neither_changed_nor_deleted() {
    let world = World::demo().await;
    let organization = format!("/tenants/{}/organizations/contoso", world.contoso().await);
    let fixed = format!("{organization}/roles/System%20Administrator");
    let privilege = format!("{fixed}/privileges/prvReadUser");
    for (method, path, body) in [
        ("DELETE", &fixed, Value::Null),
        ("PATCH", &fixed, json!({ "name": "Boss" })),
        ("DELETE", &privilege, Value::Null),
        ("PUT", &privilege, json!({ "depth": "basic" })),
    ] {
        let refused = world.control(method, path, &body.to_string()).await;
        assert_eq!(refused.status, 409, "{method} {path}");
        assert!(refused.text().contains("copy it, and change the copy"));
    }
    let roles = format!("{organization}/roles");
    for (body, status) in [
        (json!({ "name": "Basic user" }), 409),
        (json!({ "name": " " }), 400),
        (json!({ "name": "x".repeat(101) }), 400),
        (json!({ "name": "A", "unit": "Nowhere" }), 404),
        (json!({ "name": "A", "copy": "Nobody" }), 404),
    ] {
        assert_eq!(world.post(&roles, body.clone()).await.status, status, "{body}");
    }
}
