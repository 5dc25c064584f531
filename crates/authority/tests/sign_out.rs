//! Signing out: who is meant, and who is told (facts/identity.md 1.12).

mod support;

use http::header;
use support::*;
use wire::Answer;

const LOGOUT_URL: &str = "https://app.example/signout-oidc?from=entra";

async fn sign_out(bench: &Bench, query: &[(&str, &str)]) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    bench
        .get(&bench.login(&format!("/oauth2/v2.0/logout?{query}")))
        .await
        .0
}

/// Somebody signs in; what the application's id_token says of them.
async fn id_token(bench: &Bench, login: &str) -> serde_json::Value {
    location(&bench.person_signs_in(login).await);
    let query = [
        ("response_type", "id_token"),
        ("nonce", "n"),
        ("prompt", "none"),
        ("login_hint", login),
    ];
    let (silent, _) = bench.get(&bench.authorize(&query)).await;
    claims(&query_of(&location(&silent))["id_token"].clone().into())
}

#[tokio::test]
async fn an_application_with_a_logout_url_is_told_and_others_are_not() {
    let bench = Bench::new().await;
    // Without one the browser goes on at once.
    location(&bench.person_signs_in("anna@contoso.com").await);
    let onward = [("post_logout_redirect_uri", REDIRECT), ("state", "s")];
    let left = sign_out(&bench, &onward).await;
    assert_eq!(location(&left), format!("{REDIRECT}?state=s"));

    bench
        .app(bench.web, |app| {
            app.logout_url = Some(LOGOUT_URL.to_owned());
            app.implicit_id_tokens = true;
        })
        .await;
    let sid = id_token(&bench, "anna@contoso.com").await["sid"].clone();
    let told = sign_out(&bench, &onward).await;
    assert!(!told.headers.contains_key(header::LOCATION));
    let policy = header_of(&told, "content-security-policy");
    assert!(policy.contains("; frame-src https://app.example;"), "{policy}");
    let page = text(&told);
    let frame = page
        .split("<iframe src=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let frame = frame.replace("&#38;", "&").replace("&amp;", "&");
    assert!(frame.starts_with(&format!("{LOGOUT_URL}&iss=")), "{frame}");
    let sent = query_of(&frame);
    assert_eq!(sent["sid"], sid.as_str().unwrap());
    assert_eq!(
        sent["iss"],
        format!("https://login.microsoftonline.com/{}/v2.0", bench.tenant)
    );
    assert!(
        page.contains(&format!("content=\"0;url={REDIRECT}?state=s\"")),
        "{page}"
    );
    // Once: the session is over.
    assert!(!text(&sign_out(&bench, &[]).await).contains("<iframe"));
}

#[tokio::test]
async fn a_hint_signs_out_whom_it_names_and_a_user_name_is_no_hint() {
    let bench = Bench::new().await;
    bench.another("ben@contoso.com", "Ben", |_| {}).await;
    bench.app(bench.web, |app| app.implicit_id_tokens = true).await;
    let plain = id_token(&bench, "anna@contoso.com").await;
    assert!(
        plain["login_hint"].is_null(),
        "only who asks for the claim gets it: {plain}"
    );
    bench
        .app(bench.web, |app| {
            app.optional_claims.insert("login_hint".to_owned());
        })
        .await;
    let anna = id_token(&bench, "anna@contoso.com").await;
    id_token(&bench, "ben@contoso.com").await;
    let hint = anna["login_hint"].as_str().unwrap();
    assert!(!hint.contains("anna"), "{hint}");

    let page = text(&sign_out(&bench, &[("logout_hint", hint)]).await);
    assert!(
        page.contains("anna@contoso.com") && !page.contains("ben@contoso.com"),
        "{page}"
    );
    let silent = async || location(&bench.get(&bench.authorize(&[("prompt", "none")])).await.0);
    assert!(silent().await.contains("code="), "Ben stays");

    id_token(&bench, "anna@contoso.com").await;
    let page = text(&sign_out(&bench, &[("logout_hint", "anna@contoso.com")]).await);
    assert!(
        page.contains("anna@contoso.com") && page.contains("ben@contoso.com"),
        "{page}"
    );
    assert!(silent().await.contains("error=login_required"));
}
