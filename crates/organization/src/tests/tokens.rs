use serde_json::json;
use types::Form;

use super::world::{
    ANNA, CONNECTOR, HOST, NOBODY, NOW, ORG, TENANT, World, application, id, keys, person, token, user_id,
};

#[tokio::test]
async fn without_a_token_the_challenge_says_who_signs_people_in() {
    let world = World::new().await;
    for path in ["WhoAmI", "", "nonsense", "systemusers"] {
        let seen = world.get(path).go().await;
        assert_eq!((seen.status(), seen.text().as_str()), (401, ""));
        let challenges: Vec<_> = seen.answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(challenges.len(), 1);
        assert_eq!(
            challenges[0].to_str().unwrap(),
            format!(
                "Bearer authorization_uri=https://login.microsoftonline.com/{TENANT}/oauth2/authorize, resource_id=https://{HOST}/"
            )
        );
    }
}

#[tokio::test]
async fn the_challenge_wears_the_callers_form() {
    let world = World::new().await;
    let seen = world
        .get("WhoAmI")
        .form(Form::Localhost { port: 8443 })
        .go()
        .await;
    let challenge = seen.header("www-authenticate").unwrap();
    assert!(
        challenge.contains("https://login.microsoftonline.com.localhost:8443/"),
        "{challenge}"
    );
    assert!(
        challenge.ends_with("resource_id=https://contoso.crm4.dynamics.com.localhost:8443/"),
        "{challenge}"
    );
}

#[tokio::test]
async fn who_am_i_answers_both_spellings_in_every_version_and_on_both_hosts() {
    let world = World::new().await;
    for version in ["v8.0", "v8.1", "v8.2", "v9.0", "v9.1", "v9.2"] {
        for (host, spelling) in [(HOST, "WhoAmI"), ("contoso.api.crm4.dynamics.com", "WhoAmI()")] {
            let target = format!("/api/data/{version}/{spelling}");
            let seen = world
                .ask(http::Method::GET, &target)
                .at(host)
                .person(ANNA)
                .go()
                .await
                .ok();
            let json = seen.json();
            assert_eq!(json["UserId"], json!(user_id(ANNA)));
            assert_eq!(json["OrganizationId"], json!(ORG));
            let context =
                format!("https://{host}/api/data/{version}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse");
            assert_eq!(json["@odata.context"], json!(context));
            assert_eq!(seen.decision.subject.as_deref(), Some("anna@contoso.com"));
            assert_eq!(seen.decision.tenant, Some(TENANT));
        }
    }
}

#[tokio::test]
async fn an_answer_carries_the_headers_clients_read() {
    let world = World::new().await;
    let seen = world.get("WhoAmI").app(CONNECTOR).go().await.ok();
    for (name, value) in [
        ("odata-version", "4.0"),
        ("x-ms-service-request-id", "00000000-0000-0000-0000-000000009000"),
        ("req_id", "00000000-0000-0000-0000-000000009000"),
        ("x-ms-ratelimit-burst-remaining-xrm-requests", "5999"),
        ("x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00"),
        ("x-ms-dop-hint", "4"),
        ("content-type", "application/json; odata.metadata=minimal"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    let cookie = seen.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("ARRAffinity=") && cookie.contains("domain=contoso.crm4.dynamics.com;"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_token_is_good_for_the_host_its_twin_and_dataverse_itself_and_for_nothing_else() {
    let world = World::new().await;
    for audience in [
        "https://contoso.crm4.dynamics.com",
        "https://contoso.crm4.dynamics.com/",
        "https://contoso.api.crm4.dynamics.com/",
        "https://contoso.crm4.dynamics.com.localhost:8443/",
        "00000007-0000-0000-c000-000000000000",
    ] {
        let seen = world
            .get("WhoAmI")
            .with(&token(&person(ANNA, audience)))
            .go()
            .await;
        assert_eq!(seen.status(), 200, "{audience}");
    }
    for audience in [
        "https://fabrikam.crm4.dynamics.com/",
        "https://globaldisco.crm.dynamics.com/",
        "00000003-0000-0000-c000-000000000000",
    ] {
        let seen = world
            .get("WhoAmI")
            .with(&token(&application(CONNECTOR, audience)))
            .go()
            .await;
        assert_eq!((seen.status(), seen.text().as_str()), (401, ""), "{audience}");
        assert!(seen.header("www-authenticate").is_some());
        assert!(seen.decision.why.contains(audience), "{}", seen.decision.why);
        assert_eq!(seen.decision.cause, Some("resource-url-wrong"));
    }
}

#[tokio::test]
async fn both_token_versions_and_no_other_issuer() {
    let world = World::new().await;
    let with = |iss: String| {
        let mut claims = person(ANNA, "https://contoso.crm4.dynamics.com/");
        claims["iss"] = iss.into();
        token(&claims)
    };
    for (iss, status) in [
        (format!("https://login.microsoftonline.com/{TENANT}/v2.0"), 200),
        (format!("https://sts.windows.net.localhost:8443/{TENANT}/"), 200),
        (format!("https://sts.windows.net/{}/", id(5)), 401),
        (format!("https://evil.example/{TENANT}/"), 401),
    ] {
        assert_eq!(
            world.get("WhoAmI").with(&with(iss.clone())).go().await.status(),
            status,
            "{iss}"
        );
    }
}

#[tokio::test]
async fn time_is_the_tenants_with_five_minutes_of_grace() {
    let world = World::new().await;
    let token = token(&person(ANNA, "https://contoso.crm4.dynamics.com/"));
    let status = async |seconds: i64| {
        world.clock.set(types::Timestamp::from_seconds(NOW + seconds));
        world.get("WhoAmI").with(&token).go().await
    };
    for (seconds, wanted) in [
        (0, 200),
        (3599, 200),
        (3899, 200),
        (3900, 401),
        (-300, 200),
        (-301, 401),
    ] {
        assert_eq!(status(seconds).await.status(), wanted, "{seconds}");
    }
    let expired = status(4000).await;
    assert!(
        expired
            .decision
            .why
            .contains("expired at 2024-05-01T11:20:30.000Z"),
        "{}",
        expired.decision.why
    );
    status(0).await.ok();
    world
        .settings(|settings| settings.clock_offset_millis = 3_900_000)
        .await;
    assert_eq!(status(0).await.status(), 401, "the tenant's own clock counts");
}

#[tokio::test]
async fn a_broken_token_is_a_challenge_and_never_a_fault() {
    let world = World::new().await;
    let good = token(&person(ANNA, "https://contoso.crm4.dynamics.com/"));
    let (head, _) = good.rsplit_once('.').unwrap();
    let mut other = person(ANNA, "https://contoso.crm4.dynamics.com/");
    other["tid"] = json!(id(0x77));
    for broken in [
        "x",
        "a.b.c",
        head,
        &format!("{head}.AAAA"),
        &keys().sign(&json!({"sub": 1})).unwrap(),
        &token(&other),
    ] {
        let seen = world.get("WhoAmI").with(broken).go().await;
        assert_eq!((seen.status(), seen.text().as_str()), (401, ""), "{broken}");
        assert!(!seen.decision.why.is_empty());
    }
    let basic = world
        .get("WhoAmI")
        .header("authorization", "Basic eA==")
        .go()
        .await;
    assert_eq!(basic.status(), 401);
}

#[tokio::test]
async fn an_unknown_version_and_an_unknown_path() {
    let world = World::new().await;
    let seen = world
        .ask(http::Method::GET, "/api/data/v7.0/WhoAmI")
        .person(ANNA)
        .go()
        .await;
    assert_eq!(
        seen.code(404, "0x8006088a"),
        "Resource not found for the segment 'v7.0'."
    );
    assert_eq!(seen.decision.cause, Some("api-version-unsupported"));
    assert_eq!(
        world.ask(http::Method::GET, "/favicon.ico").go().await.status(),
        404
    );
}

#[tokio::test]
async fn the_wrong_region_is_named_in_the_journal() {
    let world = World::new().await;
    let seen = world
        .get("WhoAmI")
        .at("contoso.crm.dynamics.com")
        .app(NOBODY)
        .go()
        .await;
    assert_eq!(seen.status(), 404);
    assert_eq!(seen.decision.cause, Some("wrong-region-url"));
    assert!(
        seen.decision
            .why
            .contains("lives in EMEA: use https://contoso.crm4.dynamics.com/"),
        "{}",
        seen.decision.why
    );
    let seen = world.get("WhoAmI").at("nosuch.crm4.dynamics.com").go().await;
    assert_eq!((seen.status(), seen.decision.cause), (404, Some("org-url-wrong")));
    let seen = world.get("WhoAmI").at("disco.crm4.dynamics.com").go().await;
    assert_eq!(
        (seen.status(), seen.decision.cause),
        (404, Some("regional-discovery-retired"))
    );
}

#[tokio::test]
async fn hosts_that_are_ours() {
    let world = World::new().await;
    let owns = |name: &str| world.service.owns(&name.parse().unwrap());
    for ours in [
        HOST,
        "contoso.api.crm4.dynamics.com",
        "globaldisco.crm.dynamics.com",
        "globaldisco.crm9.dynamics.com",
        "x.crm.microsoftdynamics.us",
        "disco.crm4.dynamics.com",
    ] {
        assert!(owns(ours), "{ours}");
    }
    for other in [
        "login.microsoftonline.com",
        "crm4.dynamics.com",
        "contoso.dynamics.com",
        "x.crm13.dynamics.com",
    ] {
        assert!(!owns(other), "{other}");
    }
}

#[tokio::test]
async fn the_soap_address_gives_the_challenge_and_says_that_it_is_not_played() {
    let world = World::new().await;
    let target = "/XRMServices/2011/Organization.svc/web?SDKClientVersion=9.0.45.1";
    let seen = world.ask(http::Method::GET, target).go().await;
    assert_eq!(seen.status(), 401);
    assert!(
        seen.header("www-authenticate")
            .unwrap()
            .starts_with("Bearer authorization_uri=")
    );
    assert_eq!(
        world
            .ask(http::Method::POST, target)
            .app(CONNECTOR)
            .go()
            .await
            .status(),
        501
    );
}

#[tokio::test]
async fn a_page_of_another_origin_may_call_the_apis() {
    let world = World::new().await;
    for host in [HOST, "contoso.api.crm4.dynamics.com", super::world::DISCOVERY] {
        let target = match host {
            super::world::DISCOVERY => "/api/discovery/v2.0/Instances",
            _ => "/api/data/v9.2/WhoAmI",
        };
        let seen = world
            .ask(http::Method::OPTIONS, target)
            .at(host)
            .header("origin", "https://app.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization,odata-version")
            .go()
            .await;
        assert_eq!((seen.status(), seen.text().as_str()), (200, ""), "{host}");
        assert_eq!(seen.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            seen.header("access-control-allow-headers"),
            Some("authorization,odata-version")
        );
        // A refusal can be read as well, and whoever only says OPTIONS is no browser that asks first.
        for method in [http::Method::GET, http::Method::OPTIONS] {
            let seen = world.ask(method, target).at(host).go().await;
            assert_eq!(seen.status(), 401, "{host}");
            assert_eq!(seen.header("access-control-allow-origin"), Some("*"));
        }
    }
}

#[tokio::test]
async fn an_organization_can_be_asked_for_its_challenge() {
    let world = World::new().await;
    for seen in [
        world.ask(http::Method::GET, "/api/aad/challenge").go().await,
        world
            .ask(http::Method::GET, "/api/aad/challenge")
            .person(ANNA)
            .go()
            .await,
    ] {
        assert_eq!(seen.status(), 401);
        assert_eq!(
            seen.header("www-authenticate").unwrap(),
            format!(
                "Bearer authorization_uri=https://login.microsoftonline.com/{TENANT}/oauth2/authorize, resource_id=https://{HOST}/"
            )
        );
    }
}
