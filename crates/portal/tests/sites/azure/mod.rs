//! The Azure portal as a person uses it: document 004 from its first step to its last, and what is refused on the way.

mod check;
mod document;
mod owners;

use crate::support::{App, Browser, PASSWORD};
use http::{Method, header};
use net::Request;
use serde_json::{Value, json};

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
    let plain = [
        ("public", "yes"),
        ("logout", "http://portal.contoso.com/signout-oidc"),
    ];
    admin.press("Save", &plain).await;
    assert!(
        admin.page.contains("The front-channel logout URL") && admin.page.contains("must begin with https"),
        "{}",
        admin.page
    );
    admin
        .press(
            "Save",
            &[
                ("logout", "https://portal.contoso.com/signout-oidc"),
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
    assert_eq!(kept["logout_url"], "https://portal.contoso.com/signout-oidc");
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
