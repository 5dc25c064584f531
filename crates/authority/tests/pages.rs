//! What a person meets while signing in, page after page.

mod support;

use std::time::Duration;

use authority::KIND_APP;
use directory::{DomainKind, Role, Verification};
use evidence::Outcome;
use http::header;
use store::Ticket;
use support::*;
use types::{Clock, TenantId};
use wire::Answer;

#[tokio::test]
async fn a_name_then_a_password_and_either_name_is_the_same_person() {
    testkit::rows!("003-24");
    let bench = Bench::new().await;
    for login in ["anna@contoso.com", "Anna@contoso.onmicrosoft.com"] {
        bench.forget_cookies();
        let (stay, _) = bench.type_in(&bench.authorize(&[]), login, PASSWORD).await;
        assert_eq!(heading(&stay), "Stay signed in?");
        let (done, decision) = bench.submit(&text(&stay), &[("stay", "no")]).await;
        assert!(location(&done).starts_with(REDIRECT));
        assert_eq!(decision.outcome, Outcome::Granted);
        // The browser's session is that person's by either name.
        let (again, _) = bench
            .get(&bench.authorize(&[("login_hint", "anna@contoso.com")]))
            .await;
        assert!(location(&again).contains("code="));
    }
}

#[tokio::test]
async fn who_posts_both_at_once_is_asked_nothing_more() {
    let bench = Bench::new().await;
    let page = text(&bench.get(&bench.authorize(&[])).await.0);
    let both = [("login", "anna@contoso.com"), ("passwd", PASSWORD)];
    let (done, _) = bench.submit(&page, &both).await;
    assert!(location(&done).contains("code="));
    let session = cookie_line(&done, "__Host-ESTSAUTH=0.");
    assert!(!session.contains("Max-Age"), "{session}");
}

#[tokio::test]
async fn staying_signed_in_lasts_ninety_days_and_a_session_one() {
    let bench = Bench::new().await;
    for (answer, days) in [("no", 1), ("yes", 90)] {
        bench.forget_cookies();
        let (stay, _) = bench
            .type_in(&bench.authorize(&[]), "anna@contoso.com", PASSWORD)
            .await;
        let (done, _) = bench.submit(&text(&stay), &[("stay", answer)]).await;
        let session = cookie_line(&done, "__Host-ESTSAUTH=");
        assert_eq!(session.contains("Max-Age=7776000"), answer == "yes", "{session}");
        let silently = bench.authorize(&[("prompt", "none")]);
        bench.clock.advance(Duration::from_secs(days * 86_400 - 1));
        assert!(location(&bench.get(&silently).await.0).contains("code="));
        bench.clock.advance(Duration::from_secs(1));
        assert!(location(&bench.get(&silently).await.0).contains("error=login_required"));
    }
}

#[tokio::test]
async fn a_temporary_password_is_changed_before_the_sign_in_goes_on() {
    testkit::rows!("003-09");
    let bench = Bench::new().await;
    bench
        .account(|anna| anna.password.as_mut().unwrap().must_change = true)
        .await;
    let (change, _) = bench
        .type_in(&bench.authorize(&[]), "anna@contoso.com", PASSWORD)
        .await;
    assert_eq!(heading(&change), "Update your password");
    let try_out = async |page: &str, current: &str, new: &str, confirmed: &str| {
        let fields = [
            ("passwd", current),
            ("newpasswd", new),
            ("confirmpasswd", confirmed),
            ("change", "1"),
        ];
        bench.submit(page, &fields).await.0
    };
    let page = text(&change);
    let good = "Harbour!Light27";
    for (current, new, confirmed, says) in [
        (PASSWORD, good, "Harbour!Light28", "not the same"),
        ("wrong", good, good, "AADSTS50126"),
        (PASSWORD, "short1!", "short1!", "shorter than 8"),
        (PASSWORD, PASSWORD, PASSWORD, "password"),
    ] {
        let again = try_out(&page, current, new, confirmed).await;
        assert_eq!(heading(&again), "Update your password");
        assert!(text(&again).contains(says), "{says}: {}", text(&again));
        // What the service refused is explained as on every other form.
        let explained = text(&again).contains("Why, and what to do</summary>");
        assert_eq!(explained, says.starts_with("AADSTS"), "{}", text(&again));
    }
    let stay = try_out(&page, PASSWORD, good, good).await;
    let (done, _) = bench.submit(&text(&stay), &[("stay", "no")]).await;
    assert!(location(&done).contains("code="));
    bench.forget_cookies();
    let (stay, _) = bench
        .type_in(&bench.authorize(&[]), "anna@contoso.com", good)
        .await;
    assert_eq!(heading(&stay), "Stay signed in?");
}

#[tokio::test]
async fn a_second_factor_is_registered_in_the_sign_in_that_wants_one() {
    let bench = Bench::new().await;
    bench.settings(|settings| settings.security_defaults = true).await;
    let anna = "anna@contoso.com";
    let (page, decision) = bench.type_in(&bench.authorize(&[]), anna, PASSWORD).await;
    assert_eq!(heading(&page), "More information required");
    assert_eq!(decision.cause, Some("mfa-required"));
    let key = |page: &Answer| {
        let page = text(page);
        let (_, rest) = page.split_once("<code>").unwrap();
        rest.split_once("</code>").unwrap().0.to_owned()
    };
    let secret = key(&page);
    assert!(text(&page).contains(&format!(
        "otpauth://totp/Keyway:anna%40contoso.com?secret={secret}"
    )));
    // A wrong code keeps the key, and registers nothing.
    let (again, _) = bench.submit(&text(&page), &[("otc", "000000")]).await;
    assert_eq!(
        (heading(&again).as_str(), key(&again)),
        ("More information required", secret.clone())
    );
    assert!(text(&again).contains("AADSTS500121") && text(&again).contains("Why, and what to do"));
    assert!(bench.mails().await.is_empty());
    let code = bench.code_of(&secret);
    let (stay, _) = bench.submit(&text(&again), &[("otc", &code)]).await;
    assert_eq!(heading(&stay), "Stay signed in?");
    let (done, _) = bench.submit(&text(&stay), &[("stay", "no")]).await;
    assert!(location(&done).contains("code="));
    assert_eq!(bench.mails().await, ["An authenticator was registered"]);
    let (who, did) = (anna.to_owned(), "enrollAuthenticator".to_owned());
    assert_eq!(bench.audit().await, [(who.clone(), did, who, true)]);
    // The page that is posted once more registers nothing, and its code was used.
    let (used, _) = bench.submit(&text(&again), &[("otc", &code)]).await;
    assert_eq!(heading(&used), "Enter code");
    assert_eq!(bench.mails().await.len(), 1);
    bench.forget_cookies();
    bench.clock.advance(Duration::from_secs(60));
    let (asks, _) = bench.type_in(&bench.authorize(&[]), anna, PASSWORD).await;
    assert_eq!(heading(&asks), "Enter code");
    let (stay, _) = bench
        .submit(&text(&asks), &[("otc", &bench.code_of(&secret))])
        .await;
    assert_eq!(heading(&stay), "Stay signed in?");
}

#[tokio::test]
async fn a_key_of_another_browser_registers_nothing() {
    let bench = Bench::new().await;
    bench.settings(|settings| settings.security_defaults = true).await;
    let ask = async || {
        bench.forget_cookies();
        let (page, _) = bench
            .type_in(&bench.authorize(&[]), "anna@contoso.com", PASSWORD)
            .await;
        text(&page)
    };
    let (attacker, victim) = (ask().await, ask().await);
    let planted = hidden(&attacker, "enroll");
    let (answer, decision) = bench
        .submit(&victim, &[("enroll", &planted), ("otc", "000000")])
        .await;
    assert!(text(&answer).contains("AADSTS50089"), "{}", text(&answer));
    assert_eq!(decision.code.as_deref(), Some("AADSTS50089"));
    assert!(bench.mails().await.is_empty());
}

#[tokio::test]
async fn one_of_several_people_is_picked_and_one_signs_out() {
    let bench = Bench::new().await;
    let ben = bench
        .another("ben@contoso.com", "Ben Muster", |_| ())
        .await
        .to_string();
    for login in ["anna@contoso.com", "ben@contoso.com"] {
        location(&bench.person_signs_in(login).await);
    }
    let pick = bench.get(&bench.authorize(&[])).await.0;
    assert_eq!(heading(&pick), "Pick an account");
    let picked = bench.submit(&text(&pick), &[("pick", &ben)]).await;
    assert!(location(&picked.0).contains("code="));
    assert_eq!(picked.1.subject.as_deref(), Some("ben@contoso.com"));
    let hinted = bench
        .get(&bench.authorize(&[("login_hint", "anna@contoso.com")]))
        .await;
    assert_eq!(hinted.1.subject.as_deref(), Some("anna@contoso.com"));
    let (left, _) = bench.submit(&text(&pick), &[("forget", &ben)]).await;
    assert!(text(&left).contains("anna@contoso.com") && !text(&left).contains("ben@contoso.com"));
    let (alone, _) = bench.get(&bench.authorize(&[("prompt", "none")])).await;
    assert!(location(&alone).contains("code="));
    let (other, _) = bench.submit(&text(&left), &[("other", "1")]).await;
    assert_eq!(heading(&other), "Sign in");
}

#[tokio::test]
async fn signing_out_ends_what_a_site_began_with_the_session() {
    let bench = Bench::new().await;
    let done = bench.person_signs_in("anna@contoso.com").await;
    let sid = query_of(&location(&done))["session_state"].clone();
    // A site's own session stands in the same group.
    let site = Ticket {
        id: "site".to_owned(),
        tenant: bench.tenant,
        kind: "site".to_owned(),
        state: "live".to_owned(),
        group: sid,
        expires: bench.clock.now() + Duration::from_secs(60),
        body: String::new(),
    };
    bench.store.put_ticket(site).await.unwrap();
    // Signing in again, and at another cookie's value, is still the same session.
    location(&bench.person_signs_in("anna@contoso.com").await);
    let (page, _) = bench.get(&bench.login("/oauth2/v2.0/logout")).await;
    assert_eq!(heading(&page), "You signed out of your account");
    assert_eq!(bench.store.ticket("site").await.unwrap().unwrap().state, "ended");
    let (after, _) = bench.get(&bench.authorize(&[("prompt", "none")])).await;
    assert!(location(&after).contains("error=login_required"));
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_other_browser_too() {
    let bench = Bench::new().await;
    location(&bench.person_signs_in("anna@contoso.com").await);
    let first = bench.change_browser(Vec::new());
    location(&bench.person_signs_in("anna@contoso.com").await);
    bench.clock.advance(Duration::from_secs(1));
    let (page, _) = bench.get(&bench.login("/oauth2/v2.0/logout")).await;
    let (page, _) = bench.submit(&text(&page), &[("everywhere", "1")]).await;
    assert_eq!(heading(&page), "You signed out everywhere");
    bench.change_browser(first);
    let (other, decision) = bench.get(&bench.authorize(&[("prompt", "none")])).await;
    assert!(location(&other).contains("error="));
    assert_eq!(decision.code.as_deref(), Some("AADSTS50132"));
}

#[tokio::test]
async fn signed_out_in_one_tab_is_out_in_the_other() {
    let bench = Bench::new().await;
    location(&bench.person_signs_in("anna@contoso.com").await);
    let consent = text(&bench.get(&bench.authorize(&[("prompt", "consent")])).await.0);
    let accept = [("consent", "accept")];
    location(&bench.submit(&consent, &accept).await.0);
    bench.get(&bench.login("/oauth2/v2.0/logout")).await;
    let (late, decision) = bench.submit(&consent, &accept).await;
    assert_eq!(decision.code.as_deref(), Some("AADSTS50089"));
    assert!(!late.headers.contains_key(header::LOCATION));
}

#[tokio::test]
async fn a_name_of_two_accounts_is_asked_which_is_meant() {
    let bench = Bench::new().await;
    let sven = bench.personal("anna@contoso.com", None).await;
    let url = bench.authorize_at("common", &[]);
    let first = text(&bench.get(&url).await.0);
    let (which, _) = bench
        .submit(&first, &[("login", "anna@contoso.com"), ("next", "1")])
        .await;
    assert!(text(&which).contains("more than one account"), "{}", text(&which));
    for (account, help, home) in [
        (
            "work",
            "https://passwordreset.microsoftonline.com/?",
            bench.tenant,
        ),
        (
            "personal",
            "https://account.live.com/password/reset?",
            TenantId::CONSUMERS,
        ),
    ] {
        let (password, _) = bench.submit(&text(&which), &[("account", account)]).await;
        assert!(text(&password).contains(help), "{}", text(&password));
        let both = [("passwd", PASSWORD), ("signin", "1")];
        let (stay, _) = bench.submit(&text(&password), &both).await;
        let (done, decision) = bench.submit(&text(&stay), &[("stay", "no")]).await;
        let page = if done.headers.contains_key(header::LOCATION) {
            done
        } else {
            bench.submit(&text(&done), &[("consent", "accept")]).await.0
        };
        let app = bench.web.to_string();
        let tokens = bench
            .post(
                "https://login.microsoftonline.com/common/oauth2/v2.0/token",
                &[
                    ("grant_type", "authorization_code"),
                    ("client_id", &app),
                    ("client_secret", SECRET),
                    ("code", &query_of(&location(&page))["code"]),
                    ("redirect_uri", REDIRECT),
                ],
            )
            .await
            .0;
        assert_eq!(claims(&json(&tokens)["id_token"])["tid"], home.to_string());
        assert_eq!(decision.tenant, Some(home));
    }
    // Both are signed in now, under one name, and can be told apart.
    let pick = text(&bench.get(&bench.authorize_at("common", &[])).await.0);
    assert!(
        pick.contains("Sven Private") && pick.contains("Anna Muster"),
        "{pick}"
    );
    let (picked, decision) = bench.submit(&pick, &[("pick", &sven.to_string())]).await;
    assert!(location(&picked).contains("code="));
    assert_eq!(decision.tenant, Some(TenantId::CONSUMERS));
}

#[tokio::test]
async fn passwords_of_a_federated_domain_are_elsewhere() {
    let bench = Bench::new().await;
    bench
        .settings(|settings| {
            settings.domains[1].kind = DomainKind::Federated {
                sts: Some("sts.contoso.com".to_owned()),
            };
        })
        .await;
    let page = text(&bench.get(&bench.authorize(&[])).await.0);
    let (page, _) = bench
        .submit(&page, &[("login", "anna@contoso.com"), ("next", "1")])
        .await;
    assert!(text(&page).contains("They are kept at <bdi>sts.contoso.com</bdi>"));
    assert!(text(&page).contains("href=\"https://sts.contoso.com/adfs/ls/?wa=wsignin1.0"));
}

#[tokio::test]
async fn an_unverified_address_waits_and_then_the_same_sign_in_goes_on() {
    testkit::rows!("000-19", "000-22");
    let bench = Bench::new().await;
    let since = bench.clock.now();
    let unverified = Verification::Unverified {
        since,
        sent: Vec::new(),
    };
    let sven = bench.personal("sven@example.com", Some(unverified)).await;
    let url = bench.authorize_at("common", &[("state", "s&1")]);
    let (verify, decision) = bench.type_in(&url, "sven@example.com", PASSWORD).await;
    assert_eq!(heading(&verify), "Verify your email");
    assert_eq!(decision.cause, Some("account-email-unverified"));
    let (early, _) = bench.submit(&text(&verify), &[("verified", "1")]).await;
    assert!(text(&early).contains("has not been followed yet"));
    let (sent, _) = bench.submit(&text(&verify), &[("again", "1")]).await;
    assert!(
        text(&sent).contains("Another message is on its way"),
        "{}",
        text(&sent)
    );
    let (soon, _) = bench.submit(&text(&verify), &[("again", "1")]).await;
    assert!(text(&soon).contains("a moment ago"), "{}", text(&soon));

    bench
        .store
        .update::<directory::Tenant, _, store::StoreError>(TenantId::CONSUMERS, |tenant, changes| {
            let mut account = tenant.account(sven).unwrap().clone();
            account.verification = Some(Verification::Verified { at: since });
            changes.put(directory::KIND_ACCOUNT, sven, &account);
            Ok(())
        })
        .await
        .unwrap();
    let (stay, _) = bench.submit(&text(&verify), &[("verified", "1")]).await;
    assert_eq!(heading(&stay), "Stay signed in?");
    // Whoever followed the link elsewhere comes back to the same request with the same name.
    let waiting = bench
        .service
        .waiting(sven)
        .await
        .unwrap()
        .expect("a sign-in that waits");
    let asked = query_of(&waiting);
    assert_eq!(
        (asked["login_hint"].as_str(), asked["state"].as_str()),
        ("sven@example.com", "s&1")
    );
    let (resumed, _) = bench.get(&waiting).await;
    assert_eq!(heading(&resumed), "Enter password");
}

#[tokio::test]
async fn an_administrator_may_consent_for_everybody_and_others_may_not() {
    let bench = Bench::new().await;
    let admin = bench
        .another("boss@contoso.com", "The Boss", |boss| {
            boss.roles.insert(Role::GlobalAdministrator);
        })
        .await;
    assert_ne!(admin, bench.anna);
    let scope = format!("{ORG}/user_impersonation");
    bench
        .store
        .update::<authority::Registrations, _, store::StoreError>(bench.tenant, |here, changes| {
            let mut app = here.app(bench.web).unwrap().clone();
            app.name = "Contoso <Web>".to_owned();
            changes.put(KIND_APP, app.id, &app);
            let consent = authority::Consent {
                app: app.id,
                resource: types::AppId::DATAVERSE,
                user: None,
                scopes: std::collections::BTreeSet::new(),
            };
            changes.put(authority::KIND_CONSENT, consent.key(), &consent);
            Ok(())
        })
        .await
        .unwrap();
    let url = bench.authorize(&[("scope", &scope), ("prompt", "login")]);
    let consent = async |login: &str| {
        let (stay, _) = bench.type_in(&url, login, PASSWORD).await;
        bench.submit(&text(&stay), &[("stay", "no")]).await.0
    };
    let page = text(&consent("anna@contoso.com").await);
    assert!(
        page.contains("Contoso &#60;Web&#62;") && page.contains("(unverified)"),
        "{page}"
    );
    assert!(!page.contains("name=\"for_all\""), "{page}");
    // A tick that the page did not offer counts for nothing.
    let ticked = [("consent", "accept"), ("for_all", "1")];
    location(&bench.submit(&page, &ticked).await.0);
    let page = text(&consent("boss@contoso.com").await);
    assert!(page.contains("name=\"for_all\""), "{page}");
    location(&bench.submit(&page, &ticked).await.0);
    bench.another("carl@contoso.com", "Carl", |_| ()).await;
    location(&consent("carl@contoso.com").await);
}

#[tokio::test]
async fn what_people_change_on_the_pages_is_in_the_audit_log() {
    let bench = Bench::new().await;
    bench
        .another("boss@contoso.com", "The Boss", |boss| {
            boss.roles.insert(Role::GlobalAdministrator);
        })
        .await;
    let (web, anna) = (bench.web.to_string(), "anna@contoso.com");
    let line = |actor: &str, operation: &str, target: &str, done: bool| {
        (actor.to_owned(), operation.to_owned(), target.to_owned(), done)
    };
    let consent = async |url: &str, login: &str| {
        let (page, _) = bench.type_in(url, login, PASSWORD).await;
        let page = match heading(&page).as_str() {
            "Stay signed in?" => bench.submit(&text(&page), &[("stay", "no")]).await.0,
            _ => page,
        };
        location(&bench.submit(&text(&page), &[("consent", "accept")]).await.0);
        bench.forget_cookies();
    };
    consent(&bench.authorize(&[("prompt", "consent")]), anna).await;
    let for_all = format!("/adminconsent?client_id={web}&redirect_uri={REDIRECT}");
    consent(&bench.login(&for_all), "boss@contoso.com").await;
    bench
        .account(|anna| anna.password.as_mut().unwrap().must_change = true)
        .await;
    bench.clock.advance(Duration::from_secs(1));
    let (page, _) = bench.type_in(&bench.authorize(&[]), anna, PASSWORD).await;
    for new in ["short1!", "Harbour!Light27"] {
        let fields = [
            ("passwd", PASSWORD),
            ("newpasswd", new),
            ("confirmpasswd", new),
            ("change", "1"),
        ];
        bench.submit(&text(&page), &fields).await;
        bench.clock.advance(Duration::from_secs(1));
    }
    let mut log = bench.audit().await;
    log[..2].sort();
    assert_eq!(
        log,
        [
            line(anna, "grantConsent", &web, true),
            line("boss@contoso.com", "grantConsent", &web, true),
            line(anna, "changePassword", anna, false),
            line(anna, "changePassword", anna, true),
        ]
    );
}
