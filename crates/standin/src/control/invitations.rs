//! Invitations: invite someone, accept as who was invited.

use directory::Invite;
use organization::Organizations;
use serde::Deserialize;
use types::{Form, Secret};
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
    /// The unique name of the organization to go to.
    #[serde(default)]
    organization: Option<String>,
}

/// Invites.
pub(crate) async fn invite(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: New = asked.json()?;
    let organization = match &new.organization {
        None => None,
        Some(name) => {
            let all = asked.state.store.view::<Organizations>(tenant).await?;
            let found = all
                .iter()
                .find(|one| one.record.unique_name.eq_ignore_ascii_case(name))
                .ok_or_else(|| {
                    Problem::not_found(format!("there is no organization `{name}` in this tenant"))
                })?;
            Some((found.record.name.clone(), Form::True.url(&found.record.host, "/")))
        }
    };
    let invite = Invite {
        address: upn(&new.address)?,
        name: new.name,
        organization,
    };
    let account = asked
        .people()
        .invite(tenant, &invite, &*asked.state.clock)
        .await?;
    created(&accounts::shown(&account)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    #[serde(deserialize_with = "secret")]
    token: Secret,
    /// Who signed in.
    address: String,
}

/// Accepts.
pub(crate) async fn accept(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Accept { token, address } = asked.json()?;
    let account = asked
        .people()
        .accept_invitation(&token, &upn(&address)?, &*asked.state.clock)
        .await?;
    ok(&accounts::shown(&account)?)
}
