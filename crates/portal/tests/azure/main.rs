//! The Azure portal as a person uses it: document 004 from its first step to its last, and what is refused on the way.

#![cfg(test)]

mod check;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use http::{Method, header};
use net::Request;
use serde_json::{Value, json};
use support::{App, Browser, PASSWORD, text};
use types::{Clock, SystemClock};

const AZURE: &str = "portal.azure.com";
const REDIRECT: &str = "https://your-tenant-address/callback/oauth2";
const ORG: &str = "contoso.crm4.dynamics.com";

async fn at_azure<'a>(app: &'a App, who: &str, path: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.visit(AZURE, path).await;
    browser.sign_in(who, PASSWORD).await;
    assert_eq!(browser.status, 200, "{}: {}", browser.at, browser.page);
    browser
}

async fn admin(app: &App) -> Browser<'_> {
    at_azure(app, "admin@contoso.onmicrosoft.com", "/").await
}

fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let rest = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} on {page}"))
        .1;
    rest.split_once(after).unwrap().0
}

/// The client id in the address of a registration's page.
fn client_id(browser: &Browser<'_>) -> String {
    let (_, rest) = browser.at.split_once("/apps/").unwrap();
    rest.split(['/', '?']).next().unwrap().to_owned()
}

async fn register(browser: &mut Browser<'_>, name: &str, audience: &str) -> String {
    browser.visit(AZURE, "/apps/new").await;
    let typed = [
        ("name", name),
        ("audience", audience),
        ("platform", "web"),
        ("uri", REDIRECT),
    ];
    browser.press("Register", &typed).await;
    assert_eq!(browser.status, 200, "{}", browser.page);
    client_id(browser)
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

async fn token(app: &App, tenant: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
    let url = app.url("login.microsoftonline.com", &format!("/{tenant}/oauth2/token"));
    let answer = app.send(Request::post_form(url, query(pairs))).await;
    (
        answer.status.as_u16(),
        serde_json::from_slice(&answer.body).unwrap(),
    )
}

async fn tenant_id(app: &App) -> String {
    let tenant = app
        .control(Method::GET, "/tenants/contoso.com", &Value::Null)
        .await;
    tenant["id"].as_str().unwrap().to_owned()
}

fn asked(app: &App, tenant: &str, client: &str, more: &str) -> String {
    let resource = app.url(ORG, "/");
    let query = query(&[
        ("client_id", client),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("state", "1"),
        ("resource", &resource),
    ]);
    app.url(
        "login.microsoftonline.com",
        &format!("/{tenant}/oauth2/authorize?{query}{more}"),
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

#[tokio::test]
async fn a_form_that_breaks_a_rule_comes_back_with_what_was_typed() {
    let app = App::start().await;
    let mut admin = admin(&app).await;
    for (uri, sentence) in [
        ("your-tenant-address", "is not a whole address"),
        ("http://your-tenant-address/callback", "must begin with https"),
        ("http://127.0.0.1/callback", "only the manifest accepts"),
        ("https://a.example/callback#x", "has a fragment"),
        ("https://a.example/(x)", "contains the character ("),
        ("https://*.a.example/", "contains a wildcard"),
    ] {
        admin.visit(AZURE, "/apps/new").await;
        let typed = [("name", "Kept name"), ("platform", "web"), ("uri", uri)];
        admin.press("Register", &typed).await;
        assert_eq!(admin.status, 400, "{uri}");
        assert!(
            admin.page.contains(sentence) && admin.page.contains("role=\"alert\""),
            "{uri}: {}",
            admin.page
        );
        assert!(
            admin.page.contains("value=\"Kept name\"") && admin.page.contains(uri),
            "{uri}: {}",
            admin.page
        );
    }
    admin.visit(AZURE, "/apps/new").await;
    admin.press("Register", &[("name", "  ")]).await;
    assert!(
        admin.page.contains("An application needs a name."),
        "{}",
        admin.page
    );
    // The same rules on the page of redirect URIs, and by platform.
    let client = register(&mut admin, "Rules", "AzureADMyOrg").await;
    let page = format!("/apps/{client}/authentication");
    admin.visit(AZURE, &page).await;
    let native = "https://login.microsoftonline.com/common/oauth2/nativeclient";
    admin.press("Add", &[("platform", "web"), ("uri", native)]).await;
    assert!(
        admin.page.contains("Mobile and desktop applications"),
        "{}",
        admin.page
    );
    admin
        .press("Add", &[("platform", "public-client"), ("uri", native)])
        .await;
    assert!(admin.page.contains("was added"), "{}", admin.page);
    admin
        .press("Add", &[("platform", "spa"), ("uri", REDIRECT)])
        .await;
    assert!(admin.page.contains("is registered twice"), "{}", admin.page);
    admin
        .press(
            "Save",
            &[
                ("id_tokens", "yes"),
                ("public", "yes"),
                ("audience", "AzureADMultipleOrgs"),
            ],
        )
        .await;
    let kept = app
        .control(
            Method::GET,
            &format!("/tenants/contoso.com/apps/{client}"),
            &Value::Null,
        )
        .await;
    assert_eq!(kept["implicit_id_tokens"], true);
    assert_eq!(kept["implicit_access_tokens"], false);
    assert_eq!(kept["allow_public_client"], true);
    assert_eq!(kept["audience"], "AzureADMultipleOrgs");
    admin.press("Remove", &[]).await;
    assert!(admin.page.contains("was removed"), "{}", admin.page);
    app.stop().await;
}

#[tokio::test]
async fn prerequisites_are_checked_and_each_missing_one_is_named() {
    testkit::rows!("004-02");
    let app = App::start().await;
    let anna = at_azure(&app, "anna@contoso.com", "/before-you-begin").await;
    assert!(
        anna.page.contains("has everything that connecting"),
        "{}",
        anna.page
    );
    assert!(anna.page.contains("Grant admin consent"), "{}", anna.page);
    // Ben has no security role; nothing else is missing.
    let ben = at_azure(&app, "ben@contoso.com", "/before-you-begin").await;
    assert!(ben.page.contains("One thing is missing"), "{}", ben.page);
    assert!(ben.page.contains("/causes/user-no-security-role"), "{}", ben.page);
    app.control(
        Method::PATCH,
        "/tenants/contoso.com/settings",
        &json!({"users_may_register_apps": false}),
    )
    .await;
    let mut ben = at_azure(&app, "ben@contoso.com", "/before-you-begin").await;
    assert!(ben.page.contains("Two things are missing"), "{}", ben.page);
    assert!(
        ben.page.contains("Users can register applications")
            && ben.page.contains("admin@contoso.onmicrosoft.com"),
        "{}",
        ben.page
    );
    ben.visit(AZURE, "/apps/new").await;
    assert_eq!(ben.status, 400);
    assert!(
        ben.page.contains("may not register applications")
            && ben.page.contains("admin@contoso.onmicrosoft.com"),
        "{}",
        ben.page
    );
    let mut admin = admin(&app).await;
    admin.visit(AZURE, "/apps/new").await;
    assert_eq!(admin.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn people_manage_what_they_registered_and_nothing_else() {
    let app = App::start().await;
    let mut anna = at_azure(&app, "anna@contoso.com", "/apps").await;
    assert!(anna.page.contains("You own no application."), "{}", anna.page);
    let own = register(&mut anna, "Anna’s own", "AzureADMyOrg").await;
    anna.visit(AZURE, &format!("/apps/{own}/secrets/new")).await;
    anna.press("Add", &[("name", "hers")]).await;
    assert!(anna.page.contains("id=\"value\""), "{}", anna.page);
    // Consent for everybody is not hers to grant, nor are enterprise applications.
    for path in [
        format!("/apps/{own}/permissions/consent"),
        "/enterprise".to_owned(),
    ] {
        anna.visit(AZURE, &path).await;
        assert_eq!(anna.status, 403, "{path}");
        assert!(
            anna.page.contains("admin@contoso.onmicrosoft.com"),
            "{path}: {}",
            anna.page
        );
    }
    // The list names others' applications without a way in, and there is none by typing the address either.
    let connector = app
        .control(
            Method::GET,
            "/tenants/contoso.com/apps/Contoso%20Connector",
            &Value::Null,
        )
        .await;
    let connector = connector["id"].as_str().unwrap();
    anna.visit(AZURE, "/apps?view=all&q=contoso+connector").await;
    assert!(
        anna.page.contains(connector) && !anna.page.contains(&format!("href=\"/apps/{connector}\"")),
        "{}",
        anna.page
    );
    let mut ben = at_azure(&app, "ben@contoso.com", "/").await;
    let azure = portal::SITES
        .iter()
        .find(|site| site.host == Some(AZURE))
        .unwrap();
    let pages = azure
        .pages
        .iter()
        .filter(|page| page.path.starts_with("/apps/{app}"));
    for page in pages {
        let path = page
            .path
            .replace("{app}", &own)
            .replace("{api}", "00000007-0000-0000-c000-000000000000")
            .replace("{secret}", "x")
            .replace("{credential}", "x")
            .replace("{consent}", "x");
        ben.visit(AZURE, &path).await;
        assert_eq!(ben.status, 403, "{path}: {}", ben.page);
        anna.visit(AZURE, &path.replace(&own, connector)).await;
        assert_eq!(anna.status, 403, "{path}");
    }
    // A visitor of another tenant sees nothing of this one, an administrator there included.
    let mut ada = at_azure(&app, "admin@fabrikam.onmicrosoft.com", "/apps?view=all").await;
    assert!(!ada.page.contains("Anna"), "{}", ada.page);
    ada.visit(AZURE, &format!("/apps/{own}")).await;
    assert_eq!(ada.status, 404);
    // Anna deletes it, after saying that she is sure.
    anna.visit(AZURE, &format!("/apps/{own}/delete")).await;
    anna.press("Delete the registration", &[]).await;
    assert_eq!(anna.status, 400, "{}", anna.page);
    anna.press("Delete the registration", &[("sure", "yes")]).await;
    assert!(anna.page.contains("was deleted"), "{}", anna.page);
    anna.visit(AZURE, &format!("/apps/{own}")).await;
    assert_eq!(anna.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn a_value_that_was_shown_is_in_no_page_journal_or_audit_and_for_nobody_else() {
    testkit::rows!("004-10");
    let app = App::start().await;
    let mut admin = admin(&app).await;
    let client = register(&mut admin, "Once", "AzureADMyOrg").await;
    admin.visit(AZURE, &format!("/apps/{client}/secrets/new")).await;
    admin.press("Add", &[("name", "one")]).await;
    let value = between(&admin.page, "<code id=\"value\">", "</code>").to_owned();
    let page = admin.at.clone();
    for path in [
        "/journal",
        "/tenants/contoso.com/audit",
        "/tenants/contoso.com/apps",
    ] {
        let told = app.control(Method::GET, path, &Value::Null).await;
        assert!(!told.to_string().contains(&value), "{path}");
    }
    admin.open(&page).await;
    assert!(admin.page.contains("is no longer shown"), "{}", admin.page);
    assert!(!admin.page.contains(&value), "{}", admin.page);
    // Made, and not looked at: another one's page does not show it.
    let first = between(&page, "/secrets/", "/value").to_owned();
    admin.visit(AZURE, &format!("/apps/{client}/secrets/new")).await;
    admin.press("Add", &[("name", "two")]).await;
    let second = between(&admin.page, "<code id=\"value\">", "</code>").to_owned();
    assert_ne!(value, second);
    admin
        .visit(AZURE, &format!("/apps/{client}/secrets/{first}/delete"))
        .await;
    admin.press("Delete the client secret", &[]).await;
    assert!(
        admin.page.contains("was deleted") && !admin.page.contains(&first),
        "{}",
        admin.page
    );
    app.stop().await;
}

#[tokio::test]
async fn what_was_typed_stays_text_and_a_form_of_elsewhere_does_nothing() {
    let app = App::start().await;
    let mut admin = admin(&app).await;
    let attack = "\"><script>alert(1)</script>\u{202e}";
    let client = register(&mut admin, attack, "AzureADMyOrg").await;
    let body = json!({
        "requires": [{"resource": client, "scopes": [attack]}],
        "exposes": [attack],
    });
    app.control(
        Method::PATCH,
        &format!("/tenants/contoso.com/apps/{client}"),
        &body,
    )
    .await;
    app.control(
        Method::POST,
        &format!("/tenants/contoso.com/apps/{client}/secrets"),
        &json!({"name": attack}),
    )
    .await;
    let kept = app
        .control(
            Method::GET,
            &format!("/tenants/contoso.com/apps/{client}"),
            &Value::Null,
        )
        .await;
    let secret = kept["secrets"][0]["id"].as_str().unwrap();
    let azure = portal::SITES
        .iter()
        .find(|site| site.host == Some(AZURE))
        .unwrap();
    for page in azure
        .pages
        .iter()
        .filter(|page| !page.path.starts_with("/portal."))
    {
        let path = page
            .path
            .replace("{app}", &client)
            .replace("{api}", &client)
            .replace("{secret}", secret)
            .replace("{credential}", secret);
        let path = match path.as_str() {
            "/" | "/apps" | "/enterprise" => format!("{path}?q=%3Cscript%3E"),
            _ => path,
        };
        admin.visit(AZURE, &path).await;
        assert!([200, 404].contains(&admin.status), "{path}: {}", admin.status);
        // What a form sends back has to be as it was kept.
        let read: String = admin
            .page
            .split(" value=\"")
            .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest))
            .collect();
        assert!(!admin.page.contains("<script>"), "{path}: {}", admin.page);
        assert!(!read.contains('\u{202e}'), "{path}: {}", admin.page);
        assert_eq!(admin.page.matches("<h1").count(), 1, "{path}");
        assert!(admin.page.len() < 60_000, "{path}: {}", admin.page.len());
    }
    // Without the token of the page nothing is changed, whoever's cookies come along.
    let url = app.url(AZURE, &format!("/apps/{client}/delete"));
    let host = url.trim_start_matches("https://").split('/').next().unwrap();
    let cookies: Vec<_> = admin.cookies[host]
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let forged = Request::post_form(&*url, "sure=yes&token=guess").with(header::COOKIE, &cookies.join("; "));
    assert_eq!(app.send(forged).await.status, 400);
    admin.visit(AZURE, &format!("/apps/{client}")).await;
    assert_eq!(admin.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn an_enterprise_application_is_disabled_and_needs_assignment() {
    let app = App::start().await;
    let tenant = tenant_id(&app).await;
    let mut admin = admin(&app).await;
    let client = register(&mut admin, "Guarded", "AzureADMyOrg").await;
    admin.follow("Sign-in and assignment").await;
    admin
        .press("Save", &[("enabled", "yes"), ("assignment", "yes")])
        .await;
    let mut anna = at_azure(&app, "anna@contoso.com", "/").await;
    anna.open(&asked(&app, &tenant, &client, "")).await;
    assert!(anna.page.contains("AADSTS50105"), "{}", anna.page);
    admin.press("Assign", &[("who", "nobody@contoso.com")]).await;
    assert!(
        admin.page.contains("neither a user nor a group"),
        "{}",
        admin.page
    );
    admin.press("Assign", &[("who", "anna@contoso.com")]).await;
    assert!(admin.page.contains("Anna Able"), "{}", admin.page);
    anna.open(&asked(&app, &tenant, &client, "")).await;
    assert!(!anna.page.contains("AADSTS50105"), "{}", anna.page);
    admin
        .press("Save", &[("enabled", "no"), ("assignment", "no")])
        .await;
    anna.open(&asked(&app, &tenant, &client, "")).await;
    assert!(anna.page.contains("AADSTS7000112"), "{}", anna.page);
    app.stop().await;
}
