//! The control API with the real router: what a test turns holds from the next request.

use serde_json::json;

use super::{
    World,
    calls::{by_password, by_secret, code, tenant, who_am_i},
};

#[tokio::test]
async fn a_change_holds_from_the_next_request() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let url = "https://contoso.crm4.dynamics.com/";
    let anna = "anna@contoso.com";
    let account = format!("/tenants/{id}/accounts/{anna}");
    let sign_in = async |password: &str| code(&by_password(&world, anna, password, url).await);
    assert_eq!(sign_in("Keyway!Demo1").await, "");
    assert_eq!(
        world
            .control("PATCH", &account, r#"{"enabled":false}"#)
            .await
            .status,
        200
    );
    assert_eq!(sign_in("Keyway!Demo1").await, "AADSTS50057");
    assert_eq!(
        world
            .control("PATCH", &account, r#"{"enabled":true,"password":"Other!Word2"}"#)
            .await
            .status,
        200
    );
    assert_eq!(sign_in("Keyway!Demo1").await, "AADSTS50126");
    assert_eq!(sign_in("Other!Word2").await, "");
    let shown = world.control("GET", &account, "").await;
    assert!(
        !shown.text().contains("Other!Word2") && !shown.text().contains("stored"),
        "{}",
        shown.text()
    );
    assert_eq!(
        world
            .control("PATCH", &account, r#"{"password":{"must_change":true}}"#)
            .await
            .status,
        200
    );
    assert_eq!(sign_in("Other!Word2").await, "AADSTS50055");
    assert_eq!(
        world
            .control("POST", &format!("/tenants/{id}/reset"), "")
            .await
            .status,
        204
    );
    assert_eq!(sign_in("Keyway!Demo1").await, "");
    assert_eq!(world.control("DELETE", &account, "").await.status, 204);
    assert_ne!(sign_in("Keyway!Demo1").await, "");
    assert_eq!(world.control("GET", &account, "").await.status, 404);
}

#[tokio::test]
async fn roles_and_organizations_can_be_turned() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let url = "https://contoso.crm4.dynamics.com/";
    let local = format!("https://contoso.crm4.dynamics.com.localhost:{}/", world.port());
    let got = by_password(&world, "ben@contoso.com", "Keyway!Demo1", url).await;
    let ben = got.json()["access_token"].as_str().unwrap().to_owned();
    let status = async || who_am_i(&world, &local, &ben).await.status;
    assert_eq!(status().await, 403);
    let role = format!("/tenants/{id}/organizations/contoso/users/ben@contoso.com/roles/Basic%20User");
    assert_eq!(world.control("PUT", &role, "").await.status, 204);
    assert_eq!(status().await, 200);
    let organization = format!("/tenants/{id}/organizations/contoso");
    let changed = world
        .control("PATCH", &organization, r#"{"state":"disabled"}"#)
        .await;
    assert_eq!(changed.json()["state"], "disabled", "{}", changed.text());
    assert_ne!(status().await, 200);
    assert_eq!(
        world
            .control("PATCH", &organization, r#"{"state":"enabled"}"#)
            .await
            .status,
        200
    );
    assert_eq!(world.control("DELETE", &role, "").await.status, 204);
    assert_eq!(status().await, 403);
    let made = world
        .control(
            "POST",
            &format!("/tenants/{id}/organizations"),
            r#"{"name":"New","host":"brand-new.crm11.dynamics.com"}"#,
        )
        .await;
    assert_eq!(
        (made.status, made.json()["region"].as_str().unwrap()),
        (201, "GBR"),
        "{}",
        made.text()
    );
    let nowhere = world
        .control(
            "POST",
            &format!("/tenants/{id}/organizations"),
            r#"{"name":"New","host":"new.example.com"}"#,
        )
        .await;
    assert_eq!(nowhere.status, 400);
}

#[tokio::test]
async fn secrets_are_shown_once_and_live_two_years_at_most() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let app = world
        .control(
            "POST",
            &format!("/tenants/{id}/apps"),
            r#"{"name":"Fresh","requires":[]}"#,
        )
        .await
        .json();
    let client_id = app["id"].as_str().unwrap();
    let secrets = format!("/tenants/{id}/apps/{client_id}/secrets");
    let too_long = world
        .control("POST", &secrets, r#"{"name":"long","ends":"+25 months"}"#)
        .await;
    assert_eq!(too_long.status, 400);
    assert!(too_long.text().contains("24 months"), "{}", too_long.text());
    let secret = world
        .control("POST", &secrets, r#"{"name":"ci","ends":"+24 months"}"#)
        .await;
    assert_eq!(secret.status, 201, "{}", secret.text());
    let secret = secret.json();
    let (value, secret_id) = (secret["value"].as_str().unwrap(), secret["id"].as_str().unwrap());
    let shown = world
        .control("GET", &format!("/tenants/{id}/apps/Fresh"), "")
        .await;
    assert!(
        !shown.text().contains(value) && !shown.text().contains("digest") && shown.text().contains(secret_id)
    );
    let place = id.to_string();
    let graph = "https://graph.microsoft.com/";
    let right = by_secret(&world, &place, client_id, value, graph).await;
    let id_for_value = by_secret(&world, &place, client_id, secret_id, graph).await;
    assert_eq!(
        (right.status, code(&id_for_value).as_str()),
        (200, "AADSTS7000215"),
        "{}",
        right.text()
    );
    assert_eq!(
        world
            .control("DELETE", &format!("{secrets}/{secret_id}"), "")
            .await
            .status,
        204
    );
    assert_eq!(
        code(&by_secret(&world, &place, client_id, value, graph).await),
        "AADSTS7000215"
    );
}

#[tokio::test]
async fn eight_hours_pass_in_one_tenant_alone() {
    let world = World::demo().await;
    let (contoso, fabrikam) = (tenant(&world, "Contoso").id, tenant(&world, "Fabrikam").id);
    let now = async |id| {
        world
            .control("GET", &format!("/tenants/{id}/clock"), "")
            .await
            .json()["offset_seconds"]
            .clone()
    };
    let turned = world
        .control(
            "POST",
            &format!("/tenants/{contoso}/clock"),
            r#"{"advance_seconds":28800}"#,
        )
        .await;
    assert_eq!(turned.json()["offset_seconds"], 28_800, "{}", turned.text());
    assert_eq!(
        (now(contoso).await, now(fabrikam).await),
        (json!(28_800), json!(0))
    );
    let set = world
        .control(
            "POST",
            &format!("/tenants/{contoso}/clock"),
            r#"{"set":"2030-01-01T00:00:00Z"}"#,
        )
        .await;
    assert_eq!(set.json()["now"], "2030-01-01T00:00:00.000Z");
    assert_eq!(
        world
            .control("POST", &format!("/tenants/{contoso}/clock"), r#"{"reset":true}"#)
            .await
            .json()["offset_seconds"],
        0
    );
    for wrong in [
        "{}",
        r#"{"advance":1}"#,
        r#"{"set":"soon"}"#,
        "no",
        r#"{"set":"2030-01-01T00:00:00Z","reset":true}"#,
        // 9000 years on, and before there was a clock: no date can be written.
        r#"{"advance_seconds":284018400000}"#,
        r#"{"advance_seconds":9223372036854775807}"#,
        r#"{"set":"1960-01-01T00:00:00Z"}"#,
    ] {
        let refused = world
            .control("POST", &format!("/tenants/{contoso}/clock"), wrong)
            .await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(refused.json()["error"]["next"].is_string());
    }
    let last = r#"{"set":"8999-12-01T00:00:00Z"}"#;
    let set = world
        .control("POST", &format!("/tenants/{contoso}/clock"), last)
        .await;
    assert_eq!(set.status, 200, "{}", set.text());
    let got = world
        .ask(
            "GET",
            &format!("login.microsoftonline.com.localhost:{}", world.port()),
            "/contoso.com/.well-known/openid-configuration",
            &[],
            "",
        )
        .await;
    assert_eq!(got.status, 200);
    assert!(got.headers["date"].to_str().unwrap().contains(" Dec 8999 "));
}

#[tokio::test]
async fn a_snapshot_brings_back_what_was() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let account = format!("/tenants/{id}/accounts/anna@contoso.com");
    let name = async || world.control("GET", &account, "").await.json()["name"].clone();
    world.control("PATCH", &account, r#"{"name":"First"}"#).await;
    assert_eq!(
        world
            .control("PUT", &format!("/tenants/{id}/snapshots/first"), "")
            .await
            .status,
        204
    );
    world.control("PATCH", &account, r#"{"name":"Second"}"#).await;
    assert_eq!(
        world
            .control("POST", &format!("/tenants/{id}/snapshots/first/restore"), "")
            .await
            .status,
        204
    );
    assert_eq!(name().await, "First");
    assert_eq!(world.control("POST", "/reset", "").await.status, 204);
    assert_eq!(name().await, "Anna Able");
    assert_eq!(
        world
            .control("POST", &format!("/tenants/{id}/snapshots/none/restore"), "")
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .control("PUT", &format!("/tenants/{id}/snapshots/initial"), "")
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn consents_and_principals_can_be_turned() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let url = "https://contoso.crm4.dynamics.com/";
    let app = world.ready().tenants[0]
        .apps
        .iter()
        .find(|app| app.name == "Contoso without a principal")
        .unwrap()
        .clone();
    let secret = app.secret.clone().unwrap();
    let sign_in = async || {
        by_secret(&world, &id.to_string(), &app.client_id, &secret, url)
            .await
            .status
    };
    assert_ne!(sign_in().await, 200);
    let principal = format!("/tenants/{id}/principals/{}", app.client_id);
    assert_eq!(world.control("PUT", &principal, "").await.status, 200);
    assert_eq!(sign_in().await, 200);
    assert_eq!(
        world
            .control("PATCH", &principal, r#"{"enabled":false}"#)
            .await
            .status,
        200
    );
    assert_ne!(sign_in().await, 200);
    let grant = json!({ "app": app.client_id, "resource": "dataverse", "scopes": ["user_impersonation"], "user": "anna@contoso.com" });
    let granted = world
        .control("POST", &format!("/tenants/{id}/consents"), &grant.to_string())
        .await;
    assert_eq!(granted.status, 201, "{}", granted.text());
    let key = granted.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        world
            .control("DELETE", &format!("/tenants/{id}/consents/{key}"), "")
            .await
            .status,
        204
    );
    assert_eq!(
        world
            .control("DELETE", &format!("/tenants/{id}/consents/{key}"), "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn keys_roll_and_earlier_tokens_stay_good() {
    let world = World::demo().await;
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
    let rolled = world.control("POST", "/keys/roll", "").await.json();
    assert_eq!(rolled["published"].as_array().unwrap().len(), 2);
    let authority = format!("login.microsoftonline.com.localhost:{}", world.port());
    let keys = world
        .ask("GET", &authority, "/common/discovery/keys", &[], "")
        .await
        .json();
    assert!(
        keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .any(|key| key["kid"] == rolled["kid"])
    );
    let url = &world.ready().organizations[0].url;
    assert_eq!(who_am_i(&world, url, &token).await.status, 200);
}

#[tokio::test]
async fn what_is_not_understood_is_refused_with_the_next_step() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    for (method, path, body, status) in [
        ("GET", "/nothing".to_owned(), "", 404),
        ("DELETE", "/health".to_owned(), "", 405),
        ("GET", "/tenants/nobody.example".to_owned(), "", 404),
        ("GET", "/journal?limit=many".to_owned(), "", 400),
        ("GET", "/journal?color=red".to_owned(), "", 400),
        (
            "POST",
            "/tenants".to_owned(),
            r#"{"template":"contoso","x":1}"#,
            400,
        ),
        (
            "PATCH",
            format!("/tenants/{id}/settings"),
            r#"{"user_consnt":"allowed"}"#,
            400,
        ),
        ("PATCH", format!("/tenants/{id}/settings"), r#"{"id":"x"}"#, 400),
        (
            "PATCH",
            format!("/tenants/{id}/accounts/anna@contoso.com"),
            r#"{"upn":"ben@contoso.com"}"#,
            409,
        ),
        (
            "PATCH",
            format!("/tenants/{id}/accounts/anna@contoso.com"),
            r#"{"password":7}"#,
            400,
        ),
        (
            "POST",
            format!("/tenants/{id}/apps/Contoso%20Connector/certificates"),
            r#"{"name":"x","certificate":"junk"}"#,
            400,
        ),
        (
            "POST",
            format!("/tenants/{id}/organizations/contoso/users"),
            r#"{"roles":["Basic User"]}"#,
            400,
        ),
    ] {
        let got = world.control(method, &path, body).await;
        assert_eq!(got.status, status, "{method} {path}: {}", got.text());
        let error = &got.json()["error"];
        assert!(
            !error["message"].as_str().unwrap().is_empty() && !error["next"].as_str().unwrap().is_empty()
        );
    }
    let document = world.control("GET", "/openapi.json", "").await.json();
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn business_units_can_be_made_filled_and_switched_off() {
    let world = World::demo().await;
    let id = tenant(&world, "Contoso").id;
    let organization = format!("/tenants/{id}/organizations/contoso");
    let (units, ben) = (
        format!("{organization}/units"),
        format!("{organization}/users/ben@contoso.com"),
    );
    let north = world.control("POST", &units, r#"{"name":"North"}"#).await;
    assert_eq!(north.status, 201, "{}", north.text());
    let all = world.control("GET", &units, "").await.json();
    let root = all["units"].as_array().unwrap();
    let root = root.iter().find(|unit| unit["parent"].is_null()).unwrap();
    assert_eq!(north.json()["parent"], root["id"]);
    let role = format!("{ben}/roles/Basic%20User");
    assert_eq!(world.control("PUT", &role, "").await.status, 204);
    let moved = world.control("PATCH", &ben, r#"{"unit":"north"}"#).await.json();
    assert_eq!(
        (&moved["unit"], &moved["roles"]),
        (&north.json()["id"], &json!([]))
    );
    assert_eq!(world.control("PUT", &role, "").await.status, 204);
    let users = world
        .control("GET", &format!("{organization}/users"), "")
        .await
        .json();
    let users = users["users"].as_array().unwrap();
    let there = users.iter().find(|user| user["id"] == moved["id"]).unwrap();
    assert_eq!(there["roles"], json!(["Basic User"]));
    let off = world
        .control("PATCH", &format!("{units}/North"), r#"{"disabled":true}"#)
        .await;
    assert_eq!(off.json()["disabled"], true, "{}", off.text());
    for (method, path, body, status) in [
        ("POST", &units, r#"{"name":"NORTH"}"#, 409),
        ("POST", &units, r#"{"name":"South","parent":"West"}"#, 404),
        ("PATCH", &ben, r#"{"unit":"West"}"#, 404),
    ] {
        let got = world.control(method, path, body).await;
        assert_eq!(got.status, status, "{method} {path}: {}", got.text());
    }
}

#[tokio::test]
async fn other_sites_and_strangers_turn_nothing() {
    let world = World::with(|config| config.control_token = Some(types::Secret::new("tok3n"))).await;
    let authority = format!("localhost:{}", world.port());
    let ask = async |headers: &[(&str, &str)]| {
        world
            .ask("GET", &authority, "/_keyway/v1/tenants", headers, "")
            .await
            .status
    };
    assert_eq!(ask(&[]).await, 401);
    assert_eq!(ask(&[("authorization", "Bearer wrong")]).await, 401);
    assert_eq!(ask(&[("authorization", "Bearer tok3n")]).await, 200);
    assert_eq!(
        ask(&[
            ("authorization", "Bearer tok3n"),
            ("origin", "https://evil.example")
        ])
        .await,
        403
    );
    assert_eq!(world.control("GET", "/health", "").await.status, 200);
}
