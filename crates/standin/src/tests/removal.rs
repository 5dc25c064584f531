//! What is removed leaves nothing behind: grants, ownership, and, after a reset, mails and the audit log.

use serde_json::{Value, json};

use super::World;

impl World {
    async fn read(&self, path: &str) -> Value {
        let got = self.control("GET", path, "").await;
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        got.json()
    }

    /// An application with one consent for all, and one of Ben's.
    async fn consented(&self, tenant: &str) -> String {
        let ben = self.read(&format!("{tenant}/accounts/ben@contoso.com")).await["id"].clone();
        let body = json!({ "name": "Soon Gone", "owners": [ben] });
        let app = self.post(&format!("{tenant}/apps"), body).await.json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        for user in [Value::Null, ben] {
            let grant = json!({ "app": app, "resource": "dataverse", "scopes": ["user_impersonation"], "user": user });
            assert_eq!(self.post(&format!("{tenant}/consents"), grant).await.status, 201);
        }
        let principal = format!("{tenant}/principals/{app}");
        let assign = json!({ "assigned": ["ben@contoso.com", "Sales"] }).to_string();
        assert_eq!(self.control("PATCH", &principal, &assign).await.status, 200);
        app
    }

    /// The users of an application's consents.
    async fn granted(&self, tenant: &str, app: &str) -> Vec<Value> {
        let all = self.read(&format!("{tenant}/consents")).await;
        let all = all["consents"].as_array().unwrap().iter();
        all.filter(|one| one["app"] == app || one["resource"] == app)
            .map(|one| one["user"].clone())
            .collect()
    }
}

#[tokio::test]
async fn an_app_that_is_deleted_takes_its_consents_along() {
    let world = World::demo().await;
    let tenant = format!("/tenants/{}", world.contoso().await);
    let app = world.consented(&tenant).await;
    assert_eq!(world.granted(&tenant, &app).await.len(), 2);
    let others = world.read(&format!("{tenant}/consents")).await["consents"]
        .as_array()
        .unwrap()
        .len();
    let gone = world.control("DELETE", &format!("{tenant}/apps/{app}"), "").await;
    assert_eq!(gone.status, 204);
    assert!(world.granted(&tenant, &app).await.is_empty());
    let left = world.read(&format!("{tenant}/consents")).await;
    assert_eq!(left["consents"].as_array().unwrap().len(), others - 2);
}

#[tokio::test]
async fn an_account_that_is_removed_takes_what_it_granted_owned_and_was_assigned_to() {
    let world = World::demo().await;
    let tenant = format!("/tenants/{}", world.contoso().await);
    let app = world.consented(&tenant).await;
    let ben = format!("{tenant}/accounts/ben@contoso.com");
    // Who is deleted can be restored within thirty days, with everything.
    world.control("PATCH", &ben, r#"{"deleted":true}"#).await;
    assert_eq!(world.granted(&tenant, &app).await.len(), 2);
    world.control("PATCH", &ben, r#"{"deleted":false}"#).await;
    assert_eq!(world.control("DELETE", &ben, "").await.status, 204);
    assert_eq!(world.granted(&tenant, &app).await, [Value::Null]);
    let registration = world.read(&format!("{tenant}/apps/{app}")).await;
    assert_eq!(registration["owners"], json!([]));
    let principals = world.read(&format!("{tenant}/principals")).await;
    let principals = principals["principals"].as_array().unwrap();
    let principal = principals.iter().find(|one| one["app"] == app.as_str()).unwrap();
    assert_eq!(principal["assigned"], json!(["Sales"]));
}

#[tokio::test]
async fn an_app_is_owned_by_accounts_that_are_there() {
    let world = World::demo().await;
    let tenant = format!("/tenants/{}", world.contoso().await);
    let nobody = "11111111-2222-4333-8444-555555555555";
    let app = world.consented(&tenant).await;
    let refused = world
        .post(
            &format!("{tenant}/apps"),
            json!({ "name": "Own", "owners": [nobody] }),
        )
        .await;
    assert_eq!(refused.status, 404);
    assert!(refused.text().contains(nobody), "{}", refused.text());
    let own = async |owners: Value| {
        let patch = json!({ "owners": owners }).to_string();
        world
            .control("PATCH", &format!("{tenant}/apps/{app}"), &patch)
            .await
            .status
    };
    assert_eq!(own(json!([nobody])).await, 404);
    let id =
        async |name: &str| world.read(&format!("{tenant}/accounts/{name}@contoso.com")).await["id"].clone();
    let (anna, ben) = (id("anna").await, id("ben").await);
    for name in ["anna", "ben"] {
        let path = format!("{tenant}/accounts/{name}@contoso.com");
        world.control("PATCH", &path, r#"{"deleted":true}"#).await;
    }
    // Who is deleted becomes no owner, and stays one.
    assert_eq!(own(json!([anna, ben])).await, 409);
    assert_eq!(own(json!([ben])).await, 200);
}

#[tokio::test]
async fn a_reset_empties_the_outbox_and_begins_the_audit_log_anew() {
    let world = World::demo().await;
    let tenant = format!("/tenants/{}", world.contoso().await);
    let reset = format!("{tenant}/accounts/anna@contoso.com/temporary-password");
    assert_eq!(world.control("POST", &reset, "").await.status, 200);
    let mails = async || world.read(&format!("{tenant}/mails")).await["mails"].clone();
    assert_eq!(mails().await.as_array().unwrap().len(), 1);
    assert_eq!(
        world.control("POST", &format!("{tenant}/reset"), "").await.status,
        204
    );
    assert_eq!(mails().await, json!([]));
    let log = world.read(&format!("{tenant}/audit")).await;
    let log = log["entries"].as_array().unwrap();
    assert_eq!(log.len(), 1, "{log:?}");
    assert_eq!(log[0]["operation"], "resetTenant");
}
