//! A person signs in, and a program redeems the code: what binds it, how it is refreshed, what policies ask.

mod support;

use std::time::Duration;

use directory::{Control, Mfa, Rule};
use support::*;

const PKCE: (&str, &str) =
    // RFC 7636 appendix B.
    (
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );

async fn new_code(bench: &Bench) -> String {
    let app = bench.web.to_string();
    let location = bench
        .sign_in(&[
            ("client_id", &app),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            (
                "scope",
                &format!("{ORG}/user_impersonation openid profile offline_access"),
            ),
            ("state", "s&1"),
            ("nonce", "n1"),
            ("code_challenge", PKCE.1),
            ("code_challenge_method", "S256"),
        ])
        .await;
    assert!(
        location.starts_with(&format!("{REDIRECT}?")) && location.ends_with('#'),
        "{location}"
    );
    let query = query_of(&location);
    assert_eq!(query["state"], "s&1");
    query["code"].clone()
}

async fn redeem(bench: &Bench, code: &str, verifier: &str) -> serde_json::Value {
    let app = bench.web.to_string();
    bench
        .token(&[
            ("grant_type", "authorization_code"),
            ("client_id", &app),
            ("client_secret", SECRET),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
            ("client_info", "1"),
        ])
        .await
}

#[tokio::test]
async fn a_person_signs_in_and_the_code_works_once() {
    let bench = Bench::new().await;
    let code = new_code(&bench).await;
    let tokens = redeem(&bench, &code, PKCE.0).await;
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["upn"], "anna@contoso.com");
    assert_eq!(access["scp"], "user_impersonation");
    let id = claims(&tokens["id_token"]);
    assert_eq!(
        (id["nonce"].as_str(), id["aud"].as_str()),
        (Some("n1"), Some(bench.web.to_string().as_str()))
    );
    assert_eq!(
        id["iss"],
        format!("https://login.microsoftonline.com/{}/v2.0", bench.tenant)
    );
    assert_eq!(
        tokens["scope"],
        format!("{ORG}/user_impersonation openid profile")
    );
    assert!(tokens["client_info"].is_string());
    assert_eq!(code_of(&redeem(&bench, &code, PKCE.0).await), 54005);
}

#[tokio::test]
async fn of_many_who_redeem_one_code_one_succeeds() {
    let bench = Bench::new().await;
    let code = new_code(&bench).await;
    let all = tokio::join!(
        redeem(&bench, &code, PKCE.0),
        redeem(&bench, &code, PKCE.0),
        redeem(&bench, &code, PKCE.0),
        redeem(&bench, &code, PKCE.0),
        redeem(&bench, &code, PKCE.0),
        redeem(&bench, &code, PKCE.0),
    );
    let won = [all.0, all.1, all.2, all.3, all.4, all.5]
        .iter()
        .filter(|a| a["access_token"].is_string())
        .count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_code_is_bound_to_verifier_redirect_client_and_time() {
    let bench = Bench::new().await;
    let code = new_code(&bench).await;
    assert_eq!(code_of(&redeem(&bench, &code, &"a".repeat(43)).await), 501481);
    let app = bench.web.to_string();
    let with = |redirect: &'static str| {
        let (bench, code, app) = (&bench, &code, &app);
        async move {
            bench
                .refused(&[
                    ("grant_type", "authorization_code"),
                    ("client_id", app),
                    ("client_secret", SECRET),
                    ("code", code),
                    ("redirect_uri", redirect),
                    ("code_verifier", PKCE.0),
                ])
                .await
        }
    };
    assert_eq!(with("https://app.example/other").await, 500112);
    let desktop = bench.desktop.to_string();
    let other = [
        ("grant_type", "authorization_code"),
        ("client_id", desktop.as_str()),
        ("code", code.as_str()),
    ];
    assert_eq!(bench.refused(&other).await, 70000);
    bench.clock.advance(Duration::from_secs(600));
    assert_eq!(code_of(&redeem(&bench, &code, PKCE.0).await), 70008);
}

#[tokio::test]
async fn a_session_answers_without_a_form_until_the_password_changes() {
    let bench = Bench::new().await;
    new_code(&bench).await;
    let app = bench.web.to_string();
    let silent = [
        ("client_id", app.as_str()),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid"),
        ("prompt", "none"),
        ("state", "x"),
    ];
    assert!(query_of(&bench.sign_in(&silent).await).contains_key("code"));
    bench.clock.advance(Duration::from_secs(60));
    let now = types::Clock::now(&*bench.clock);
    bench
        .account(|anna| {
            let mut password = anna.password.clone().unwrap();
            password.changed = now;
            anna.set_password(password);
        })
        .await;
    let query = query_of(&bench.sign_in(&silent).await);
    assert_eq!(query["error"], "interaction_required");
    assert!(query["error_description"].starts_with("AADSTS50133"), "{query:?}");
    bench.forget_cookies();
    let query = query_of(&bench.sign_in(&silent).await);
    assert_eq!(
        (query["error"].as_str(), query["state"].as_str()),
        ("login_required", "x")
    );
}

#[tokio::test]
async fn refresh_rotates_without_revoking_and_strictly_kills_the_family() {
    let bench = Bench::new().await;
    let code = new_code(&bench).await;
    let first = redeem(&bench, &code, PKCE.0).await["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let app = bench.web.to_string();
    let refresh = async |token: &str| {
        bench
            .token(&[
                ("grant_type", "refresh_token"),
                ("client_id", &app),
                ("client_secret", SECRET),
                ("refresh_token", token),
            ])
            .await
    };
    let second = refresh(&first).await["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(refresh(&first).await["access_token"].is_string());
    assert_ne!(first, second);

    bench.settings(|s| s.strict_rotation = true).await;
    assert!(refresh(&second).await["access_token"].is_string());
    assert_eq!(code_of(&refresh(&second).await), 70000);
    assert_eq!(code_of(&refresh(&first).await), 70000);

    bench.settings(|s| s.strict_rotation = false).await;
    let code = {
        bench.forget_cookies();
        new_code(&bench).await
    };
    let third = redeem(&bench, &code, PKCE.0).await["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.clock.advance(Duration::from_secs(90 * 86_400));
    assert_eq!(code_of(&refresh(&third).await), 700082);
}

#[tokio::test]
async fn passwords_lock_and_policies_ask_for_more() {
    testkit::rows!("003-24");
    let bench = Bench::new().await;
    let desktop = bench.desktop.to_string();
    let ropc = async |password: &str| {
        bench
            .token(&[
                ("grant_type", "password"),
                ("client_id", &desktop),
                ("username", "Anna@contoso.onmicrosoft.com"),
                ("password", password),
                ("scope", &format!("{ORG}//user_impersonation")),
            ])
            .await
    };
    let good = ropc(PASSWORD).await;
    assert_eq!(claims(&good["access_token"])["aud"], format!("{ORG}/"));
    bench.settings(|s| s.lockout.threshold = 3).await;
    for wrong in ["a", "a", "b"] {
        assert_eq!(code_of(&ropc(wrong).await), 50126);
    }
    assert_eq!(code_of(&ropc("c").await), 50126);
    assert_eq!(code_of(&ropc(PASSWORD).await), 50053);
    bench.clock.advance(Duration::from_secs(60));
    assert!(ropc(PASSWORD).await["access_token"].is_string());

    let rule = Rule {
        name: "second factor".into(),
        users: vec![],
        apps: vec![],
        control: Control::Mfa { max_age: None },
    };
    bench
        .settings(|s| s.conditional_access = vec![rule.clone()])
        .await;
    let refused = ropc(PASSWORD).await;
    assert_eq!(
        (code_of(&refused), refused["suberror"].as_str()),
        (50079, Some("basic_action"))
    );
    bench
        .account(|anna| {
            anna.mfa = Mfa::Code {
                code: "123456".into(),
            }
        })
        .await;
    assert_eq!(code_of(&ropc(PASSWORD).await), 50076);
    // A person at a browser can give it.
    let code = new_code(&bench).await;
    let token = redeem(&bench, &code, PKCE.0).await;
    assert_eq!(
        claims(&token["access_token"])["amr"],
        serde_json::json!(["pwd", "mfa"])
    );
}
