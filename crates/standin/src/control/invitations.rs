//! Invitations: invite someone, accept as who was invited.

use directory::{Invite, licenses::social_engagement};
use organization::Organizations;
use serde::Deserialize;
use types::{Form, Secret, TenantId};
use wire::Answer;

use super::{
    Asked, accounts, created, done, ok,
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
        Some(name) => Some(place(asked, tenant, name).await?),
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

/// What people call an organization, and its direct address.
async fn place(asked: &Asked<'_>, tenant: TenantId, name: &str) -> Result<(String, String), Problem> {
    let all = asked.state.store.view::<Organizations>(tenant).await?;
    let record = &super::organizations::find(&all, name)?.record;
    Ok((record.name.clone(), Form::True.url(&record.host, "/")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    /// The organization, by unique name; without it the address of Social Engagement is sent.
    #[serde(default)]
    organization: Option<String>,
}

/// Mails somebody of the tenant the direct address of an organization, or of Social Engagement.
pub(crate) async fn send_address(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let wanted: Address = asked.json()?;
    let (title, url) = match &wanted.organization {
        Some(name) => place(asked, tenant, name).await?,
        None => (
            "Microsoft Social Engagement".to_owned(),
            social_engagement(tenant),
        ),
    };
    let service = (title.as_str(), url.as_str());
    asked
        .people()
        .send_address(tenant, account, service, &*asked.state.clock)
        .await?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    #[serde(deserialize_with = "secret")]
    token: Secret,
}

/// Who it is for, and where it leads.
pub(crate) async fn read(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Token { token } = asked.json()?;
    ok(&asked.people().invitation(&token, &*asked.state.clock).await?)
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
