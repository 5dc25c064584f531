//! What an integration platform does with the v1 endpoints, as seed 004 tells it, and the mistakes people make.

mod support;

use http::header;
use support::*;
use types::Form;

/// Row 004-13 and 004-14: the address that the platform's template has, with the resource encoded once.
const ORG_ENCODED: &str = "https%3A%2F%2Fcontoso.crm4.dynamics.com%2F";

#[tokio::test]
async fn the_worked_example_signs_in_by_the_v1_endpoints() {
    testkit::rows!("004-13", "004-14", "004-15", "004-20");
    let bench = Bench::new().await;
    let (app, redirect) = (bench.web.to_string(), "https%3A%2F%2Fapp.example%2Fcallback");
    let authorize = format!(
        "https://login.windows.net/{}/oauth2/authorize?resource={ORG_ENCODED}&client_id={app}&response_type=code\
         &redirect_uri={redirect}&state=1",
        bench.tenant
    );
    let (page, _) = bench.get(&authorize).await;
    let page = text(&page);
    let fields = [
        ("ctx", hidden(&page, "ctx")),
        ("login", "anna@contoso.com".into()),
        ("passwd", PASSWORD.into()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let action = action(&page).replace("login.microsoftonline.com", "login.windows.net");
    let (answer, _) = bench.post(&action, &fields).await;
    let code = query_of(answer.headers[header::LOCATION].to_str().unwrap())["code"].clone();
    let token = format!("https://login.windows.net/{}/oauth2/token", bench.tenant);
    let (answer, _) = bench
        .post(
            &token,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", &app),
                ("client_secret", SECRET),
                ("code", &code),
                ("redirect_uri", REDIRECT),
            ],
        )
        .await;
    let tokens = json(&answer);
    assert!(
        tokens["expires_on"].is_string() && tokens["refresh_token"].is_string(),
        "{tokens}"
    );
    assert_eq!(tokens["scope"], "user_impersonation");
    assert_eq!(
        claims(&tokens["access_token"])["aud"],
        "https://contoso.crm4.dynamics.com/"
    );
    assert_eq!(claims(&tokens["id_token"])["ver"], "1.0");
}

#[tokio::test]
async fn a_single_tenant_application_is_refused_at_common() {
    testkit::rows!("004-19");
    let bench = Bench::new().await;
    let app = bench.web.to_string();
    let url = format!(
        "https://login.windows.net/common/oauth2/authorize?resource={ORG_ENCODED}&client_id={app}&response_type=code\
         &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback"
    );
    let (answer, decision) = bench.get(&url).await;
    assert_eq!(decision.code.as_deref(), Some("AADSTS50194"));
    assert_eq!(decision.cause, Some("single-tenant-app-on-common"));
    assert!(
        text(&answer).contains("is not configured as a multi-tenant application"),
        "{}",
        text(&answer)
    );
    bench
        .app(bench.web, |app| {
            app.audience = authority::Audience::AzureADMultipleOrgs;
        })
        .await;
    let (answer, _) = bench.get(&url).await;
    assert!(text(&answer).contains("name=\"passwd\""), "{}", text(&answer));
}

#[tokio::test]
async fn ids_that_are_mixed_up_are_named_in_the_journal() {
    testkit::rows!("004-10", "004-12");
    let bench = Bench::new().await;
    let token = bench.login("/oauth2/v2.0/token");
    let scope = format!("{ORG}/.default");
    let why = async |client_id: &str, secret: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("scope", &scope),
        ];
        bench.post(&token, &fields).await.1
    };
    let here = bench
        .store
        .view::<authority::Registrations>(bench.tenant)
        .await
        .unwrap();
    let app = here.app(bench.web).unwrap();
    let (id, secret_id) = (app.id.to_string(), app.secrets[0].id.to_string());

    let tenant_id = why(&bench.tenant.to_string(), SECRET).await;
    assert_eq!(tenant_id.code.as_deref(), Some("AADSTS700016"));
    assert!(
        tenant_id.why.contains("is the directory (tenant) id"),
        "{}",
        tenant_id.why
    );
    let object_id = why(&app.object_id.to_string(), SECRET).await;
    assert!(
        object_id.why.contains(&format!("its client id is {id}")),
        "{}",
        object_id.why
    );
    let pasted_id = why(&id, &secret_id).await;
    assert_eq!(pasted_id.code.as_deref(), Some("AADSTS7000215"));
    assert!(
        pasted_id.why.contains("is the id of a secret"),
        "{}",
        pasted_id.why
    );
}

#[tokio::test]
async fn tokens_of_one_form_are_good_at_the_other() {
    testkit::rows!("004-20");
    let bench = Bench::new().await;
    let app = bench.web.to_string();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", app.as_str()),
        ("client_secret", SECRET),
        (
            "scope",
            "https://contoso.crm4.dynamics.com.localhost:8443/.default",
        ),
    ];
    let url = format!(
        "https://login.windows.net.localhost:8443/{}/oauth2/v2.0/token",
        bench.tenant
    );
    let (answer, _) = bench.post(&url, &fields).await;
    let token = claims(&json(&answer)["access_token"]);
    // The audience is the true name; the issuer wears the caller's form and comes off it again.
    assert_eq!(token["aud"], ORG);
    let issuer = token["iss"].as_str().unwrap();
    assert_eq!(
        issuer,
        format!("https://sts.windows.net.localhost:8443/{}/", bench.tenant)
    );
    assert_eq!(
        Form::undress(issuer),
        format!("https://sts.windows.net/{}/", bench.tenant)
    );
}
