//! Microsoft accounts: sign up, verify the address, ask for another link.

use directory::SignUp;
use serde::Deserialize;
use serde_json::json;
use types::{Secret, TenantId};
use wire::Answer;

use super::{
    Asked, accounts, created, ok,
    people::{secret, upn},
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    address: String,
    name: String,
    #[serde(deserialize_with = "secret")]
    password: Secret,
}

/// A new Microsoft account.
pub(crate) async fn sign_up(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let new: New = asked.json()?;
    let asked_for = SignUp {
        address: upn(&new.address)?,
        name: new.name,
        password: new.password,
    };
    let account = asked.people().sign_up(&asked_for, &*asked.state.clock).await?;
    created(&accounts::shown(&account)?)
}

/// The same for every address: a mail is on its way to its owner, or none is needed.
pub(crate) async fn request(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let new: New = asked.json()?;
    let asked_for = SignUp {
        address: upn(&new.address)?,
        name: new.name,
        password: new.password,
    };
    let mailed = asked
        .people()
        .request_account(&asked_for, &*asked.state.clock)
        .await?;
    ok(&json!({ "address": asked_for.address, "mailed": mailed }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    address: String,
}

/// Another link.
pub(crate) async fn send(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Address { address } = asked.json()?;
    let tenant = asked
        .state
        .store
        .view::<directory::Tenant>(TenantId::CONSUMERS)
        .await?;
    let account = accounts::find(&tenant, &address)?;
    asked
        .people()
        .send_verification(account.id, &*asked.state.clock)
        .await?;
    ok(&json!({ "sent_to": account.upn }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    #[serde(deserialize_with = "secret")]
    token: Secret,
}

/// Follows a link.
pub(crate) async fn redeem(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Token { token } = asked.json()?;
    let account = asked.people().verify(&token, &*asked.state.clock).await?;
    ok(&accounts::shown(&account)?)
}
