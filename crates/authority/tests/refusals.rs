//! What somebody meets who is refused: limits on guessing, rules of the tenant, and pages that say what to do.

mod support;

use std::time::Duration;

use authority::Audience;
use directory::{AccountKind, KIND_SETTINGS, Mfa, Tenant, Verification};
use evidence::Decision;
use http::{Method, header};
use store::StoreError;
use support::*;
use types::{Clock, Secret, TenantId};
use wire::{aadsts, rst2};

fn code(decision: &Decision) -> &str {
    decision.code.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn the_legacy_door_counts_guesses_too() {
    let bench = Bench::new().await;
    bench.personal("sven@example.com", None).await;
    bench
        .store
        .update::<Tenant, _, StoreError>(TenantId::CONSUMERS, |tenant, changes| {
            let mut settings = tenant.settings.clone();
            settings.lockout.threshold = 10_000;
            changes.put(KIND_SETTINGS, "self", &settings);
            Ok(())
        })
        .await
        .unwrap();
    let sign_in = async |user: &str, password: &str| {
        let request = rst2::Request {
            user: user.to_owned(),
            password: Secret::new(password),
            applies_to: "urn:crmna:dynamics.com".to_owned(),
            policy: rst2::POLICY.to_owned(),
        };
        let body = request.to_xml(bench.clock.now(), "1");
        let url = "https://login.live.com/rst2.srf";
        let body = body.expose().to_owned();
        let (answer, _) = bench.send(Method::POST, url, &[], body).await;
        match rst2::Answer::parse(&text(&answer)).unwrap() {
            rst2::Answer::Granted(_) => String::new(),
            rst2::Answer::Refused(fault) => fault.code,
        }
    };
    assert_eq!(sign_in("sven@example.com", PASSWORD).await, "");
    for guess in 0..50 {
        let refused = sign_in("sven@example.com", &format!("guess {guess}")).await;
        assert_eq!(refused, rst2::BAD_PASSWORD.code, "{guess}");
    }
    let refused = sign_in("sven@example.com", PASSWORD).await;
    assert_eq!(refused, rst2::LOCKED.code);
    bench.clock.advance(Duration::from_secs(3600));
    for guess in 0..200 {
        let refused = sign_in(&format!("sven{guess}@example.com"), PASSWORD).await;
        assert_eq!(refused, rst2::NO_MEMBER.code, "{guess}");
    }
    let refused = sign_in("sven@example.com", PASSWORD).await;
    assert_eq!(refused, rst2::LOCKED.code);
}

#[tokio::test]
async fn names_cannot_be_tried_without_end_at_any_door() {
    let bench = Bench::new().await;
    bench.personal("sven@example.com", None).await;
    let desktop = bench.desktop.to_string();
    let scope = format!("{ORG}/.default");
    let ropc = async |name: &str| {
        let fields = [
            ("grant_type", "password"),
            ("client_id", desktop.as_str()),
            ("username", name),
            ("password", PASSWORD),
            ("scope", &scope),
        ];
        bench.post(&bench.login("/oauth2/v2.0/token"), &fields).await
    };
    for name in 0..200 {
        let (_, decision) = ropc(&format!("anna{name}@contoso.com")).await;
        assert_eq!(code(&decision), "AADSTS50034", "{name}");
    }
    let (refused, decision) = ropc("anna@contoso.com").await;
    assert_eq!(code(&decision), "AADSTS50053");
    assert!(refused.headers.contains_key(header::RETRY_AFTER));

    let page = text(&bench.get(&bench.authorize_at("consumers", &[])).await.0);
    let name = async |login: &str| bench.submit(&page, &[("login", login), ("next", "1")]).await.0;
    for guess in 0..200 {
        let unknown = name(&format!("sven{guess}@example.com")).await;
        assert_eq!(
            (unknown.status.as_u16(), heading(&unknown).as_str()),
            (200, "Sign in")
        );
    }
    assert_eq!(name("sven@example.com").await.status.as_u16(), 429);
    let hinted = bench.authorize_at("consumers", &[("login_hint", "sven@example.com")]);
    assert_eq!(heading(&bench.get(&hinted).await.0), "Sign in");
    bench.clock.advance(Duration::from_secs(10));
    assert_eq!(heading(&name("sven@example.com").await), "Enter password");
}

#[tokio::test]
async fn security_defaults_ask_everybody_for_a_second_factor() {
    let bench = Bench::new().await;
    let url = bench.authorize(&[]);
    let (stay, _) = bench.type_in(&url, "anna@contoso.com", PASSWORD).await;
    bench.submit(&text(&stay), &[("stay", "no")]).await;
    bench.settings(|settings| settings.security_defaults = true).await;
    // Where nobody may be asked, the application is told.
    let (none, decision) = bench.get(&bench.authorize(&[("prompt", "none")])).await;
    assert_eq!(code(&decision), "AADSTS50072");
    assert!(
        location(&none).contains("error=interaction_required"),
        "{}",
        location(&none)
    );
    bench.forget_cookies();
    bench
        .account(|anna| {
            anna.mfa = Mfa::Code {
                code: "123456".to_owned(),
            };
        })
        .await;
    let (asks, _) = bench.type_in(&url, "anna@contoso.com", PASSWORD).await;
    assert_eq!(heading(&asks), "Enter code");
    let (stay, _) = bench.submit(&text(&asks), &[("otc", "123456")]).await;
    location(&bench.submit(&text(&stay), &[("stay", "no")]).await.0);
}

#[tokio::test]
async fn a_name_that_nobody_has_may_become_a_microsoft_account() {
    let bench = Bench::new().await;
    bench.personal("sven@outlook.com", None).await;
    for place in ["common", "consumers"] {
        let page = text(&bench.get(&bench.authorize_at(place, &[])).await.0);
        let (none, decision) = bench
            .submit(&page, &[("login", "nobody@outlook.com"), ("next", "1")])
            .await;
        let page = text(&none);
        assert_eq!(heading(&none), "Sign in", "{place}");
        assert_eq!(code(&decision), "AADSTS50034");
        assert!(page.contains("create a Microsoft account"), "{page}");
        assert!(
            page.contains("Create one!") && page.contains("https://signup.live.com/"),
            "{page}"
        );
        // The same form takes another name.
        let (password, _) = bench
            .submit(&page, &[("login", "sven@outlook.com"), ("next", "1")])
            .await;
        assert_eq!(heading(&password), "Enter password", "{place}");
    }
    // Where only organizations' accounts are taken, there is none to make.
    bench
        .app(bench.web, |app| app.audience = Audience::AzureADMultipleOrgs)
        .await;
    let page = text(&bench.get(&bench.authorize_at("common", &[])).await.0);
    let (none, decision) = bench
        .submit(&page, &[("login", "nobody@outlook.com"), ("next", "1")])
        .await;
    assert_eq!(code(&decision), "AADSTS50128");
    assert!(!text(&none).contains("Create one!"), "{}", text(&none));
    assert_eq!(heading(&none), "Sign in");
    assert!(text(&none).contains("name=\"login\""), "{}", text(&none));
}

#[tokio::test]
async fn who_may_not_enter_is_offered_to_sign_in_as_somebody_else() {
    let bench = Bench::new().await;
    bench.personal("sven@outlook.com", None).await;
    let url = bench.authorize(&[("login_hint", "sven@outlook.com"), ("state", "s 1")]);
    let page = text(&bench.get(&url).await.0);
    let (refused, decision) = bench
        .submit(&page, &[("login", "sven@outlook.com"), ("next", "1")])
        .await;
    assert_eq!(code(&decision), "AADSTS50020");
    let page = text(&refused);
    let (before, _) = page
        .split_once("\">Sign in with another account</a>")
        .unwrap_or_else(|| panic!("{page}"));
    let again = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
    let asked = query_of(&again);
    assert_eq!(
        (asked["state"].as_str(), asked["prompt"].as_str()),
        ("s 1", "select_account")
    );
    assert!(!asked.contains_key("login_hint"));
    let (name, _) = bench
        .get(&format!("https://login.microsoftonline.com{again}"))
        .await;
    assert_eq!(heading(&name), "Sign in");
    // Nobody was refused where the application itself is wrong.
    let common = text(
        &bench
            .get(&bench.authorize_at("common", &[("client_id", "x")]))
            .await
            .0,
    );
    assert!(!common.contains("another account"), "{common}");
}

#[tokio::test]
async fn a_refusal_on_a_form_says_what_to_do_and_what_to_tell_a_helper() {
    let bench = Bench::new().await;
    bench.account(|anna| anna.enabled = false).await;
    let (form, decision) = bench
        .type_in(&bench.authorize(&[]), "anna@contoso.com", PASSWORD)
        .await;
    assert_eq!(code(&decision), "AADSTS50057");
    let page = text(&form);
    assert_eq!(heading(&form), "Enter password");
    let (_, folded) = page.split_once("<details>").unwrap_or_else(|| panic!("{page}"));
    let (folded, _) = folded.split_once("</details>").unwrap();
    let trace = header_of(&form, "x-ms-request-id");
    for part in [
        "What to do:",
        aadsts::USER_DISABLED.next,
        &trace,
        "Correlation Id",
        "2026-11-22T10:00:00Z",
    ] {
        assert!(folded.contains(&part.replace('\'', "&#39;")), "{part}: {folded}");
    }
}

#[tokio::test]
async fn a_guest_registers_the_second_factor_of_the_tenant_that_demands_it() {
    let bench = Bench::new().await;
    let login = "sven@example.com";
    let at = bench.clock.now();
    bench.personal(login, Some(Verification::Verified { at })).await;
    let guest = bench
        .another("sven_example.com#EXT#@contoso.com", "Sven", |guest| {
            guest.aliases = vec![login.parse().unwrap()];
            guest.password = None;
            guest.kind = AccountKind::Guest {
                home: TenantId::CONSUMERS,
                pending: false,
            };
        })
        .await;
    bench.settings(|settings| settings.security_defaults = true).await;
    let (page, _) = bench.type_in(&bench.authorize(&[]), login, PASSWORD).await;
    assert_eq!(heading(&page), "More information required");
    let page = text(&page);
    let key = page.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    let (stay, _) = bench.submit(&page, &[("otc", &bench.code_of(key))]).await;
    assert_eq!(heading(&stay), "Stay signed in?");
    let here = bench.store.view::<Tenant>(bench.tenant).await.unwrap();
    assert!(matches!(here.account(guest).unwrap().mfa, Mfa::Totp { .. }));
    let home = bench.store.view::<Tenant>(TenantId::CONSUMERS).await.unwrap();
    let own = home.account_named(&login.parse().unwrap()).unwrap();
    assert_eq!(own.mfa, Mfa::None);
    bench.forget_cookies();
    bench.clock.advance(Duration::from_secs(60));
    let (asks, _) = bench.type_in(&bench.authorize(&[]), login, PASSWORD).await;
    assert_eq!(heading(&asks), "Enter code");
    let code = bench.code_of(key);
    let (stay, _) = bench.submit(&text(&asks), &[("otc", &code)]).await;
    assert_eq!(heading(&stay), "Stay signed in?");
}
