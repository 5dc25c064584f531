//! What tests ask again and again.

use super::{Got, World};

/// The tenant of the ready file by name.
pub(super) fn tenant<'w>(world: &'w World, name: &str) -> &'w crate::world::sheet::TenantSheet {
    world
        .ready()
        .tenants
        .iter()
        .find(|tenant| tenant.name == name)
        .unwrap()
}

pub(super) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub(super) async fn token(world: &World, form: &[(&str, &str)], place: &str) -> Got {
    let body: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let authority = format!("login.microsoftonline.com.localhost:{}", world.port());
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    world
        .ask(
            "POST",
            &authority,
            &format!("/{place}/oauth2/v2.0/token"),
            &headers,
            &body.join("&"),
        )
        .await
}

pub(super) async fn by_secret(world: &World, tenant: &str, id: &str, secret: &str, resource: &str) -> Got {
    let scope = format!("{resource}.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", &scope),
    ];
    token(world, &form, tenant).await
}

pub(super) async fn by_password(world: &World, upn: &str, password: &str, resource: &str) -> Got {
    let scope = format!("{resource}user_impersonation");
    let client = "51f81489-12ee-4a9e-aaae-a2591f45987d";
    let form = [
        ("grant_type", "password"),
        ("client_id", client),
        ("username", upn),
        ("password", password),
        ("scope", &scope),
    ];
    token(world, &form, "organizations").await
}

pub(super) async fn who_am_i(world: &World, url: &str, token: &str) -> Got {
    let authority = url.strip_prefix("https://").unwrap().trim_end_matches('/');
    let bearer = format!("Bearer {token}");
    world
        .ask(
            "GET",
            authority,
            "/api/data/v9.2/WhoAmI",
            &[("authorization", &bearer)],
            "",
        )
        .await
}

pub(super) fn code(got: &Got) -> String {
    let text = got.json()["error_description"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    text.split(':').next().unwrap_or_default().to_owned()
}
