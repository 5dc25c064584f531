//! An organization opened with a browser: who comes in, and who is turned away and why.

use crate::support::{App, Browser, PASSWORD, text};
use http::Method;
use net::Request;
use serde_json::{Value, json};

/// The organization that most of it happens at.
pub(super) const CONTOSO: &str = "contoso.crm4.dynamics.com";

/// Somebody who opens a page of it, and signs in.
pub(super) async fn enter<'a>(app: &'a App, path: &str, login: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.visit(CONTOSO, path).await;
    browser.sign_in(login, PASSWORD).await;
    browser
}

pub(super) fn is_at_sign_in(browser: &Browser<'_>) -> bool {
    browser.at.contains("login.microsoftonline.com")
}

const NO_ROLE: &str = "The selected user or the user trying to log on has not been assigned a security role, and does not have sufficient privileges for this action";

#[tokio::test]
async fn a_person_comes_in_by_the_direct_address_with_either_name() {
    testkit::rows!("003-20", "003-24");
    let app = App::start().await;
    for name in ["anna@contoso.com", "anna@contoso.onmicrosoft.com"] {
        let anna = enter(&app, "/main.aspx?from=mail", name).await;
        assert!(
            anna.at.ends_with("/main.aspx?from=mail"),
            "{}: {}",
            anna.at,
            anna.page
        );
        for part in [
            "Contoso Europe",
            "Anna Able",
            "Basic User",
            "8 hours",
            "/_pages/sales",
        ] {
            assert!(anna.page.contains(part), "{part}: {}", anna.page);
        }
        assert!(anna.page.len() < 60_000);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_direct_address_comes_by_mail() {
    testkit::rows!("003-21");
    let app = App::start().await;
    let to = "/tenants/contoso.com/accounts/anna@contoso.com/address-mails";
    app.control(Method::POST, to, &json!({ "organization": "contoso" }))
        .await;
    let found = "/tenants/contoso.com/mails?to=anna@contoso.com&kind=invitation";
    let mails = app.control(Method::GET, found, &Value::Null).await;
    let path = format!(
        "/tenants/contoso.com/mails/{}",
        mails["mails"][0]["id"].as_str().unwrap()
    );
    let mail = app.control(Method::GET, &path, &Value::Null).await;
    assert_eq!(mail["link"], app.url(CONTOSO, "/"));
    let mut anna = app.browser();
    anna.open(mail["link"].as_str().unwrap()).await;
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(anna.page.contains("Contoso Europe"), "{}", anna.page);
    app.stop().await;
}

#[tokio::test]
async fn a_program_is_answered_by_the_organization_itself() {
    let app = App::start().await;
    let url = app.url(CONTOSO, "/");
    let request = Request::get(&*url).with(http::header::AUTHORIZATION, "Bearer nonsense");
    let answer = app.send(request).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .contains("authorization_uri")
    );
    let answer = app
        .send(Request::get(app.url(CONTOSO, "/api/data/v9.2/WhoAmI")))
        .await;
    assert_eq!(answer.status, 401);
    // Discovery and the Web API's twin have no pages.
    for host in ["globaldisco.crm.dynamics.com", "contoso.api.crm4.dynamics.com"] {
        let answer = app.send(Request::get(app.url(host, "/_help"))).await;
        assert_eq!(answer.status, 404, "{host}");
    }
    app.stop().await;
}

#[tokio::test]
async fn whoever_is_disabled_during_a_session_is_told_that_the_ticket_expired() {
    let app = App::start().await;
    let user = "/tenants/contoso.com/organizations/contoso/users/anna@contoso.com";
    let mut anna = enter(&app, "/", "anna@contoso.com").await;
    assert_eq!(anna.status, 200);
    app.control(Method::PATCH, user, &json!({ "disabled": true }))
        .await;
    anna.visit(CONTOSO, "/").await;
    assert_eq!(anna.status, 403);
    for part in [
        "The system user was disabled therefore the ticket expired.",
        "0x8004a112",
    ] {
        assert!(anna.page.contains(part), "{part}: {}", anna.page);
    }
    // Another change of the user is not another disabling.
    app.control(
        Method::POST,
        "/tenants/contoso.com/clock",
        &json!({ "advance_seconds": 60 }),
    )
    .await;
    let mut later = enter(&app, "/", "anna@contoso.com").await;
    app.control(Method::PATCH, user, &json!({ "access_mode": "read" }))
        .await;
    assert!(
        later.visit(CONTOSO, "/").await.page.contains("0x80040225"),
        "{}",
        later.page
    );
    app.control(Method::PATCH, user, &json!({ "disabled": false }))
        .await;
    assert_eq!(anna.visit(CONTOSO, "/").await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn no_role_is_told_in_the_exact_words_and_a_role_cures_it() {
    testkit::rows!("003-29", "003-30");
    let app = App::start().await;
    let mut ben = enter(&app, "/", "ben@contoso.com").await;
    assert_eq!(ben.status, 403);
    for part in [
        NO_ROLE,
        "Adele Admin",
        "admin@contoso.onmicrosoft.com",
        "0x80042f09",
        "/causes/user-no-security-role",
    ] {
        assert!(ben.page.contains(part), "{part}: {}", ben.page);
    }
    assert!(
        ben.page
            .contains("https://admin.powerplatform.microsoft.com.localhost"),
        "{}",
        ben.page
    );
    let role = "/tenants/contoso.com/organizations/contoso/users/ben@contoso.com/roles/Basic%20User";
    app.control(Method::PUT, role, &Value::Null).await;
    ben.follow("Try again").await;
    assert_eq!(ben.status, 200, "{}", ben.page);
    assert!(ben.page.contains("Basic User"));
    app.control(Method::DELETE, role, &Value::Null).await;
    ben.visit(CONTOSO, "/").await;
    assert_eq!(ben.status, 403);
    app.stop().await;
}

#[tokio::test]
async fn each_refusal_says_why_and_who_can_help() {
    let app = App::start().await;
    for (host, login, parts) in [
        (
            CONTOSO,
            "cora@contoso.com",
            [
                "The user has not been assigned any License",
                "user-license-missing",
            ],
        ),
        (
            CONTOSO,
            "lena@contoso.com",
            ["disabled", "user-disabled-in-organization"],
        ),
        (
            CONTOSO,
            "nora@contoso.com",
            [
                "The user is not a member of the organization.",
                "user-license-missing",
            ],
        ),
        (
            "contoso-dev.crm4.dynamics.com",
            "anna@contoso.com",
            ["Admin Only mode", "environment-admin-mode"],
        ),
        (
            "contoso-uk.crm11.dynamics.com",
            "anna@contoso.com",
            ["currently disabled", "organization-disabled"],
        ),
        (
            "contoso-labs.crm11.dynamics.com",
            "anna@contoso.com",
            [
                "You are not a member of the environment&#39;s security group.",
                "user-not-in-security-group",
            ],
        ),
    ] {
        let mut browser = app.browser();
        browser.visit(host, "/").await;
        browser.sign_in(login, PASSWORD).await;
        assert!(browser.status >= 400, "{host} {login}: {}", browser.status);
        for part in parts.into_iter().chain(["Adele Admin"]) {
            assert!(
                browser.page.contains(part),
                "{host} {login} {part}: {}",
                browser.page
            );
        }
    }
    let mut admin = app.browser();
    admin.visit("contoso-dev.crm4.dynamics.com", "/").await;
    admin.sign_in("admin@contoso.onmicrosoft.com", PASSWORD).await;
    assert_eq!(admin.status, 200, "{}", admin.page);
    app.stop().await;
}

#[tokio::test]
async fn an_address_without_an_organization_says_where_the_name_lives() {
    testkit::rows!("003-23");
    let app = App::start().await;
    let asked = app.url("contoso.crm5.dynamics.com", "/");
    let html = Request::get(&*asked).with(http::header::ACCEPT, "text/html,*/*");
    let page = app.send(html).await;
    assert_eq!(page.status, 404);
    let page = text(&page);
    assert!(page.contains("use https://contoso.crm4.dynamics.com/"), "{page}");
    // A program gets the answer it always got.
    let answer = app.send(Request::get(&*asked)).await;
    assert_eq!(answer.status, 404);
    assert!(!text(&answer).contains("<html"), "{}", text(&answer));
    app.stop().await;
}

#[tokio::test]
async fn foreign_addresses_and_sessions_lead_nowhere() {
    let app = App::start().await;
    let mut anna = enter(&app, "/", "anna@contoso.com").await;
    // An address elsewhere is not where one goes on after signing in again.
    for at in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/portal.css",
    ] {
        let encoded: String = form_urlencoded::byte_serialize(at.as_bytes()).collect();
        anna.visit(CONTOSO, &format!("/_session/again?at={encoded}"))
            .await;
        anna.press("OK", &[("at", at)]).await;
        assert!(is_at_sign_in(&anna), "{}", anna.at);
        anna.sign_in("anna@contoso.com", PASSWORD).await;
        assert!(
            anna.at.ends_with("dynamics.com.localhost:") || anna.at.ends_with('/'),
            "{at}: {}",
            anna.at
        );
        assert!(!anna.at.contains("evil"), "{}", anna.at);
    }
    // Her session at one organization is none at another.
    let cookies = anna
        .cookies
        .iter()
        .find(|(host, _)| host.starts_with(CONTOSO))
        .unwrap()
        .1;
    let visit = format!("__Host-visit={}", cookies["__Host-visit"]);
    let other = app.url("contoso-labs.crm11.dynamics.com", "/");
    let answer = app
        .send(Request::get(&*other).with(http::header::COOKIE, &visit))
        .await;
    assert_eq!(answer.status, 302);
    assert!(
        answer
            .header("location")
            .unwrap()
            .contains("login.microsoftonline.com")
    );
    // An organization's and a user's names are shown, and nothing else is made of them.
    let named = json!({ "name": "<script>alert(1)</script>" });
    app.control(
        Method::PATCH,
        "/tenants/contoso.com/organizations/contoso",
        &named,
    )
    .await;
    anna.visit(CONTOSO, "/").await;
    assert!(
        anna.page.contains("alert(1)") && !anna.page.contains("<script>alert"),
        "{}",
        anna.page
    );
    app.stop().await;
}
