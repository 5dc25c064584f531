//! Worlds with the real router: what the ready file promises holds, for the demo and for copies of it.

use serde_json::Value;

use super::{
    World,
    calls::{by_password, by_secret, code, tenant, token, who_am_i},
};

#[tokio::test]
async fn the_ready_file_leads_to_who_am_i() {
    let world = World::demo().await;
    let written: Value =
        serde_json::from_slice(&std::fs::read(world.directory.path().join("ready.json")).unwrap()).unwrap();
    assert_eq!(written, world.control("GET", "/ready", "").await.json());
    let env = &written["env"];
    let text = |name: &str| env[name].as_str().unwrap().to_owned();
    for (name, twin) in [
        ("AZURE_TENANT_ID", "TENANT_ID"),
        ("AZURE_CLIENT_ID", "CLIENT_ID"),
        ("AZURE_CLIENT_SECRET", "CLIENT_SECRET"),
    ] {
        assert_eq!(text(name), text(twin));
    }
    assert_eq!(text("AZURE_AUTHORITY_HOST"), "https://login.microsoftonline.com");
    for file in [
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ] {
        assert!(std::path::Path::new(&text(file)).exists());
    }
    let organization = &written["organizations"][0];
    assert_eq!(organization["true_url"], text("DATAVERSE_URL"));
    let url = organization["url"].as_str().unwrap();
    let app = by_secret(
        &world,
        &text("TENANT_ID"),
        &text("CLIENT_ID"),
        &text("CLIENT_SECRET"),
        &text("DATAVERSE_URL"),
    )
    .await;
    let app = app.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        who_am_i(&world, url, &app).await.json()["OrganizationId"],
        organization["id"]
    );
    let person = by_password(
        &world,
        &text("KEYWAY_DEMO_USER"),
        &text("KEYWAY_DEMO_PASSWORD"),
        &text("DATAVERSE_URL"),
    )
    .await;
    let person = person.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(who_am_i(&world, url, &person).await.status, 200);
}

#[tokio::test]
async fn each_account_of_the_demo_does_what_its_note_says() {
    let world = World::demo().await;
    let url = "https://contoso.crm4.dynamics.com/";
    for (upn, expected) in [
        ("anna@contoso.com", ""),
        ("anna@contoso.onmicrosoft.com", ""),
        ("dora@contoso.com", "AADSTS50057"),
        ("emil@contoso.com", "AADSTS500341"),
        ("fay@contoso.com", "AADSTS50055"),
        ("gus@contoso.com", "AADSTS50144"),
        ("hana@contoso.com", "AADSTS50056"),
        ("jon@contoso.com", "AADSTS50076"),
        ("sven@hotmail.com", "AADSTS500208"),
    ] {
        let got = by_password(&world, upn, "Keyway!Demo1", url).await;
        assert_eq!(code(&got), expected, "{upn}: {}", got.text());
    }
    for (upn, status) in [
        ("anna", 200),
        ("ben", 403),
        ("cora", 403),
        ("lena", 403),
        ("nora", 403),
    ] {
        let got = by_password(&world, &format!("{upn}@contoso.com"), "Keyway!Demo1", url).await;
        let token = got.json()["access_token"].as_str().unwrap().to_owned();
        let local = format!("https://contoso.crm4.dynamics.com.localhost:{}/", world.port());
        assert_eq!(who_am_i(&world, &local, &token).await.status, status, "{upn}");
    }
}

#[tokio::test]
async fn each_application_of_the_demo_does_what_its_note_says() {
    let world = World::demo().await;
    let contoso = tenant(&world, "Contoso");
    let url = "https://contoso.crm4.dynamics.com/";
    let local = format!("https://contoso.crm4.dynamics.com.localhost:{}/", world.port());
    for (name, expected) in [
        ("Contoso Connector", ""),
        ("Contoso Connector with an expired secret", "AADSTS7000222"),
        ("Contoso Retired", "AADSTS70001"),
        ("Contoso Blocked", "AADSTS7000112"),
        ("Contoso without a principal", "AADSTS700016"),
    ] {
        let app = contoso.apps.iter().find(|app| app.name == name).unwrap();
        let secret = app.secret.as_deref().unwrap();
        let got = by_secret(&world, &contoso.domain, &app.client_id, secret, url).await;
        assert_eq!(code(&got), expected, "{name}: {}", got.text());
    }
    for (name, status) in [
        ("Contoso Connector", 200),
        ("Contoso Portal", 200),
        ("Contoso Connector without a role", 403),
        ("Contoso Connector without a user", 403),
    ] {
        let app = contoso.apps.iter().find(|app| app.name == name).unwrap();
        let secret = app.secret.as_deref().unwrap();
        let got = by_secret(&world, &contoso.domain, &app.client_id, secret, url).await;
        let token = got.json()["access_token"].as_str().unwrap().to_owned();
        let answer = who_am_i(&world, &local, &token).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
    // A multi-tenant application of Fabrikam, to which Contoso has consented.
    let insights = tenant(&world, "Fabrikam")
        .apps
        .iter()
        .find(|app| app.name == "Fabrikam Insights")
        .unwrap();
    let secret = insights.secret.as_deref().unwrap();
    let got = by_secret(&world, &contoso.domain, &insights.client_id, secret, url).await;
    let token = got.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(who_am_i(&world, &local, &token).await.status, 200);
    let certificate = contoso
        .apps
        .iter()
        .find_map(|app| app.certificate.as_ref())
        .unwrap();
    let pem = std::fs::read_to_string(certificate).unwrap();
    assert!(pem.contains("PRIVATE KEY") && pem.contains("BEGIN CERTIFICATE"));
}

#[tokio::test]
async fn each_organization_of_the_demo_does_what_its_note_says() {
    let world = World::demo().await;
    let mut outcomes = Vec::new();
    for (upn, host) in [
        ("anna@contoso.com", "contoso.crm4"),
        ("anna@contoso.com", "contoso-dev.crm4"),
        ("admin@contoso.onmicrosoft.com", "contoso-dev.crm4"),
        ("anna@contoso.com", "contoso-uk.crm11"),
        ("anna@contoso.com", "contoso-labs.crm11"),
        ("tom@fabrikam.onmicrosoft.com", "fabrikam.crm"),
        ("tom@fabrikam.onmicrosoft.com", "contoso.crm4"),
    ] {
        let got = by_password(
            &world,
            upn,
            "Keyway!Demo1",
            &format!("https://{host}.dynamics.com/"),
        )
        .await;
        let Some(token) = got.json()["access_token"].as_str().map(ToOwned::to_owned) else {
            outcomes.push(code(&got));
            continue;
        };
        let local = format!("https://{host}.dynamics.com.localhost:{}/", world.port());
        outcomes.push(who_am_i(&world, &local, &token).await.status.to_string());
    }
    assert_eq!(
        outcomes,
        ["200", "403", "200", "403", "403", "200", "AADSTS500011"]
    );
}

#[tokio::test]
async fn a_guest_of_the_demo_comes_in_by_its_home() {
    let world = World::demo().await;
    let contoso = tenant(&world, "Contoso").id.to_string();
    let mut outcomes = Vec::new();
    for upn in [
        "olaf@fabrikam.onmicrosoft.com",
        "petra@fabrikam.onmicrosoft.com",
        "quinn@fabrikam.onmicrosoft.com",
        "tom@fabrikam.onmicrosoft.com",
    ] {
        let form = [
            ("grant_type", "password"),
            ("client_id", "51f81489-12ee-4a9e-aaae-a2591f45987d"),
            ("username", upn),
            ("password", "Keyway!Demo1"),
            ("scope", "https://contoso.crm4.dynamics.com/user_impersonation"),
        ];
        let got = token(&world, &form, &contoso).await;
        outcomes.push(code(&got));
        if upn.starts_with("olaf") {
            let bearer = got.json()["access_token"].as_str().unwrap().to_owned();
            let local = format!("https://contoso.crm4.dynamics.com.localhost:{}/", world.port());
            assert_eq!(who_am_i(&world, &local, &bearer).await.status, 200);
        }
    }
    assert_eq!(outcomes, ["", "AADSTS50014", "AADSTS500571", "AADSTS50020"]);
}

#[tokio::test]
async fn two_hundred_tests_have_a_tenant_of_their_own_in_one_process() {
    let world = std::sync::Arc::new(World::demo().await);
    let mut tests = tokio::task::JoinSet::new();
    for number in 0..200 {
        let world = world.clone();
        tests.spawn(async move {
            let made = world
                .control("POST", "/tenants", r#"{"template":"contoso"}"#)
                .await;
            assert_eq!(made.status, 201, "{}", made.text());
            let sheet = made.json();
            let app = sheet["apps"]
                .as_array()
                .unwrap()
                .iter()
                .find(|app| app["name"] == "Contoso Connector")
                .unwrap()
                .clone();
            let organization = sheet["organizations"].as_array().unwrap()[0].clone();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (id, url) = (text(&sheet["id"]), text(&organization["url"]));
            // Every other test takes its own application's consent to sign in away from itself alone.
            let disabled = number % 2 == 0;
            if disabled {
                let patch = format!("/tenants/{id}/apps/{}", text(&app["client_id"]));
                assert_eq!(
                    world
                        .control("PATCH", &patch, r#"{"disabled":true}"#)
                        .await
                        .status,
                    200
                );
            }
            let got = by_secret(
                &world,
                &text(&sheet["domain"]),
                &text(&app["client_id"]),
                &text(&app["secret"]),
                &text(&organization["true_url"]),
            )
            .await;
            assert_eq!(got.status == 200, !disabled, "{}", got.text());
            if !disabled {
                let answer = who_am_i(&world, &url, got.json()["access_token"].as_str().unwrap()).await;
                assert_eq!(
                    answer.json()["OrganizationId"],
                    organization["id"],
                    "{}",
                    answer.text()
                );
            }
            (id, url)
        });
    }
    let made: Vec<(String, String)> = tests.join_all().await;
    let ids: std::collections::HashSet<_> = made.iter().map(|(id, _)| id).collect();
    let urls: std::collections::HashSet<_> = made.iter().map(|(_, url)| url).collect();
    assert_eq!((ids.len(), urls.len()), (200, 200));
    let listed = world.control("GET", "/tenants", "").await.json()["tenants"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(listed, 200 + world.ready().tenants.len());
    let journal = world
        .control("GET", &format!("/tenants/{}/journal", made[1].0), "")
        .await
        .json();
    assert!(
        journal["lines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["tenant"] == made[1].0)
    );
    assert_eq!(
        world
            .control("DELETE", &format!("/tenants/{}", made[0].0), "")
            .await
            .status,
        204
    );
    assert_eq!(
        world
            .control("GET", &format!("/tenants/{}", made[0].0), "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_copy_has_working_users_that_share_one_hash() {
    let world = World::demo().await;
    let sheet = world
        .control("POST", "/tenants", r#"{"template":"contoso"}"#)
        .await
        .json();
    let user = sheet["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["upn"].as_str().unwrap().starts_with("anna"))
        .unwrap();
    let upn = user["upn"].as_str().unwrap();
    let organization = &sheet["organizations"][0];
    let got = by_password(
        &world,
        upn,
        user["password"].as_str().unwrap(),
        organization["true_url"].as_str().unwrap(),
    )
    .await;
    assert_eq!(got.status, 200, "{upn}: {}", got.text());
    let answer = who_am_i(
        &world,
        organization["url"].as_str().unwrap(),
        got.json()["access_token"].as_str().unwrap(),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let unknown = world.control("POST", "/tenants", r#"{"template":"moon"}"#).await;
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.text().contains("`contoso` and `fabrikam`"),
        "{}",
        unknown.text()
    );
}

#[tokio::test]
async fn what_is_kept_in_a_directory_is_there_again() {
    let data = tempfile::tempdir().unwrap();
    let keep =
        |config: &mut crate::Config| config.location = crate::Location::Directory(data.path().to_owned());
    let world = World::with(keep).await;
    let id = tenant(&world, "Contoso").id;
    let account = format!("/tenants/{id}/accounts/anna@contoso.com");
    world.control("PATCH", &account, r#"{"name":"Kept"}"#).await;
    let env = world.ready().env.clone();
    let got = by_secret(
        &world,
        &env["TENANT_ID"],
        &env["CLIENT_ID"],
        &env["CLIENT_SECRET"],
        &env["DATAVERSE_URL"],
    )
    .await;
    let token = got.json()["access_token"].as_str().unwrap().to_owned();
    world.stop().await;
    let again = World::with(keep).await;
    assert!(again.running.as_ref().unwrap().notes.is_empty());
    assert_eq!(again.control("GET", &account, "").await.json()["name"], "Kept");
    assert_eq!(
        who_am_i(&again, &again.ready().organizations[0].url, &token)
            .await
            .status,
        200
    );
    // One process at a time owns the directory.
    let other = tempfile::tempdir().unwrap();
    let mut config = super::config(other.path());
    keep(&mut config);
    let error = crate::start(
        config,
        again.clock.clone(),
        std::sync::Arc::new(types::SystemChance),
    )
    .await
    .err()
    .unwrap();
    assert!(error.to_string().contains("another process"), "{error}");
    again.stop().await;
    let file = data.path().join("world.toml");
    std::fs::write(&file, format!("{}\n# changed", crate::world::DEMO)).unwrap();
    let changed = World::with(|config| {
        keep(config);
        config.world = crate::Source::File(file);
    })
    .await;
    assert!(changed.running.as_ref().unwrap().notes[0].contains("has changed"));
    assert_eq!(changed.control("GET", &account, "").await.json()["name"], "Kept");
    changed.stop().await;
}
