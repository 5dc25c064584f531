//! The other grants from end to end, and what the service refuses of any request.

mod support;

use evidence::Outcome;
use http::Method;
use support::*;

#[tokio::test]
async fn an_application_speaks_for_itself_in_both_versions() {
    let bench = Bench::new().await;
    let app = bench.web.to_string();
    let v2 = bench
        .token(&[
            ("grant_type", "client_credentials"),
            ("client_id", &app),
            ("client_secret", SECRET),
            ("scope", &format!("{ORG}/.default")),
        ])
        .await;
    assert!(
        v2["expires_in"].is_i64() && v2["refresh_token"].is_null() && v2["expires_on"].is_null(),
        "{v2}"
    );
    let token = claims(&v2["access_token"]);
    assert_eq!(token["aud"], ORG);
    assert_eq!(token["iss"], format!("https://sts.windows.net/{}/", bench.tenant));
    assert_eq!(
        (token["appid"].as_str(), token["appidacr"].as_str()),
        (Some(app.as_str()), Some("1"))
    );
    assert_eq!(token["ver"], "1.0");
    assert!(token["scp"].is_null() && token["upn"].is_null());

    let (answer, decision) = bench
        .post(
            &bench.login("/oauth2/token"),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", &app),
                ("client_secret", SECRET),
                ("resource", &format!("{ORG}/")),
            ],
        )
        .await;
    let v1 = json(&answer);
    assert!(
        v1["expires_in"].is_string() && v1["expires_on"].is_string() && v1["not_before"].is_string(),
        "{v1}"
    );
    assert_eq!(v1["resource"], format!("{ORG}/"));
    assert_eq!(claims(&v1["access_token"])["aud"], format!("{ORG}/"));
    assert_eq!(
        (decision.outcome, decision.tenant),
        (Outcome::Granted, Some(bench.tenant))
    );
    assert_eq!(answer.headers["cache-control"], "no-store, no-cache");
}

#[tokio::test]
async fn a_device_is_signed_in_from_elsewhere() {
    let bench = Bench::new().await;
    let desktop = bench.desktop.to_string();
    let scope = format!("{ORG}/user_impersonation offline_access");
    let (answer, _) = bench
        .post(
            &bench.login("/oauth2/v2.0/devicecode"),
            &[("client_id", &desktop), ("scope", &scope)],
        )
        .await;
    let device = json(&answer);
    assert_eq!(device["expires_in"], 900);
    let code = device["device_code"].as_str().unwrap().to_owned();
    let poll = async |name: &str| {
        bench
            .token(&[
                ("grant_type", "device_code"),
                ("client_id", &desktop),
                (name, &code),
            ])
            .await
    };
    assert_eq!(poll("device_code").await["error"], "authorization_pending");
    assert_eq!(poll("code").await["error"], "slow_down");

    let page = format!(
        "https://microsoft.com/devicelogin?user_code={}",
        device["user_code"].as_str().unwrap()
    );
    let (form, _) = bench.get(&page).await;
    let ctx = hidden(&text(&form), "ctx");
    let fields = [
        ("ctx", ctx.as_str()),
        ("login", "anna@contoso.com"),
        ("passwd", PASSWORD),
    ];
    let (done, decision) = bench.post(&page, &fields).await;
    assert!(text(&done).contains("signed in"), "{}", text(&done));
    assert_eq!(decision.outcome, Outcome::Granted);
    let tokens = poll("device_code").await;
    assert!(tokens["refresh_token"].is_string(), "{tokens}");
    assert_eq!(code_of(&poll("device_code").await), 54005);
}

#[tokio::test]
async fn a_service_acts_for_the_user_who_called_it() {
    let bench = Bench::new().await;
    bench
        .app(bench.desktop, |app| {
            app.requires.push(authority::Required {
                resource: app.id,
                scopes: ["access".to_owned()].into(),
            });
        })
        .await;
    let (desktop, web) = (bench.desktop.to_string(), bench.web.to_string());
    bench
        .app(bench.web, |app| {
            app.identifier_uris = vec![format!("api://{}", app.id)];
        })
        .await;
    let consent = authority::Consent {
        app: bench.desktop,
        resource: bench.web,
        user: None,
        scopes: ["access".to_owned()].into(),
    };
    bench
        .store
        .update::<authority::Registrations, _, store::StoreError>(bench.tenant, |_, changes| {
            changes.put(authority::KIND_CONSENT, consent.key(), &consent);
            Ok(())
        })
        .await
        .unwrap();
    let first = bench
        .token(&[
            ("grant_type", "password"),
            ("client_id", &desktop),
            ("username", "anna@contoso.com"),
            ("password", PASSWORD),
            ("scope", &format!("api://{web}/access openid profile")),
        ])
        .await;
    let obo = async |assertion: &str| {
        bench
            .token(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("client_id", &web),
                ("client_secret", SECRET),
                ("assertion", assertion),
                ("requested_token_use", "on_behalf_of"),
                ("scope", &format!("{ORG}/.default")),
            ])
            .await
    };
    let second = obo(first["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{first}")))
    .await;
    assert_eq!(claims(&second["access_token"])["upn"], "anna@contoso.com");
    assert_eq!(code_of(&obo(first["id_token"].as_str().unwrap()).await), 240002);
    assert_eq!(code_of(&obo("a.b.c").await), 50013);
}

#[tokio::test]
async fn what_is_malformed_is_named() {
    let bench = Bench::new().await;
    let token = bench.login("/oauth2/v2.0/token");
    let app = bench.web.to_string();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let code = async |method: Method, headers: &[(&str, &str)], body: &str| {
        code_of(&json(
            &bench.send(method, &token, headers, body.to_owned()).await.0,
        ))
    };
    assert_eq!(code(Method::GET, &[], "").await, 900561);
    assert_eq!(
        code(Method::POST, &[("content-type", "application/json")], "{}").await,
        900144
    );
    assert_eq!(
        code(Method::POST, &[form], "client_id=a&client_id=a").await,
        9002313
    );
    assert_eq!(code(Method::POST, &[form], "password=%ff").await, 90013);
    assert_eq!(
        code(Method::POST, &[form], "grant_type=x&client_id=").await,
        90100
    );
    assert_eq!(
        code(
            Method::POST,
            &[form],
            &format!("grant_type=magic&client_id={app}")
        )
        .await,
        70003
    );
    let basic = ("authorization", "Basic !");
    assert_eq!(
        code(Method::POST, &[form, basic], "grant_type=client_credentials").await,
        90004
    );
    let unknown = "https://login.microsoftonline.com/nowhere.example/oauth2/v2.0/token";
    let (answer, _) = bench.post(unknown, &[("grant_type", "client_credentials")]).await;
    assert_eq!((code_of(&json(&answer)), answer.status.as_u16()), (90002, 400));
}

#[tokio::test]
async fn no_open_redirect_and_no_secret_in_the_journal() {
    testkit::rows!("004-05");
    let bench = Bench::new().await;
    let app = bench.web.to_string();
    let url = |redirect: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", app.as_str()),
                ("response_type", "code"),
                ("redirect_uri", redirect),
                ("scope", "openid"),
            ])
            .finish();
        bench.login(&format!("/oauth2/v2.0/authorize?{query}"))
    };
    for evil in [
        "https://evil.example/",
        "https://app.example/callback@evil.example",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        let (answer, decision) = bench.get(&url(evil)).await;
        assert_eq!(answer.status, 200, "{evil}");
        assert!(!answer.headers.contains_key("location"));
        assert!(
            decision
                .code
                .is_some_and(|code| code == "AADSTS50011" || code == "AADSTS90102"),
            "{evil}"
        );
    }
    let (_, decision) = bench
        .post(
            &bench.login("/oauth2/v2.0/token"),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", &app),
                ("client_secret", "canary-secret"),
                ("scope", &format!("{ORG}/.default")),
            ],
        )
        .await;
    assert!(!format!("{decision:?}").contains("canary"));
}

#[tokio::test]
async fn both_forms_of_a_name_get_answers_in_their_form() {
    testkit::rows!("004-20");
    let bench = Bench::new().await;
    let path = format!("/{}/v2.0/.well-known/openid-configuration", bench.tenant);
    let (answer, _) = bench
        .get(&format!("https://login.windows.net.localhost:8443{path}"))
        .await;
    let document = json(&answer);
    assert_eq!(
        document["issuer"],
        format!(
            "https://login.microsoftonline.com.localhost:8443/{}/v2.0",
            bench.tenant
        )
    );
    assert!(
        document["token_endpoint"]
            .as_str()
            .unwrap()
            .starts_with("https://login.windows.net.localhost:8443/")
    );
    let (answer, _) = bench
        .get(&format!("https://LOGIN.microsoftonline.com{path}"))
        .await;
    assert_eq!(
        json(&answer)["issuer"],
        format!("https://login.microsoftonline.com/{}/v2.0", bench.tenant)
    );
}

#[tokio::test]
async fn a_discovery_document_follows_its_tenant_and_the_form_it_is_asked_in() {
    let bench = Bench::new().await;
    let path = format!("/{}/v2.0/.well-known/openid-configuration", bench.tenant);
    let local = format!("https://login.microsoftonline.com.localhost:8443{path}");
    let dressed = async || json(&bench.get(&local).await.0);
    let first = json(
        &bench
            .get(&bench.login("/v2.0/.well-known/openid-configuration"))
            .await
            .0,
    );
    assert_eq!(first["tenant_region_scope"], "EU");
    let authority = format!("https://login.microsoftonline.com/{}/v2.0", bench.tenant);
    assert_eq!(first["issuer"], authority);
    let token_endpoint = dressed().await["token_endpoint"].as_str().unwrap().to_owned();
    assert!(token_endpoint.starts_with("https://login.microsoftonline.com.localhost:8443/"));
    bench
        .settings(|settings| settings.region_scope = "NA".to_owned())
        .await;
    assert_eq!(dressed().await["tenant_region_scope"], "NA");
    assert_eq!(dressed().await["token_endpoint"], token_endpoint);
    let shared = json(
        &bench
            .get("https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration")
            .await
            .0,
    );
    assert_eq!(
        shared["issuer"],
        "https://login.microsoftonline.com/{tenantid}/v2.0"
    );
    let personal = json(
        &bench
            .get("https://login.microsoftonline.com/consumers/v2.0/.well-known/openid-configuration")
            .await
            .0,
    );
    assert!(
        personal["issuer"]
            .as_str()
            .unwrap()
            .contains("9188040d-6c67-4c5b-b112-36a304b66dad")
    );
}
