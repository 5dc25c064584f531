//! `keyway auth create` and `keyway auth update`.

use clap::Args;
use client::{ClientError, Connected, KeyKind, Plan, Profile, ProfileName, Profiles, Target, connect};
use serde_json::json;

use super::how::{Decided, How, Who};
use crate::{context::Context, output::table, progress::Progress, report::Failure};

/// Sign in, prove it with WhoAmI, and keep it as a profile
///
/// The organization says by itself who signs people in. Only a WhoAmI that answered makes a profile.
#[derive(Args)]
pub(crate) struct Create {
    /// The organization: its address, its environment's id, its unique name, or a part of its name
    #[arg(
        long,
        visible_alias = "url",
        value_name = "URL, ID OR NAME",
        env = "KEYWAY_ENVIRONMENT"
    )]
    environment: String,
    /// The profile's name; taken from the address unless given
    #[arg(long, value_name = "NAME", env = "KEYWAY_NAME")]
    name: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// Sign in again, or with a new secret, and prove it
///
/// What the flags leave open stays as it was.
#[derive(Args)]
pub(crate) struct Update {
    /// The profile; the one in use unless given
    #[arg(value_name = "NAME")]
    profile_name: Option<String>,
    #[command(flatten)]
    how: How,
}

impl Create {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let authority = self.who.authority()?;
        let target = Target::read(&self.environment, &authority)?;
        let wanted: Option<ProfileName> = self.name.as_deref().map(str::parse).transpose()?;
        if let Some(name) = &wanted
            && context.profiles()?.profiles.contains_key(name)
        {
            return Err(ClientError::ProfileExists(name.to_string()).into());
        }
        let decided = self.who.how.decide(None)?;
        let client_id = self.who.client_id(decided.name)?;
        let tenant = self.who.tenant;
        let plan = |method| Plan {
            target,
            method,
            client_id,
            tenant,
            authority,
        };
        let made = make(context, &self.who.how, decided, plan).await?;
        keep(context, wanted, made)
    }
}

impl Update {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (name, before) = match self.profile_name.as_deref() {
            None => context.profile()?,
            Some(name) => {
                let all = context.profiles()?;
                let (name, profile) = all.get(&name.parse()?)?;
                (name.clone(), profile.clone())
            }
        };
        let decided = self.how.decide(Some(&before))?;
        let plan = |method| Plan {
            target: Target::Url(before.organization.url.clone()),
            method,
            client_id: before.client_id.clone(),
            tenant: Some(before.tenant.clone()),
            authority: before.authority.clone(),
        };
        let mut made = make(context, &self.how, decided, plan).await?;
        // Found by name once, it keeps its names.
        let organization = &mut made.profile.organization;
        organization.friendly_name = organization
            .friendly_name
            .take()
            .or(before.organization.friendly_name);
        organization.unique_name = organization
            .unique_name
            .take()
            .or(before.organization.unique_name);
        let kind = replaced(context, &name, &made).await?;
        tell(context, &name, &made.profile, kind)
    }
}

/// A proven connection and the profile it makes.
struct Made {
    profile: Profile,
    connected: Connected,
}

async fn make(
    context: &Context,
    how: &How,
    decided: Decided,
    plan: impl FnOnce(client::Method) -> Plan,
) -> Result<Made, Failure> {
    let Decided {
        method,
        name,
        key_file,
        certificate_file,
        rs256,
        redirect_uri,
    } = decided;
    // Before the person is sent through a sign-in: is there a place for what comes of it?
    context.vault()?.prepare()?;
    let plan = plan(method);
    let outside = context.outside()?;
    let ui = how.ui(context.output, &Progress::none());
    let connected = context
        .errand(async |steps| connect(&outside, &plan, &ui, steps).await)
        .await?;
    let profile = Profile {
        method: name,
        client_id: plan.client_id,
        authority: connected.authority.host.clone(),
        tenant: connected.authority.tenant.clone(),
        account: connected.account.clone(),
        user_id: connected.who.user_id,
        connected_at: connected.at,
        key_file,
        certificate_file,
        rs256,
        redirect_uri,
        organization: connected.organization.clone(),
    };
    Ok(Made { profile, connected })
}

/// Keeps a new profile and selects it.
fn keep(context: &Context, wanted: Option<ProfileName>, made: Made) -> Result<(), Failure> {
    let vault = context.vault()?;
    let Made { profile, connected } = made;
    let name = Profiles::change(&context.config_dir()?, |all| {
        let name = wanted.unwrap_or_else(|| all.free_name(&profile.organization.url));
        if all.profiles.contains_key(&name) {
            return Err(ClientError::ProfileExists(name.to_string()));
        }
        // Secrets first: a profile without them would be a promise.
        vault.write(&name, &connected.secrets)?;
        all.profiles.insert(name.clone(), profile.clone());
        all.selected = Some(name.clone());
        Ok(name)
    })?;
    tell(context, &name, &profile, vault.kind())
}

/// Puts a renewed profile in the place of the old one.
async fn replaced(context: &Context, name: &ProfileName, made: &Made) -> Result<KeyKind, Failure> {
    let vault = context.vault()?;
    // Nobody renews the old tokens while the new ones are put in their place.
    let _lock = vault.lock(name).await?;
    Profiles::change(&context.config_dir()?, |all| {
        if !all.profiles.contains_key(name) {
            return Err(all.missing(name));
        }
        vault.write(name, &made.connected.secrets)?;
        all.profiles.insert(name.clone(), made.profile.clone());
        Ok(())
    })?;
    Ok(vault.kind())
}

fn tell(context: &Context, name: &ProfileName, profile: &Profile, kind: KeyKind) -> Result<(), Failure> {
    let organization = &profile.organization;
    let json = json!({
        "profile": name,
        "connected_at": profile.connected_at.rfc3339_seconds(),
        "account": profile.account,
        "method": profile.method,
        "tenant": profile.tenant,
        "client_id": profile.client_id,
        "user_id": profile.user_id,
        "organization": organization,
        "secrets": kind,
    });
    context.output.result(&json, || {
        let sealed = match kind {
            KeyKind::Keychain => "the system's keychain",
            KeyKind::PassPhrase => "a pass phrase",
        };
        let title = organization
            .friendly_name
            .as_deref()
            .unwrap_or("the organization");
        format!(
            "Connected to {title}: WhoAmI answered at {}.\n{}",
            profile.connected_at.rfc3339_seconds(),
            table(&[
                ("profile", name.to_string()),
                ("address", organization.url.clone()),
                ("account", profile.account.clone()),
                ("signs in by", profile.method.to_string()),
                ("tenant", profile.tenant.clone()),
                ("user", profile.user_id.to_string()),
                ("organization", organization.id.to_string()),
                ("secrets sealed by", sealed.to_owned()),
            ])
        )
    })
}
