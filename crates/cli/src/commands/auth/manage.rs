//! `keyway auth list|select|who|name|delete|clear`.

use std::io::{self, BufRead, IsTerminal};

use clap::Args;
use client::{ClientError, Profile, ProfileName, Profiles, prove_profile};
use serde_json::json;

use crate::{
    context::Context,
    output::{columns, table},
    report::Failure,
};

/// The profiles there are.
pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let all = context.profiles()?;
    let in_use = context.profile().ok().map(|(name, _)| name);
    let json: Vec<_> = all
        .profiles
        .iter()
        .map(|(name, profile)| describe(name, profile, all.selected.as_ref()))
        .collect();
    context.output.result(&json, || {
        if all.profiles.is_empty() {
            return "There are no profiles. Make one with `keyway auth create`.".to_owned();
        }
        let rows: Vec<Vec<String>> = all
            .profiles
            .iter()
            .map(|(name, profile)| {
                let mark = if in_use.as_ref() == Some(name) { "*" } else { "" };
                vec![
                    mark.to_owned(),
                    name.to_string(),
                    profile.account.clone(),
                    profile.method.to_string(),
                    profile.organization.url.clone(),
                    profile.connected_at.rfc3339_seconds(),
                ]
            })
            .collect();
        columns(
            &[
                "",
                "PROFILE",
                "ACCOUNT",
                "SIGNS IN BY",
                "ORGANIZATION",
                "LAST PROVED",
            ],
            &rows,
        )
    })
}

fn describe(name: &ProfileName, profile: &Profile, selected: Option<&ProfileName>) -> serde_json::Value {
    json!({
        "profile": name,
        "selected": selected == Some(name),
        "account": profile.account,
        "method": profile.method,
        "tenant": profile.tenant,
        "client_id": profile.client_id,
        "organization": profile.organization,
        "connected_at": profile.connected_at.rfc3339_seconds(),
    })
}

/// Chooses the profile that counts when nothing else does.
pub(super) fn select(context: &Context, name: &str) -> Result<(), Failure> {
    let name: ProfileName = name.parse()?;
    Profiles::change(&context.config_dir()?, |all| {
        let found = all.get(&name)?.0.clone();
        all.selected = Some(found);
        Ok(())
    })?;
    context
        .output
        .result(&json!({"selected": name}), || format!("Selected {name}."))?;
    if let (asked, project) = context.asked_profile()?
        && let Some(other) = asked
            .map(ToOwned::to_owned)
            .or(project.map(|project| project.to_string()))
        && other != name.to_string()
    {
        context.output.talk(&format!(
            "note: here, `{other}` counts (--profile, KEYWAY_PROFILE or .keyway.toml)."
        ));
    }
    Ok(())
}

/// Who the profile is, proved by a new WhoAmI
#[derive(Args)]
pub(crate) struct Who {
    /// Say what is kept and call nobody
    #[arg(long, env = "KEYWAY_OFFLINE")]
    offline: bool,
}

impl Who {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (name, mut profile) = context.profile()?;
        if !self.offline {
            let (outside, vault) = (context.outside()?, context.vault()?);
            let organization = (
                profile.organization.url.as_str(),
                profile.organization.resource.as_str(),
            );
            let (_, who, at) = context
                .errand(async |steps| {
                    prove_profile(&outside, vault, (&name, &profile), organization, steps).await
                })
                .await?;
            (profile.user_id, profile.connected_at) = (who.user_id, at);
            Profiles::change(&context.config_dir()?, |all| {
                if let Some(kept) = all.profiles.get_mut(&name) {
                    (kept.user_id, kept.connected_at) = (who.user_id, at);
                }
                Ok(())
            })?;
        }
        let mut json = describe(&name, &profile, None);
        json["user_id"] = json!(profile.user_id);
        json["proved"] = json!(!self.offline);
        if let Some(members) = json.as_object_mut() {
            members.remove("selected");
        }
        context
            .output
            .result(&json, || to_text(&name, &profile, self.offline))
    }
}

fn to_text(name: &ProfileName, profile: &Profile, offline: bool) -> String {
    let at = profile.connected_at.rfc3339_seconds();
    let first = if offline {
        format!("Last proved at {at}; nobody was asked now.")
    } else {
        format!("Connected: WhoAmI answered at {at}.")
    };
    let organization = &profile.organization;
    let rows = table(&[
        ("profile", name.to_string()),
        ("account", profile.account.clone()),
        ("signs in by", profile.method.to_string()),
        ("application", profile.client_id.clone()),
        ("tenant", profile.tenant.clone()),
        ("sign-in service", profile.authority.clone()),
        (
            "organization",
            organization.friendly_name.clone().unwrap_or_default(),
        ),
        ("address", organization.url.clone()),
        ("organization id", organization.id.to_string()),
        ("user id", profile.user_id.to_string()),
    ]);
    format!("{first}\n{rows}")
}

/// Give a profile another name
#[derive(Args)]
pub(crate) struct Rename {
    /// The name it has
    #[arg(value_name = "OLD")]
    old: String,
    /// The name it gets
    #[arg(value_name = "NEW")]
    new: String,
}

impl Rename {
    pub(crate) fn run(self, context: &Context) -> Result<(), Failure> {
        let (old, new): (ProfileName, ProfileName) = (self.old.parse()?, self.new.parse()?);
        let vault = context.vault()?;
        Profiles::change(&context.config_dir()?, |all| {
            if all.profiles.contains_key(&new) {
                return Err(ClientError::ProfileExists(new.to_string()));
            }
            let profile = all.get(&old)?.1.clone();
            vault.rename(&old, &new)?;
            all.profiles.remove(&old);
            all.profiles.insert(new.clone(), profile);
            if all.selected.as_ref() == Some(&old) {
                all.selected = Some(new.clone());
            }
            Ok(())
        })?;
        context.output.result(&json!({"profile": new, "was": old}), || {
            format!("{old} is now {new}.")
        })
    }
}

/// Forgets one profile and its secrets.
pub(super) fn delete(context: &Context, name: &str) -> Result<(), Failure> {
    let name: ProfileName = name.parse()?;
    let vault = context.vault()?;
    Profiles::change(&context.config_dir()?, |all| {
        all.get(&name)?;
        vault.remove(&name)?;
        all.profiles.remove(&name);
        all.selected = all.selected.take().filter(|selected| *selected != name);
        Ok(())
    })?;
    context.output.result(&json!({"deleted": [name]}), || {
        format!("Forgot {name} and its secrets.")
    })
}

/// Forget all profiles and their secrets
#[derive(Args)]
pub(crate) struct Clear {
    /// Do not ask
    #[arg(long, short, env = "KEYWAY_YES")]
    yes: bool,
}

impl Clear {
    pub(crate) fn run(self, context: &Context) -> Result<(), Failure> {
        let count = context.profiles()?.profiles.len();
        if count > 0 && !self.yes && !confirmed(context, count)? {
            return Err(Failure::usage(
                "nothing was forgotten",
                "Give --yes to forget all profiles without being asked.",
            ));
        }
        let vault = context.vault()?;
        let gone = Profiles::change(&context.config_dir()?, |all| {
            for name in all.profiles.keys() {
                vault.remove(name)?;
            }
            all.selected = None;
            Ok(std::mem::take(&mut all.profiles))
        })?;
        let names: Vec<&ProfileName> = gone.keys().collect();
        context.output.result(&json!({"deleted": names}), || {
            format!("Forgot {} profiles and their secrets.", names.len())
        })
    }
}

fn confirmed(context: &Context, count: usize) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    context
        .output
        .talk(&format!("Forget {count} profiles and their secrets? Type yes:"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::internal("the terminal cannot be read", error))?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
