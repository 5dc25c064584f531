//! Passwords: forgotten in each of the three ways, changed, and shown to be one's own by a second factor.

use serde_json::{Value, json};

use super::{
    World,
    calls::{by_password, code},
    people::{CONSUMERS, next, token},
};

const URL: &str = "https://contoso.crm4.dynamics.com/";
/// Where mail about the administrator goes: not to the mailbox behind the password.
const ADELE: &str = "adele.admin@adatum.example";

#[tokio::test]
async fn who_may_reset_by_a_link_depends_on_role_license_and_setting() {
    testkit::rows!("003-06", "003-08");
    let world = World::demo().await;
    let id = world.contoso().await;
    let ask = async |user: &str| {
        world
            .post(&format!("/tenants/{id}/resets"), json!({ "user": user }))
            .await
    };
    let anna = "anna@contoso.com";
    assert_eq!(ask(anna).await.status, 200);
    world.clock.advance(std::time::Duration::from_secs(61));
    let settings = format!("/tenants/{id}/settings");
    world
        .control("PATCH", &settings, r#"{"self_service_reset":false}"#)
        .await;
    let account = format!("/tenants/{id}/accounts/{anna}");
    world
        .control("PATCH", &account, r#"{"licenses":["DYN365"]}"#)
        .await;
    let license = format!("/tenants/{id}/accounts/{anna}/licenses/AAD_PREMIUM");
    assert!(next(&ask(anna).await).starts_with("403 anna@contoso.com has no license"));
    world
        .control("PATCH", &settings, r#"{"self_service_reset":true}"#)
        .await;
    assert!(next(&ask(anna).await).starts_with("403 anna@contoso.com has no license"));
    assert_eq!(world.control("PUT", &license, "").await.status, 200);
    world
        .control("PATCH", &settings, r#"{"self_service_reset":false}"#)
        .await;
    assert_eq!(
        next(&ask(anna).await),
        "403 self-service password reset is not set up in Contoso"
    );
    world
        .control("PATCH", &settings, r#"{"self_service_reset":true}"#)
        .await;
    assert_eq!(ask(anna).await.status, 200);
    // Administrators need neither.
    world
        .control("PATCH", &settings, r#"{"self_service_reset":false}"#)
        .await;
    assert_eq!(ask("admin@contoso.onmicrosoft.com").await.status, 200);
    assert!(next(&ask("mia@partners.contoso.com").await).contains("own directory"));
    assert_eq!(ask("nobody@contoso.com").await.status, 404);
}

#[tokio::test]
async fn a_reset_link_sets_a_password_once_clears_the_lock_and_revokes() {
    let world = World::demo().await;
    let id = world.contoso().await;
    let admin = "admin@contoso.onmicrosoft.com";
    let sign_in = async |password: &str| code(&by_password(&world, admin, password, URL).await);
    for wrong in 0..10 {
        sign_in(&format!("Wrong-{wrong}")).await;
    }
    assert_eq!(sign_in("Keyway!Demo1").await, "AADSTS50053");
    world
        .post(&format!("/tenants/{id}/resets"), json!({ "user": admin }))
        .await;
    let mail = world.mail(&id, ADELE).await;
    assert_eq!(mail["kind"], "reset");
    let token = token(&mail);
    let about = world.post("/resets/link", json!({ "token": token })).await;
    assert_eq!(about.json()["user"], admin, "{}", about.text());
    let set = async |password: &str| {
        world
            .post("/resets", json!({ "token": token, "password": password }))
            .await
    };
    assert_eq!(set("short").await.status, 400);
    // Mails of one moment have no order.
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(set("Bright-Otter7").await.status, 200);
    assert_eq!(set("Bright-Otter8").await.status, 410);
    assert_eq!(sign_in("Bright-Otter7").await, "");
    assert_eq!(sign_in("Keyway!Demo1").await, "AADSTS50126");
    assert_eq!(world.mail(&id, ADELE).await["kind"], "password-changed");
}

#[tokio::test]
async fn an_administrator_resets_to_a_temporary_password_which_must_be_changed() {
    testkit::rows!("003-07", "003-09");
    let world = World::demo().await;
    let id = world.contoso().await;
    let anna = "anna@contoso.com";
    let account = format!("/tenants/{id}/accounts/{anna}");
    let got = world
        .control("POST", &format!("{account}/temporary-password"), "")
        .await;
    let temporary = got.json()["temporary_password"].as_str().unwrap().to_owned();
    let mail = world.mail(&id, anna).await;
    assert!(mail["text"].as_str().unwrap().contains(&temporary), "{mail}");
    let sign_in = async |password: &str| code(&by_password(&world, anna, password, URL).await);
    assert_eq!(sign_in(&temporary).await, "AADSTS50055");
    let change = async |current: &str, new: &str| {
        let body = json!({ "current": current, "new": new });
        world.post(&format!("{account}/password"), body).await
    };
    assert_eq!(change("nothing", "Bright-Otter7").await.status, 403);
    assert_eq!(change(&temporary, &temporary).await.status, 400);
    assert_eq!(change(&temporary, "P@$$w0rd").await.status, 400);
    assert_eq!(change(&temporary, "Bright-Otter7").await.status, 200);
    assert_eq!(sign_in("Bright-Otter7").await, "");
    let elsewhere = format!("/tenants/{CONSUMERS}/accounts/rosa@outlook.com/temporary-password");
    assert_eq!(world.control("POST", &elsewhere, "").await.status, 403);
}

#[tokio::test]
async fn an_authenticator_counts_each_code_once() {
    let world = World::demo().await;
    let id = world.contoso().await;
    let admin = "admin@contoso.onmicrosoft.com";
    let factor = format!("/tenants/{id}/accounts/{admin}/authenticator");
    let made = world.control("PUT", &factor, "").await;
    assert!(
        made.json()["uri"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/"),
        "{}",
        made.text()
    );
    let shown = world
        .control("GET", &format!("/tenants/{id}/accounts/{admin}"), "")
        .await;
    assert!(!shown.text().contains("secret"), "{}", shown.text());
    let code = world.control("GET", &format!("{factor}/code"), "").await.json()["code"].clone();
    // A tenant with a domain of its own asks its administrators for two methods.
    world
        .post(&format!("/tenants/{id}/resets"), json!({ "user": admin }))
        .await;
    let told = format!("/tenants/{id}/mails?to={ADELE}&kind=alert");
    let told = world.control("GET", &told, "").await.json()["mails"].clone();
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(told[0]["subject"], "An authenticator was registered");
    let token = token(&world.mail(&id, &format!("{ADELE}&kind=reset")).await);
    let set = async |code: &Value| {
        let body = json!({ "token": token, "password": "Bright-Otter7", "code": code });
        world.post("/resets", body).await
    };
    assert_eq!(set(&Value::Null).await.status, 403);
    assert_eq!(set(&json!("000000")).await.status, 403);
    assert_eq!(set(&code).await.status, 200);
    // The code is used up: not the link's fault.
    let reset = async || {
        let body = json!({ "user": admin });
        world.post(&format!("/tenants/{id}/resets"), body).await.status
    };
    assert_eq!(reset().await, 429);
    world.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(reset().await, 200);
}

#[tokio::test]
async fn who_keeps_the_password_elsewhere_is_pointed_there() {
    testkit::rows!("003-27");
    let world = World::demo().await;
    let id = world.contoso().await;
    let guest = world
        .post(
            &format!("/tenants/{id}/resets"),
            json!({ "user": "vera@wingtip.example" }),
        )
        .await;
    assert_eq!(guest.status, 403);
    let next = guest.json()["error"]["next"].as_str().unwrap().to_owned();
    assert!(next.contains("https://account.live.com/password/reset"), "{next}");
    let own = format!("/tenants/{CONSUMERS}/resets");
    let asked = world.post(&own, json!({ "user": "vera@wingtip.example" })).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let mail = world.mail(CONSUMERS, "vera@wingtip.example").await;
    assert!(
        mail["link"].as_str().unwrap().contains("account.live.com"),
        "{mail}"
    );
    let set = json!({ "token": token(&mail), "password": "otterbright7" });
    // Two kinds of characters are enough for a Microsoft account.
    assert_eq!(world.post("/resets", set).await.status, 200);
}
