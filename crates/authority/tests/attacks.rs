//! Attacks on the sign-in pages, tried.

mod support;

use std::time::Duration;

use directory::{Control, Mfa, Rule};
use http::{Method, header};
use support::*;
use wire::Answer;

const EVIL: &str = "\"><script>alert(1)</script><x a='";

fn code(decision: &evidence::Decision) -> &str {
    decision.code.as_deref().unwrap_or_default()
}

/// Nothing of ours is ever a script, and no attribute was broken out of.
fn is_harmless(answer: &Answer, where_from: &str) {
    let page = text(answer);
    assert!(!page.contains("<script>alert"), "{where_from}: {page}");
    assert!(!page.contains("<x a="), "{where_from}: {page}");
}

/// Every page says so.
fn is_guarded(answer: &Answer, name: &str) {
    let header = |header: &str| header_of(answer, header);
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{name}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{name}: {policy}");
    assert!(policy.contains("form-action 'self'"), "{name}: {policy}");
    assert!(!policy.contains("unsafe"), "{name}: {policy}");
    assert!(!policy.contains("script-src"), "{name}: {policy}");
    assert_eq!(header("x-frame-options"), "DENY", "{name}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{name}");
    assert!(header("cache-control").contains("no-store"), "{name}");
    assert!(!text(answer).contains("style="), "{name}");
}

#[tokio::test]
async fn a_form_from_elsewhere_does_nothing() {
    let bench = Bench::new().await;
    let device = json(
        &bench
            .post(
                &bench.login("/oauth2/v2.0/devicecode"),
                &[("client_id", &bench.desktop.to_string()), ("scope", "openid")],
            )
            .await
            .0,
    );
    let device = format!(
        "https://microsoft.com/devicelogin?user_code={}",
        device["user_code"].as_str().unwrap()
    );
    let consent = bench.login(&format!(
        "/v2.0/adminconsent?client_id={}&redirect_uri={REDIRECT}&scope={ORG}/.default",
        bench.web
    ));
    let logout = bench.login("/oauth2/v2.0/logout");
    for url in [bench.authorize(&[]), device, consent, logout] {
        let own = text(&bench.get(&bench.authorize(&[("prompt", "login")])).await.0);
        let mine = bench.change_browser(Vec::new());
        // Another browser's page, to be posted from this one.
        let theirs = hidden(&text(&bench.get(&bench.authorize(&[])).await.0), "ctx");
        bench.change_browser(mine);
        for (ctx, what) in [
            ("", "none"),
            ("made-up", "made up"),
            (theirs.as_str(), "another browser's"),
        ] {
            for acts in [
                vec![("login", "anna@contoso.com"), ("passwd", PASSWORD)],
                vec![("cancel", "1")],
                vec![("consent", "accept"), ("who", "x")],
                vec![("everywhere", "1"), ("everybody", "x")],
            ] {
                if url.contains("logout") != (acts[0].0 == "everywhere") {
                    continue;
                }
                let mut fields = vec![("ctx", ctx)];
                fields.extend(acts);
                let (answer, decision) = bench.post(&url, &fields).await;
                assert_eq!(code(&decision), "AADSTS50089", "{url} {what}");
                assert!(!answer.headers.contains_key(header::LOCATION), "{url} {what}");
                is_guarded(&answer, what);
            }
        }
        // The page's own form is taken.
        let (answer, _) = bench
            .submit(&own, &[("login", "anna@contoso.com"), ("passwd", PASSWORD)])
            .await;
        location(&answer);
        bench.forget_cookies();
    }
}

#[tokio::test]
async fn what_a_page_proved_is_of_no_use_in_another_browser_or_place() {
    let bench = Bench::new().await;
    let url = bench.authorize(&[]);
    let (stay, _) = bench.type_in(&url, "anna@contoso.com", PASSWORD).await;
    let who = hidden(&text(&stay), "who");
    bench.change_browser(Vec::new());
    let own = text(&bench.get(&url).await.0);
    let (stolen, decision) = bench.submit(&own, &[("who", &who), ("stay", "no")]).await;
    assert_eq!(code(&decision), "AADSTS50089");
    assert!(!stolen.headers.contains_key(header::LOCATION));
    // A form's context is no proof, and a proof no context.
    let ctx = hidden(&own, "ctx");
    assert_eq!(
        code(&bench.submit(&own, &[("who", &ctx), ("stay", "no")]).await.1),
        "AADSTS50089"
    );
    assert_eq!(
        code(&bench.submit(&own, &[("ctx", &who), ("login", "a@b.c")]).await.1),
        "AADSTS50089"
    );
}

#[tokio::test]
async fn a_password_alone_never_passes_for_a_second_factor() {
    let bench = Bench::new().await;
    bench
        .account(|anna| {
            anna.mfa = Mfa::Code {
                code: "123456".to_owned(),
            };
        })
        .await;
    bench
        .settings(|settings| {
            settings.conditional_access = vec![Rule {
                name: "everybody".to_owned(),
                users: Vec::new(),
                apps: Vec::new(),
                control: Control::Mfa { max_age: None },
            }];
        })
        .await;
    let (asks, _) = bench
        .type_in(&bench.authorize(&[]), "anna@contoso.com", PASSWORD)
        .await;
    let page = text(&asks);
    assert_eq!(heading(&asks), "Enter code");
    for instead in [
        vec![("stay", "yes")],
        vec![("consent", "accept")],
        vec![("verified", "1")],
        vec![("otc", "")],
        vec![("otc", "000000")],
    ] {
        let (again, _) = bench.submit(&page, &instead).await;
        assert_eq!(heading(&again), "Enter code", "{instead:?}");
    }
    let (stay, _) = bench.submit(&page, &[("otc", "123456")]).await;
    assert_eq!(heading(&stay), "Stay signed in?");
    // Nor does a session from the password.
    bench.forget_cookies();
    let (asks, _) = bench
        .type_in(&bench.authorize(&[]), "anna@contoso.com", PASSWORD)
        .await;
    for wrong in ["000001", "000002", "000003"] {
        let (_, decision) = bench.submit(&text(&asks), &[("otc", wrong)]).await;
        assert_eq!(code(&decision), "AADSTS500121");
    }
    let (locked, decision) = bench.submit(&text(&asks), &[("otc", "123456")]).await;
    assert_eq!((code(&decision), locked.status.as_u16()), ("AADSTS50053", 429));
    assert_eq!(heading(&locked), "Enter code");
    bench.clock.advance(Duration::from_secs(60));
    let (stay, _) = bench.submit(&text(&asks), &[("otc", "123456")]).await;
    assert_eq!(heading(&stay), "Stay signed in?");
}

#[tokio::test]
async fn guessing_ends_before_it_succeeds_and_a_tenant_may_turn_that_off() {
    let bench = Bench::new().await;
    bench
        .settings(|settings| settings.lockout.threshold = 10_000)
        .await;
    let ropc = async |password: &str| {
        let desktop = bench.desktop.to_string();
        let scope = format!("{ORG}/.default");
        let fields = [
            ("grant_type", "password"),
            ("client_id", desktop.as_str()),
            ("username", "anna@contoso.com"),
            ("password", password),
            ("scope", &scope),
        ];
        bench.post(&bench.login("/oauth2/v2.0/token"), &fields).await
    };
    for guess in 0..50 {
        let (_, decision) = ropc(&format!("guess {guess}")).await;
        assert_eq!(code(&decision), "AADSTS50126", "{guess}");
    }
    let (refused, decision) = ropc(PASSWORD).await;
    assert_eq!(code(&decision), "AADSTS50053");
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    let page = text(&bench.get(&bench.authorize(&[])).await.0);
    let both = [("login", "anna@contoso.com"), ("passwd", PASSWORD)];
    let (refused, _) = bench.submit(&page, &both).await;
    assert_eq!(refused.status.as_u16(), 429);
    is_guarded(&refused, "too many");
    bench.settings(|settings| settings.guess_limit = false).await;
    location(&bench.submit(&page, &both).await.0);
    bench.settings(|settings| settings.guess_limit = true).await;
    bench.clock.advance(Duration::from_secs(10));
    assert_eq!(ropc(PASSWORD).await.0.status.as_u16(), 200);
}

#[tokio::test]
async fn a_session_planted_beforehand_is_worth_nothing() {
    let bench = Bench::new().await;
    let planted = "0.planted-by-somebody-else";
    bench.change_browser(vec![("__Host-ESTSAUTH".to_owned(), planted.to_owned())]);
    let page = text(&bench.get(&bench.authorize(&[])).await.0);
    let both = [("login", "anna@contoso.com"), ("passwd", PASSWORD)];
    let (done, _) = bench.submit(&page, &both).await;
    let first = bench.cookie("__Host-ESTSAUTH").unwrap();
    assert_ne!(first, planted);
    for line in done.headers.get_all(header::SET_COOKIE) {
        let line = line.to_str().unwrap();
        let name = line.split('=').next().unwrap();
        assert!(name.starts_with("__Host-"), "{line}");
        for part in ["; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
    // Nor is the value from before the next sign-in, nor the one from before signing out.
    let page = text(&bench.get(&bench.authorize(&[("prompt", "login")])).await.0);
    location(&bench.submit(&page, &both).await.0);
    let second = bench.cookie("__Host-ESTSAUTH").unwrap();
    bench.get(&bench.login("/oauth2/v2.0/logout")).await;
    for old in [planted, &first, &second] {
        bench.change_browser(vec![("__Host-ESTSAUTH".to_owned(), old.to_owned())]);
        let (answer, _) = bench.get(&bench.authorize(&[("prompt", "none")])).await;
        assert!(location(&answer).contains("error=login_required"), "{old}");
    }
}

#[tokio::test]
async fn signing_out_leads_nowhere_but_where_a_registration_or_a_site_says() {
    let bench = Bench::new().await;
    for (uri, goes) in [
        (REDIRECT, true),
        ("https://portal.office.com/goodbye", true),
        ("https://contoso.crm4.dynamics.com/", true),
        ("https://portal.office.com.localhost:8443/goodbye", true),
        ("https://evil.example/", false),
        ("//evil.example/", false),
        ("https://portal.office.com@evil.example/", false),
        ("https://portal.office.com:444/", false),
        ("http://portal.office.com/", false),
        ("https://portal.office.com.evil.example/", false),
        ("https://app.example/callback/../x", false),
        ("javascript:alert(1)", false),
    ] {
        location(&bench.person_signs_in("anna@contoso.com").await);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("post_logout_redirect_uri", uri)
            .finish();
        let (answer, _) = bench
            .get(&bench.login(&format!("/oauth2/v2.0/logout?{query}")))
            .await;
        assert_eq!(answer.headers.contains_key(header::LOCATION), goes, "{uri}");
    }
}

#[tokio::test]
async fn what_a_stranger_sends_is_shown_as_text() {
    let bench = Bench::new().await;
    let page = text(&bench.get(&bench.authorize(&[])).await.0);
    for filled in [
        vec![("login", EVIL), ("next", "1")],
        vec![("login", EVIL), ("passwd", EVIL), ("signin", "1")],
        vec![("login", EVIL), ("back", "1")],
        vec![("login", "anna@contoso.com"), ("passwd", EVIL), ("signin", "1")],
        vec![("login", "anna@contoso.com"), ("account", EVIL), ("next", "1")],
        vec![("pick", EVIL)],
        vec![("forget", EVIL)],
        vec![("who", EVIL)],
        vec![("ctx", EVIL)],
    ] {
        is_harmless(&bench.submit(&page, &filled).await.0, &format!("{filled:?}"));
    }
    for query in [
        [("login_hint", EVIL)],
        [("state", EVIL)],
        [("client_id", EVIL)],
        [("redirect_uri", EVIL)],
        [("response_type", EVIL)],
        [("scope", EVIL)],
        [("prompt", EVIL)],
        [("claims", EVIL)],
        [("nonce", EVIL)],
    ] {
        let (answer, _) = bench.get(&bench.authorize(&query)).await;
        is_harmless(&answer, &format!("{query:?}"));
        let (answer, _) = bench
            .get(&bench.authorize(&[query[0], ("response_mode", "form_post"), ("prompt", "none")]))
            .await;
        is_harmless(&answer, &format!("{query:?} in a form"));
    }
    let encoded: String = form_urlencoded::byte_serialize(EVIL.as_bytes()).collect();
    for url in [
        format!("https://microsoft.com/devicelogin?user_code={encoded}"),
        format!("https://login.microsoftonline.com/error?code={encoded}"),
        format!("https://login.microsoftonline.com/{encoded}/oauth2/v2.0/authorize"),
        bench.login(&format!("/oauth2/v2.0/logout?state={encoded}")),
    ] {
        is_harmless(&bench.get(&url).await.0, &url);
    }
}

#[tokio::test]
async fn what_somebody_stored_is_shown_as_text() {
    let bench = Bench::new().await;
    bench.app(bench.web, |app| app.name = EVIL.to_owned()).await;
    bench.app(bench.desktop, |app| app.name = EVIL.to_owned()).await;
    bench.account(|anna| anna.name = EVIL.to_owned()).await;
    bench.settings(|settings| settings.name = EVIL.to_owned()).await;
    bench.another("ben@contoso.com", EVIL, |_| ()).await;
    let name = bench.get(&bench.authorize(&[])).await.0;
    is_harmless(&name, "name");
    assert!(
        text(&name).contains("&#60;script&#62;"),
        "the name is on the page, as text"
    );
    location(&bench.person_signs_in("anna@contoso.com").await);
    location(&bench.person_signs_in("ben@contoso.com").await);
    let pick = bench.get(&bench.authorize(&[])).await.0;
    assert_eq!(heading(&pick), "Pick an account");
    is_harmless(&pick, "pick");
    let query = [("login_hint", "ben@contoso.com"), ("prompt", "consent")];
    let consent = bench.get(&bench.authorize(&query)).await.0;
    assert_eq!(heading(&consent), "Permissions requested");
    is_harmless(&consent, "consent");
    let unknown = bench
        .submit(&text(&name), &[("login", "x@contoso.com"), ("next", "1")])
        .await
        .0;
    is_harmless(&unknown, "the tenant's name in a sentence");
    let device = json(
        &bench
            .post(
                &bench.login("/oauth2/v2.0/devicecode"),
                &[("client_id", &bench.desktop.to_string()), ("scope", "openid")],
            )
            .await
            .0,
    );
    let url = format!(
        "https://microsoft.com/devicelogin?user_code={}",
        device["user_code"].as_str().unwrap()
    );
    is_harmless(&bench.get(&url).await.0, "device");
}

#[tokio::test]
async fn every_page_is_guarded_and_lets_its_form_end_at_one_place() {
    let bench = Bench::new().await;
    let url = bench.authorize(&[]);
    let name = bench.get(&url).await.0;
    let password = bench
        .submit(&text(&name), &[("login", "anna@contoso.com"), ("next", "1")])
        .await
        .0;
    let wrong = [("passwd", "wrong"), ("signin", "1")];
    let wrong = bench.submit(&text(&password), &wrong).await.0;
    let stay = bench.type_in(&url, "anna@contoso.com", PASSWORD).await.0;
    let stay_page = text(&stay);
    for (page, title) in [
        (&name, "Sign in"),
        (&password, "Enter password"),
        (&wrong, "Enter password"),
        (&stay, "Stay signed in?"),
    ] {
        assert_eq!(heading(page), title);
        is_guarded(page, title);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("form-action 'self' https://app.example;"),
            "{policy}"
        );
    }
    location(&bench.submit(&stay_page, &[("stay", "no")]).await.0);
    for url in [
        bench.authorize(&[("prompt", "select_account")]),
        bench.authorize(&[("redirect_uri", "https://evil.example/")]),
        bench.login("/oauth2/v2.0/logout"),
        "https://microsoft.com/devicelogin".to_owned(),
        "https://login.microsoftonline.com/error?code=50126".to_owned(),
        "https://login.microsoftonline.com/common/oauth2/nativeclient".to_owned(),
    ] {
        let page = bench.get(&url).await.0;
        is_guarded(&page, &url);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("evil"), "{policy}");
    }
    let style = "https://login.microsoftonline.com/_static/sign-in.css";
    for style in [style, "https://microsoft.com/_static/sign-in.css"] {
        let (style, _) = bench.send(Method::GET, style, &[], String::new()).await;
        assert_eq!(style.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    }
}
