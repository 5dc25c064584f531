//! `keyway org list|select|who`.

use clap::{Args, Subcommand};
use client::{
    ClientError, Organization, Profile, ProfileName, Profiles, Role, discovery_token, instances, pick,
    prove_profile, roles,
};
use evidence::Steps;
use serde_json::json;
use wire::instance::Instance;

use crate::{
    context::Context,
    output::{columns, table},
    report::Failure,
};

/// The organizations an account may enter
#[derive(Subcommand)]
pub(crate) enum Org {
    /// Every organization that global discovery lists for the profile's account
    List(List),
    /// Point the profile at another organization, once WhoAmI answers there
    Select(Select),
    /// Who the profile is in its organization, and with which security roles
    Who,
}

/// Every organization that global discovery lists for the profile's account
#[derive(Args)]
pub(crate) struct List {
    /// Only those whose name or address contains this
    #[arg(long, value_name = "TEXT", env = "KEYWAY_FILTER")]
    filter: Option<String>,
}

/// Point the profile at another organization, once WhoAmI answers there
#[derive(Args)]
pub(crate) struct Select {
    /// Its environment's id, its unique name, its address, or a part of its name
    #[arg(value_name = "ID, NAME OR URL")]
    wanted: String,
}

impl Org {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Select(select) => select.run(context).await,
            Self::Who => who(context).await,
        }
    }
}

/// What global discovery lists for a profile.
async fn discovered(context: &Context, profile: (&ProfileName, &Profile)) -> Result<Vec<Instance>, Failure> {
    let (outside, vault) = (context.outside()?, context.vault()?);
    context
        .errand(async |steps: &mut Steps| {
            let (token, host) = discovery_token(&outside, vault, profile, steps).await?;
            instances(&outside, &host, &token.token, steps).await
        })
        .await
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let (name, profile) = context.profile()?;
        let mut found = discovered(context, (&name, &profile)).await?;
        if let Some(filter) = self.filter.map(|filter| filter.to_lowercase()) {
            found.retain(|i| {
                [&i.friendly_name, &i.unique_name, &i.url]
                    .iter()
                    .any(|text| text.to_lowercase().contains(&filter))
            });
        }
        context.output.result(&found, || to_text(&found, &profile))
    }
}

fn to_text(found: &[Instance], profile: &Profile) -> String {
    if found.is_empty() {
        return format!(
            "Global discovery lists no organization for {}. That is no error: the account may be disabled there,\n\
             outside the environment's security group, or an application, which discovery does not list.",
            profile.account
        );
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|i| {
            let mark = if i.id == profile.organization.id { "*" } else { "" };
            let state = if i.is_enabled() { "enabled" } else { "disabled" };
            vec![
                mark.to_owned(),
                i.friendly_name.clone(),
                i.unique_name.clone(),
                i.url.clone(),
                i.region.clone(),
                i.version.clone(),
                state.to_owned(),
            ]
        })
        .collect();
    columns(
        &["", "NAME", "UNIQUE NAME", "ADDRESS", "REGION", "VERSION", "STATE"],
        &rows,
    )
}

impl Select {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let (name, mut profile) = context.profile()?;
        let all = discovered(context, (&name, &profile)).await?;
        let instance = pick(&all, &self.wanted)?;
        let (outside, vault) = (context.outside()?, context.vault()?);
        let organization = (instance.url.as_str(), instance.url.as_str());
        let (_, who, at) = context
            .errand(async |steps| {
                prove_profile(&outside, vault, (&name, &profile), organization, steps).await
            })
            .await?;
        profile.organization = Organization {
            url: instance.url.clone(),
            resource: instance.url.clone(),
            id: who.organization_id,
            friendly_name: Some(instance.friendly_name.clone()),
            unique_name: Some(instance.unique_name.clone()),
        };
        (profile.user_id, profile.connected_at) = (who.user_id, at);
        Profiles::change(&context.config_dir()?, |all| {
            let missing = all.missing(&name);
            *all.profiles.get_mut(&name).ok_or(missing)? = profile.clone();
            Ok(())
        })?;
        let json = json!({"profile": name, "organization": profile.organization, "connected_at": at.rfc3339_seconds()});
        context.output.result(&json, || {
            format!(
                "{name} now connects to {} ({}): WhoAmI answered at {}.",
                instance.friendly_name,
                instance.url,
                at.rfc3339_seconds()
            )
        })
    }
}

async fn who(context: &Context) -> Result<(), Failure> {
    let (name, profile) = context.profile()?;
    let (outside, vault) = (context.outside()?, context.vault()?);
    let organization = &profile.organization;
    let (who, at, roles) = context
        .errand(async |steps| {
            let place = (organization.url.as_str(), organization.resource.as_str());
            let (token, who, at) = prove_profile(&outside, vault, (&name, &profile), place, steps).await?;
            let roles = match roles(&outside, &organization.url, who.user_id, &token.token, steps).await {
                // Who may not read roles may still be connected.
                Err(ClientError::Organization(refusal)) if refusal.status == 403 => {
                    Err(refusal.message.clone())
                }
                other => Ok(other?),
            };
            Ok((who, at, roles))
        })
        .await?;
    let json = json!({
        "profile": name,
        "account": profile.account,
        "organization": organization,
        "organization_id": who.organization_id,
        "user_id": who.user_id,
        "business_unit_id": who.business_unit_id,
        "roles": roles.as_ref().ok(),
        "connected_at": at.rfc3339_seconds(),
    });
    let listed = match &roles {
        Ok(roles) if roles.is_empty() => "none of its own (a team may give some)".to_owned(),
        Ok(roles) => roles
            .iter()
            .map(|Role { name, .. }| name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        Err(why) => format!("may not be read: {why}"),
    };
    context.output.result(&json, || {
        format!(
            "Connected: WhoAmI answered at {}.\n{}",
            at.rfc3339_seconds(),
            table(&[
                (
                    "organization",
                    organization.friendly_name.clone().unwrap_or_default()
                ),
                ("address", organization.url.clone()),
                ("organization id", who.organization_id.to_string()),
                ("account", profile.account.clone()),
                ("user id", who.user_id.to_string()),
                ("business unit id", who.business_unit_id.to_string()),
                ("security roles", listed),
            ])
        )
    })
}
