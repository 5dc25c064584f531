//! Document 004 from its first step to its last, and consent before and after.

use std::time::Duration;

use http::{Method, header};
use net::Request;
use serde_json::{Value, json};
use types::{Clock, SystemClock};

use super::{AZURE, ORG, REDIRECT, admin, asked, at_azure, between, client_id, query, register, tenant_id};
use crate::support::{App, PASSWORD, text};

async fn token(app: &App, tenant: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
    let url = app.url("login.microsoftonline.com", &format!("/{tenant}/oauth2/token"));
    let answer = app.send(Request::post_form(url, query(pairs))).await;
    (
        answer.status.as_u16(),
        serde_json::from_slice(&answer.body).unwrap(),
    )
}

#[tokio::test]
async fn document_004_from_the_first_page_to_who_am_i() {
    testkit::rows!(
        "004-03", "004-04", "004-05", "004-06", "004-07", "004-08", "004-09", "004-10", "004-18"
    );
    let app = App::start().await;
    let tenant = tenant_id(&app).await;
    // Step 1: the portal, App registrations, New registration, the form.
    let mut admin = admin(&app).await;
    admin.follow("App registrations").await;
    admin.follow("New registration").await;
    assert!(
        admin
            .page
            .contains("Accounts in this organizational directory only (Contoso only - Single tenant)"),
        "{}",
        admin.page
    );
    let typed = [
        ("name", "Dynamics connector"),
        ("platform", "web"),
        ("uri", REDIRECT),
    ];
    admin.press("Register", &typed).await;
    assert!(admin.page.contains("was registered"), "{}", admin.page);
    let client = client_id(&admin);
    for id in [&client, &tenant] {
        assert!(
            admin.page.contains(&format!("<code>{id}</code>")),
            "{}",
            admin.page
        );
    }
    // A person without a role meets the failure before there is consent.
    let settings = format!("/tenants/{tenant}/settings");
    // Step 2: API permissions, Add a permission, Dynamics CRM, user_impersonation, Add permissions.
    admin.follow("API permissions").await;
    admin.follow("Add a permission").await;
    let base = format!("/apps/{client}/permissions");
    admin.visit(AZURE, &format!("{base}/add?q=dynamics+crm")).await;
    assert!(!admin.page.contains("Microsoft Graph"), "{}", admin.page);
    let api = between(&admin.page, "<ul class=\"tiles\"><li><a href=\"", "\"").to_owned();
    admin.visit(AZURE, &api).await;
    admin.press("Add permissions", &[]).await;
    assert_eq!(admin.status, 400, "nothing was ticked: {}", admin.page);
    admin
        .press("Add permissions", &[("tick:user_impersonation", "yes")])
        .await;
    assert!(admin.page.contains("Not granted for"), "{}", admin.page);
    // Anna would be asked, is refused where people may not consent, and without a page gets AADSTS65001.
    let mut anna = app.browser();
    anna.open(&asked(&app, &tenant, &client, "")).await;
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(anna.page.contains("Dynamics connector"), "{}", anna.page);
    assert!(
        anna.page
            .contains("Access Common Data Service as organization users"),
        "{}",
        anna.page
    );
    app.control(Method::PATCH, &settings, &json!({"user_consent": "admin-only"}))
        .await;
    let mut other = app.browser();
    other.open(&asked(&app, &tenant, &client, "")).await;
    other.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(other.at.contains("AADSTS90094"), "{}: {}", other.at, other.page);
    // Grant admin consent: No changes nothing, Yes grants.
    admin.visit(AZURE, &format!("{base}/consent")).await;
    admin.press("No", &[]).await;
    assert!(admin.page.contains("Not granted for"), "{}", admin.page);
    admin.visit(AZURE, &format!("{base}/consent")).await;
    admin.press("Yes", &[]).await;
    assert!(!admin.page.contains("Not granted for"), "{}", admin.page);
    assert!(admin.page.contains("Granted for"), "{}", admin.page);
    // Step 3: Certificates & secrets, New client secret, 24 months; longer is refused.
    admin.follow("Certificates &#38; secrets").await;
    admin.follow("New client secret").await;
    let day = |days: u64| {
        let moment = SystemClock.now() + Duration::from_secs(days * 86_400);
        moment.rfc3339_seconds().chars().take(10).collect::<String>()
    };
    let too_long = day(760);
    admin
        .press(
            "Add",
            &[("name", "platform"), ("life", "custom"), ("until", &too_long)],
        )
        .await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    assert!(admin.page.contains("24 months at most"), "{}", admin.page);
    assert!(admin.page.contains("value=\"platform\""), "{}", admin.page);
    admin.press("Add", &[("name", "platform"), ("life", "730")]).await;
    let secret = between(&admin.page, "<code id=\"value\">", "</code>").to_owned();
    assert_eq!(secret.len(), 40);
    let value_page = admin.at.clone();
    let secret_id = between(&value_page, "/secrets/", "/value").to_owned();
    assert!(admin.page.contains("not the value"), "{}", admin.page);
    admin.open(&value_page).await;
    assert!(admin.page.contains("is no longer shown"), "{}", admin.page);
    assert!(!admin.page.contains(&secret), "{}", admin.page);
    admin.follow("Certificates &#38; secrets").await;
    assert!(!admin.page.contains(&secret), "{}", admin.page);
    assert!(
        admin.page.contains(&secret[..3]) && admin.page.contains("29 days"),
        "{}",
        admin.page
    );
    // Step 4: the authorization code, without consent now, and the token by the secret's value, not by its id.
    let mut anna = app.browser();
    anna.open(&asked(&app, &tenant, &client, "")).await;
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    let at = anna.at.clone();
    assert!(at.starts_with(REDIRECT), "{at}: {}", anna.page);
    let code = between(&at, "code=", "&").to_owned();
    let redeem = |secret: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", client.clone()),
            ("client_secret", secret.to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("code", code.clone()),
        ]
    };
    let sent = redeem(&secret_id);
    let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (status, refused) = token(&app, &tenant, &sent).await;
    assert_eq!((status, &refused["error_codes"][0]), (401, &json!(7_000_215)));
    let sent = redeem(&secret);
    let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (status, tokens) = token(&app, &tenant, &sent).await;
    assert_eq!(status, 200, "{tokens}");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let who = Request::get(app.url(ORG, "/api/data/v9.2/WhoAmI")).with(header::AUTHORIZATION, &bearer);
    let who = app.send(who).await;
    assert_eq!(who.status, 200, "{}", text(&who));
    assert!(text(&who).contains("OrganizationId"), "{}", text(&who));
    app.stop().await;
}

#[tokio::test]
async fn without_consent_a_program_that_cannot_ask_is_told_65001() {
    testkit::rows!("004-07");
    let app = App::start().await;
    let tenant = tenant_id(&app).await;
    let mut admin = admin(&app).await;
    let client = register(&mut admin, "Silent", "AzureADMyOrg").await;
    let api = format!("/apps/{client}/permissions/add/00000007-0000-0000-c000-000000000000");
    admin.visit(AZURE, &api).await;
    admin
        .press("Add permissions", &[("tick:user_impersonation", "yes")])
        .await;
    let silent = asked(&app, &tenant, &client, "&prompt=none");
    let mut anna = at_azure(&app, "anna@contoso.com", "/").await;
    anna.open(&silent).await;
    assert!(anna.at.contains("AADSTS65001"), "{}", anna.at);
    admin
        .visit(AZURE, &format!("/apps/{client}/permissions/consent"))
        .await;
    admin.press("Yes", &[]).await;
    anna.open(&silent).await;
    assert!(anna.at.contains("code="), "{}", anna.at);
    // Revoked, it is as before.
    let consent = between(&admin.page, "/permissions/revoke/", "\"").to_owned();
    let revoke = format!("/apps/{client}/permissions/revoke/{consent}");
    admin.visit(AZURE, &revoke).await;
    admin.press("Yes, revoke it", &[]).await;
    assert!(admin.page.contains("Not granted for"), "{}", admin.page);
    anna.open(&silent).await;
    assert!(anna.at.contains("AADSTS65001"), "{}", anna.at);
    app.stop().await;
}
