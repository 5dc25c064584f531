//! A forgotten password at work: by a link, by a license and the setting, or with an administrator's help.

use super::accounts::{CONTOSO, NEW, RESET};
use crate::support::App;
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_administrator_resets_by_a_link() {
    testkit::rows!("003-04", "003-05");
    let app = App::start().await;
    let mut adele = app.browser();
    adele.visit("portal.office.com", "/").await;
    adele
        .press("Next", &[("login", "admin@contoso.onmicrosoft.com")])
        .await;
    adele.follow("Can’t access your account?").await;
    assert!(
        adele.page.contains("Reset your Dynamics 365 Online password")
            && adele.page.contains("value=\"admin@contoso.onmicrosoft.com\""),
        "{}",
        adele.page
    );
    adele.press("Send me a link", &[]).await;
    let link = app.link("adele.admin@adatum.example", "reset").await;
    adele.open(&link).await;
    adele
        .press("Change the password", &[("password", NEW), ("again", "other")])
        .await;
    assert!(adele.page.contains("not the same"), "{}", adele.page);
    adele.choose("Contoso123!").await;
    assert!(adele.page.contains("role=\"alert\""), "{}", adele.page);
    adele.choose(NEW).await;
    assert!(
        adele.at.ends_with("/done") && adele.page.contains("was changed"),
        "{}: {}",
        adele.at,
        adele.page
    );
    adele.follow("Sign in").await;
    adele.sign_in("admin@contoso.onmicrosoft.com", NEW).await;
    assert!(adele.page.contains("Adele Admin"), "{}", adele.page);
    adele.open(&link).await;
    assert!(
        adele.status == 410 && adele.page.contains("used before"),
        "{}",
        adele.page
    );
    app.stop().await;
}

#[tokio::test]
async fn others_reset_by_a_link_with_a_license_and_the_setting_only() {
    testkit::rows!("003-06", "003-08", "003-10");
    let app = App::start().await;
    let ben = "ben@contoso.com";
    let mut person = app.browser();
    let refused = async |why: &str, count: usize| {
        let mails = app.mails(ben, "alert").await;
        let text = mails[0]["text"].as_str().unwrap().to_owned();
        assert!(
            text.contains(why) && text.contains("Adele Admin"),
            "{why}: {text}"
        );
        assert_eq!(app.count(ben).await, count);
    };
    let setting = async |on: bool| {
        let path = format!("/tenants/{CONTOSO}/settings");
        app.control(Method::PATCH, &path, &json!({ "self_service_reset": on }))
            .await;
    };
    let license = format!("/tenants/{CONTOSO}/accounts/{ben}/licenses/AAD_PREMIUM");
    setting(false).await;
    person.forget(RESET, ben).await;
    assert!(
        person.page.contains("Adele Admin") && person.page.contains("has not set it up"),
        "{}",
        person.page
    );
    refused("no license with self-service", 1).await;
    // Neither condition is enough by itself.
    setting(true).await;
    app.advance(CONTOSO, 61).await;
    person.forget(RESET, ben).await;
    refused("no license with self-service", 2).await;
    setting(false).await;
    app.control(Method::PUT, &license, &Value::Null).await;
    app.advance(CONTOSO, 61).await;
    person.forget(RESET, ben).await;
    refused("is not set up in Contoso", 3).await;
    setting(true).await;
    person.forget(RESET, ben).await;
    let link = app.link(ben, "reset").await;
    person.open(&link).await;
    person.choose(NEW).await;
    person.follow("Sign in").await;
    person.sign_in(ben, NEW).await;
    assert!(person.page.contains("Ben Bare"), "{}", person.page);
    app.stop().await;
}

#[tokio::test]
async fn whoever_asks_an_administrator_gets_a_mail_and_must_choose_anew() {
    testkit::rows!("003-07", "003-09");
    let app = App::start().await;
    let path = format!("/tenants/{CONTOSO}/accounts/anna@contoso.com/temporary-password");
    let made = app.control(Method::POST, &path, &Value::Null).await;
    let temporary = made["temporary_password"].as_str().unwrap();
    let mails = app.mails("anna@contoso.com", "reset").await;
    let told = mails[0]["text"].as_str().unwrap();
    assert!(
        told.contains(temporary) && told.contains("enter a new password"),
        "{told}"
    );
    let mut anna = app.browser();
    anna.open(mails[0]["link"].as_str().unwrap()).await;
    anna.press("Next", &[("login", "anna@contoso.com")]).await;
    anna.press("Sign in", &[("passwd", temporary)]).await;
    assert!(anna.page.contains("Update your password"), "{}", anna.page);
    let typed = [("passwd", temporary), ("newpasswd", NEW), ("confirmpasswd", NEW)];
    anna.press("Sign in", &typed).await;
    anna.sign_in("anna@contoso.com", NEW).await;
    assert!(anna.page.contains("Anna Able"), "{}", anna.page);
    app.stop().await;
}
