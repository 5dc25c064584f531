//! What the control API shows that a page shows: the sign-in log, the snapshots, the catalog.

use serde_json::{Value, json};

use super::{
    World,
    calls::{by_password, tenant},
};

async fn listed(world: &World, path: &str, list: &str) -> Vec<Value> {
    let got = world.control("GET", path, "").await;
    assert_eq!(got.status, 200, "{path}: {}", got.text());
    got.json()[list].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_sign_in_log_says_who_was_refused_and_why() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let url = "https://contoso.crm4.dynamics.com/";
    by_password(&world, "anna@contoso.com", "Keyway!Demo1", url).await;
    by_password(&world, "anna@contoso.com", "Wrong!Word2", url).await;
    let log = format!("/tenants/{id}/sign-ins");
    let all = listed(&world, &log, "sign_ins").await;
    let outcomes: Vec<_> = all.iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, [&json!("refused"), &json!("granted")], "newest first");
    let refused = &all[0];
    assert_eq!(refused["code"], "AADSTS50126");
    assert_eq!(refused["cause"], "credentials-invalid");
    assert!(refused["who"].as_str().unwrap().contains("anna"));
    assert_eq!(refused["app"], "Dynamics 365 Example Client Application");
    for (query, count) in [
        ("who=ANNA", 2),
        ("who=ben", 0),
        ("app=example%20client", 2),
        ("app=connector", 0),
        ("code=50126", 1),
        ("cause=credentials-invalid", 1),
        ("cause=credentials", 0),
        ("result=success", 1),
        ("result=failure", 1),
        ("limit=1", 1),
        ("since=2999-01-01T00:00:00Z", 0),
    ] {
        let found = listed(&world, &format!("{log}?{query}"), "sign_ins").await;
        assert_eq!(found.len(), count, "{query}");
    }
    let by_id = format!("{log}?app={}", refused["client_id"].as_str().unwrap());
    assert_eq!(listed(&world, &by_id, "sign_ins").await.len(), 2);
    let wrong = world.control("GET", &format!("{log}?result=maybe"), "").await;
    assert_eq!(wrong.status, 400);
    // Who signs in here is no other tenant's business.
    let other = tenant(&world, "Fabrikam").id;
    let other = listed(&world, &format!("/tenants/{other}/sign-ins"), "sign_ins").await;
    assert_eq!(other, Vec::<Value>::new());
}

#[tokio::test]
async fn settings_are_checked_without_a_trace() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let app = tenant(&world, "Contoso").apps.iter();
    let app = app.clone().find(|app| app.name == "Contoso Connector").unwrap();
    let path = format!("/tenants/{id}/apps/{}/check", app.client_id);
    let audit = format!("/tenants/{id}/audit");
    let right = json!({ "flow": "program", "organization": "contoso", "secret": app.secret, "client_id": app.client_id });
    let right = world.control("POST", &path, &right.to_string()).await;
    assert_eq!(right.status, 200, "{}", right.text());
    assert_eq!(right.json()["failing"], 0, "{}", right.text());
    let organization = format!("/tenants/{id}/organizations/contoso");
    for (state, told) in [
        ("disabled", "is disabled."),
        ("moving", "is being moved."),
        ("not-configured", "is not set up yet."),
        ("enabled", ""),
    ] {
        let patch = json!({ "state": state }).to_string();
        let changed = world.control("PATCH", &organization, &patch).await;
        assert_eq!(changed.json()["state"], state, "{}", changed.text());
        let found = world
            .control("POST", &path, r#"{"organization":"contoso"}"#)
            .await;
        let first = found.json()["findings"][0].clone();
        assert_eq!(first["level"] == "fails", !told.is_empty(), "{first}");
        assert!(first["what"].as_str().unwrap().ends_with(told), "{first}");
    }
    let before = listed(&world, &audit, "entries").await;
    let wrong = json!({ "flow": "program", "organization": "contoso", "secret": "canary-not-a-secret" });
    let wrong = world.control("POST", &path, &wrong.to_string()).await;
    assert_eq!(wrong.json()["failing"], 1);
    let first = &wrong.json()["findings"][0];
    assert_eq!(
        (&first["level"], &first["cause"]),
        (&json!("fails"), &json!("client-secret-invalid"))
    );
    assert!(!wrong.text().contains("canary"));
    assert_eq!(listed(&world, &audit, "entries").await, before);
    for (body, status) in [
        (r#"{"organization":"none"}"#, 404),
        (r#"{"flow":"else"}"#, 400),
        (r#"{"host":"x"}"#, 400),
    ] {
        let got = world.control("POST", &path, body).await;
        assert_eq!(got.status, status, "{body}: {}", got.text());
    }
}

#[tokio::test]
async fn what_a_tenant_can_be_put_back_to_is_listed() {
    let world = World::demo().await;
    let path = format!("/tenants/{}/snapshots", tenant(&world, "Contoso").id);
    assert_eq!(
        listed(&world, &path, "snapshots").await,
        [json!({ "name": "initial" })]
    );
    let taken = world.control("PUT", &format!("{path}/before"), "").await;
    assert_eq!(taken.status, 204);
    assert_eq!(
        listed(&world, &path, "snapshots").await,
        [json!({ "name": "before" }), json!({ "name": "initial" })]
    );
}

#[tokio::test]
async fn the_causes_say_what_plays_them() {
    let world = World::demo().await;
    let causes = listed(&world, "/causes", "causes").await;
    let ways = listed(&world, "/amendments", "amendments").await;
    let mut played = 0;
    for cause in &causes {
        assert!(!cause["title"].as_str().unwrap().is_empty(), "{cause}");
        if let Some(amendment) = cause["amendment"].as_str() {
            played += 1;
            assert!(
                ways.iter().any(|way| way["amendment"] == amendment),
                "{cause} names an amendment that nobody can apply"
            );
            assert_eq!(cause["not_played"], Value::Null);
        }
    }
    assert!(played > 0);
    let about = listed(&world, "/causes?q=AADSTS50057", "causes").await;
    assert!(about.len() < causes.len());
    assert!(about.iter().any(|cause| cause["amendment"] == "account-blocked"));
    let family = listed(&world, "/causes?family=identity", "causes").await;
    assert!(!family.is_empty() && family.iter().all(|cause| cause["family"] == "identity"));
}

/// Every field that an operation reads is described or refused, and nothing else is.
#[tokio::test]
async fn every_field_of_every_body_is_described() {
    let world = World::demo().await;
    let document = world.control("GET", "/openapi.json", "").await.json();
    let port = world.control("POST", "/links", r#"{"to":"https"}"#).await.json()["port"].to_string();
    let incident = r#"{"service":"Dynamics 365","title":"T","state":"service-degradation","message":"M"}"#;
    let incidents = "/tenants/contoso.com/incidents";
    let incident = world.control("POST", incidents, incident).await.json()["id"].clone();
    let mut looked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let body = &described["requestBody"]["content"]["application/json"];
            let Some(fields) = body["schema"]["properties"].as_object() else {
                continue;
            };
            looked += 1;
            let mut there = path.clone();
            for (name, value) in [
                ("{tenant}", "contoso.com"),
                ("{account}", "anna@contoso.com"),
                ("{app}", "Contoso%20Connector"),
                ("{organization}", "contoso"),
                ("{unit}", "Contoso"),
                ("{user}", "anna@contoso.com"),
                ("{role}", "Basic%20User"),
                ("{privilege}", "prvReadAccount"),
                ("{domain}", "contoso.com"),
                ("{port}", &port),
                ("{incident}", incident.as_str().unwrap()),
            ] {
                there = there.replace(name, value);
            }
            // The example as it stands, and a field that there is not.
            let mut sent = match path.as_str() {
                "/tenants/{tenant}/clock" => json!({}),
                _ => body["example"].clone(),
            };
            sent["no such field"] = json!(1);
            let got = world
                .control(&method.to_uppercase(), &there, &sent.to_string())
                .await;
            let told = got.json()["error"]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let (before, expected) = told
                .split_once("expected")
                .unwrap_or_else(|| panic!("{method} {there}: {}", got.text()));
            assert!(before.contains("no such field"), "{method} {there}: {told}");
            let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            for name in fields.keys() {
                // A password is taken out before the account is read.
                assert!(known.contains(&name.as_str()), "{path} knows no `{name}`: {told}");
            }
            for name in known.into_iter().filter(|name| !fields.contains_key(*name)) {
                let mut sent = body["example"].clone();
                sent[name] = Value::Null;
                let got = world
                    .control(&method.to_uppercase(), &there, &sent.to_string())
                    .await;
                assert_eq!(
                    got.status, 400,
                    "{method} {path} reads `{name}`, which is not described"
                );
            }
        }
    }
    assert!(looked > 30, "{looked}");
}

#[tokio::test]
async fn the_worlds_are_leafed_through_and_say_where_each_tenant_is_from() {
    let world = World::demo().await;
    let made = world
        .control("POST", "/tenants", r#"{"template":"contoso"}"#)
        .await;
    let copy = made.json()["id"].as_str().unwrap().to_owned();
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let from = after
            .as_str()
            .map(|id| format!("&after={id}"))
            .unwrap_or_default();
        let got = world.control("GET", &format!("/worlds?limit=1{from}"), "").await;
        let leaf = got.json();
        assert_eq!(
            (&leaf["world"], &leaf["templates"][0]),
            (&json!("demo"), &json!("contoso"))
        );
        let tenants = leaf["tenants"].as_array().unwrap();
        assert_eq!(tenants.len(), 1, "{}", got.text());
        found.extend(tenants.iter().cloned());
        after = leaf["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(found, listed(&world, "/worlds", "tenants").await);
    assert_eq!(found.len(), world.ready().tenants.len() + 1);
    let of = |id: &str| found.iter().find(|one| one["id"] == id).unwrap();
    assert_eq!(
        (&of(&copy)["from"], &of(&copy)["template"]),
        (&json!("copy"), &Value::Null)
    );
    let contoso = of(&tenant(&world, "Contoso").id.to_string());
    assert_eq!(
        (&contoso["from"], &contoso["template"]),
        (&json!("world"), &json!("contoso"))
    );
    assert_eq!(contoso["accounts"], of(&copy)["accounts"]);
    let wrong = world.control("GET", "/worlds?after=contoso", "").await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn whatever_can_be_listed_is_as_described() {
    let world = World::demo().await;
    let made = world.control("POST", "/links", r#"{"to":"https"}"#).await;
    assert_eq!(made.status, 201);
    for path in [
        "",
        "/snapshots",
        "/journal",
        "/clock",
        "/settings",
        "/amendments",
        "/accounts",
        "/accounts/anna@contoso.com",
        "/accounts/anna@contoso.com/licenses",
        "/accounts/anna@contoso.com/sessions",
        "/apps",
        "/apps/Contoso%20Portal",
        "/apps/Contoso%20Portal/owners",
        "/principals",
        "/consents",
        "/organizations",
        "/organizations/contoso",
        "/organizations/contoso/units",
        "/organizations/contoso/users",
        "/organizations/contoso/roles",
        "/administrators",
        "/groups",
        "/domains",
        "/mails",
        "/audit",
        "/sign-ins",
        "/incidents",
    ] {
        let got = world
            .control("GET", &format!("/tenants/contoso.com{path}"), "")
            .await;
        assert_eq!(got.status, 200, "{path}: {}", got.text());
    }
    for path in [
        "/health",
        "/ready",
        "/openapi.json",
        "/journal",
        "/links",
        "/tenants",
        "/causes",
        "/amendments",
        "/licenses",
        "/mails",
    ] {
        assert_eq!(world.control("GET", path, "").await.status, 200, "{path}");
    }
}
