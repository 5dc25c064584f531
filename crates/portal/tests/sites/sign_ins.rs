//! Where a person is signed in: their own list of it, on every site, and an administrator's.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use types::{Clock, ManualClock, SystemClock};

use super::organization::{CONTOSO, enter, is_at_sign_in};
use crate::support::{ADMIN, App, Browser};

const ANNA: &str = "anna@contoso.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
const OFFICE: &str = "portal.office.com";

impl App {
    async fn sessions(&self, login: &str) -> Vec<Value> {
        let path = format!("/tenants/contoso.com/accounts/{login}/sessions");
        let all = self.control(Method::GET, &path, &Value::Null).await;
        all["sessions"].as_array().unwrap().clone()
    }
}

/// Anna at her desk, signed in to two sites.
async fn at_desk(app: &App) -> Browser<'_> {
    let mut desk = app.browser();
    desk.agent = Some(FIREFOX);
    desk.visit(OFFICE, "/").await;
    desk.sign_in(ANNA, crate::support::PASSWORD).await;
    desk.visit("home.dynamics.com", "/").await;
    desk.visit(OFFICE, "/").await;
    desk
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_ends_what_they_do_not_know() {
    let app = App::start_by(Arc::new(ManualClock::at(SystemClock.now()))).await;
    let mut desk = at_desk(&app).await;
    let mut other = enter(&app, "/", ANNA).await;
    // A site is used a quarter of an hour later.
    let turn = json!({ "advance_seconds": 900 });
    app.control(Method::POST, "/tenants/contoso.com/clock", &turn)
        .await;
    other.visit(CONTOSO, "/").await;
    let known = app.sessions(ANNA).await;
    assert_eq!(known.len(), 2, "{known:?}");
    assert_eq!(known[0]["sites"][0]["host"], CONTOSO);
    assert!(
        known[0]["last_used"].as_str() > known[0]["since"].as_str(),
        "{known:?}"
    );
    desk.follow("Sessions").await;
    for words in [
        "Firefox on Linux",
        "Dynamics 365 home, Office 365",
        "This browser",
        ">keyway<",
        CONTOSO,
    ] {
        assert!(desk.page.contains(words), "{words}: {}", desk.page);
    }
    assert_eq!(desk.page.matches("End this session").count(), 1);
    desk.press("End this session", &[]).await;
    assert!(desk.page.contains("no other browser"), "{}", desk.page);
    // Not only the site's session ended: its browser is known nowhere, and must sign in anew.
    for path in ["/", "/_pages/sales"] {
        other.visit(CONTOSO, path).await;
        assert!(
            is_at_sign_in(&other) && !other.page.contains("name=\"code\""),
            "{}",
            other.at
        );
    }
    other.sign_in(ANNA, crate::support::PASSWORD).await;
    assert_eq!((other.status, app.sessions(ANNA).await.len()), (200, 2));
    desk.visit("home.dynamics.com", "/").await;
    assert!(desk.at.contains("home.dynamics.com"), "{}", desk.at);
    app.stop().await;
}

#[tokio::test]
async fn all_other_sessions_end_and_nobody_elses() {
    let app = App::start().await;
    let mut desk = at_desk(&app).await;
    let others = [enter(&app, "/", ANNA).await, enter(&app, "/", ANNA).await];
    app.entered(OFFICE, "ben@contoso.com", "/").await;
    let bens = app.sessions("ben@contoso.com").await;
    desk.visit(OFFICE, "/_sessions").await;
    let body = format!("do=end&session={}", bens[0]["id"].as_str().unwrap());
    assert_eq!(desk.forged("/_sessions", &body).await, 404);
    assert_eq!(desk.forged("/_sessions", "do=nothing").await, 400);
    assert_eq!(desk.post("/_sessions", "do=end-others").await.status, 400);
    assert_eq!(app.sessions(ANNA).await.len(), 3);
    desk.press("End all other sessions", &[]).await;
    assert!(
        desk.page.contains("Every other browser is signed out"),
        "{}",
        desk.page
    );
    assert_eq!(app.sessions(ANNA).await.len(), 1);
    for mut other in others {
        other.visit(CONTOSO, "/").await;
        assert!(is_at_sign_in(&other), "{}", other.at);
    }
    desk.visit(OFFICE, "/").await;
    assert!(desk.at.contains(OFFICE), "{}", desk.at);
    assert_eq!(app.sessions("ben@contoso.com").await, bens);
    app.stop().await;
}

#[tokio::test]
async fn a_person_signs_out_everywhere() {
    let app = App::start().await;
    let (mut desk, mut other) = (at_desk(&app).await, enter(&app, "/", ANNA).await);
    desk.follow("Sessions").await;
    desk.press("Sign out everywhere", &[]).await;
    assert!(is_at_sign_in(&desk), "{}", desk.at);
    other.visit(CONTOSO, "/").await;
    assert!(is_at_sign_in(&other), "{}", other.at);
    assert!(app.sessions(ANNA).await.is_empty());
    // What programs were granted before is worth nothing either.
    assert!(!app.account(ANNA).await["tokens_valid_from"].is_null());
    desk.sign_in(ANNA, crate::support::PASSWORD).await;
    assert!(
        desk.page.contains("You were signed out everywhere") && desk.page.contains("no other browser"),
        "{}: {}",
        desk.at,
        desk.page
    );
    app.stop().await;
}

#[tokio::test]
async fn a_browser_that_two_people_use_keeps_the_one_whose_session_was_not_ended() {
    let app = App::start().await;
    let mut desk = at_desk(&app).await;
    desk.visit(CONTOSO, "/").await;
    let before = app.sessions(ANNA).await;
    // Ben signs in beside her.
    let authorize = app.url(
        "login.microsoftonline.com",
        &format!(
            "/organizations/oauth2/v2.0/authorize?client_id=00000007-0000-0000-c000-000000000000&response_type=code&\
             redirect_uri=https%3A%2F%2F{CONTOSO}%2Fsignin-oidc&scope=openid&prompt=login&login_hint=ben%40contoso.com&\
             code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        ),
    );
    desk.open(&authorize).await;
    desk.sign_in("ben@contoso.com", crate::support::PASSWORD).await;
    let id = before[0]["id"].as_str().unwrap();
    let path = format!("/tenants/contoso.com/accounts/{ANNA}/sessions/{id}");
    app.control(Method::DELETE, &path, &Value::Null).await;
    assert!(app.sessions(ANNA).await.is_empty());
    // The sign-in service still knows Ben, and Anna no more: there is nobody to choose but him.
    desk.visit(OFFICE, "/").await;
    assert!(
        desk.at.contains(OFFICE) && desk.page.contains("Ben"),
        "{}: {}",
        desk.at,
        desk.page
    );
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_ends_a_users_session() {
    let app = App::start().await;
    let mut anna = at_desk(&app).await;
    let page = format!("/users/{}", app.id(ANNA).await);
    let mut admin = app.entered("admin.microsoft.com", ADMIN, &page).await;
    assert!(admin.page.contains("Firefox on Linux"), "{}", admin.page);
    admin.press("End this session", &[]).await;
    assert!(
        admin.page.contains("was signed out of that browser")
            && admin.page.contains("Signed in with no browser"),
        "{}",
        admin.page
    );
    anna.visit(OFFICE, "/").await;
    assert!(is_at_sign_in(&anna), "{}", anna.at);
    admin
        .visit("admin.microsoft.com", "/audit?operation=endSession")
        .await;
    assert!(
        admin.page.contains(ADMIN) && admin.page.contains(ANNA),
        "{}",
        admin.page
    );
    app.stop().await;
}
