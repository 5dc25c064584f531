//! Passwords: change, forget, reset; and who can help.

use directory::{Gates, Tenant};
use serde::Deserialize;
use serde_json::json;
use types::Secret;
use wire::Answer;

use super::{
    Asked, accounts, ok,
    people::{secret, upn},
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(deserialize_with = "secret")]
    current: Secret,
    #[serde(deserialize_with = "secret")]
    new: Secret,
}

/// By who knows it.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let Change { current, new } = asked.json()?;
    let changed = asked
        .people()
        .change_password(tenant, account, (&current, &new), &*asked.state.clock)
        .await?;
    ok(&accounts::shown(&changed)?)
}

/// By an administrator: a temporary password.
pub(crate) async fn by_administrator(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let password = asked
        .people()
        .reset_by_administrator(tenant, account, &*asked.state.clock)
        .await?;
    ok(&json!({ "temporary_password": password.expose() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    user: String,
}

/// By who forgot it: a link by mail, where the rules allow it.
pub(crate) async fn request(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let User { user } = asked.json()?;
    let (tenant, account) = asked.named(&user).await?;
    let gates = asked
        .people()
        .request_reset(tenant, account.id, &*asked.state.clock)
        .await?;
    ok(&json!({ "gates": gates, "sent_to": masked(account.mail_address()) }))
}

/// The same for every name.
pub(crate) async fn forgot(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let User { user } = asked.json()?;
    let tenant = asked.tenant().await?;
    asked
        .people()
        .forgot_password(tenant, &upn(&user)?, &*asked.state.clock)
        .await?;
    ok(&json!({ "user": user }))
}

/// As much of an address as its owner needs to know it by.
fn masked(address: &str) -> String {
    let (name, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(2).collect();
    format!("{first}*****@{domain}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    #[serde(deserialize_with = "secret")]
    token: Secret,
}

/// What a link is for.
pub(crate) async fn read(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Token { token } = asked.json()?;
    let link = asked.people().reset_link(&token, &*asked.state.clock).await?;
    ok(
        &json!({ "user": link.user, "tenant": link.tenant, "gates": link.gates, "code": link.gates == Gates::Two }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Complete {
    #[serde(deserialize_with = "secret")]
    token: Secret,
    #[serde(deserialize_with = "secret")]
    password: Secret,
    #[serde(default)]
    code: Option<String>,
}

/// Sets the new one.
pub(crate) async fn complete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Complete {
        token,
        password,
        code,
    } = asked.json()?;
    let account = asked
        .people()
        .complete_reset(&token, &password, code.as_deref(), &*asked.state.clock)
        .await?;
    ok(&accounts::shown(&account)?)
}

/// Who can help.
pub(crate) async fn administrators(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    ok(&json!({ "tenant": tenant.settings.name, "administrators": tenant.administrators() }))
}
