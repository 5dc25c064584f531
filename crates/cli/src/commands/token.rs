//! `keyway token` and `keyway token inspect`.

use std::io;

use clap::{Args, Subcommand};
use client::{Finding, Inspection, access_token, inspect};
use serde_json::json;
use types::Secret;

use crate::{
    context::Context,
    output::{Output, table},
    report::Failure,
    secrets::first_line,
};

/// Lend an access token of the profile to another program
///
/// Renews it silently where needed; any number of processes may ask at once. Prints JSON: access_token,
/// token_type, expires_on (seconds since 1970, UTC), resource, tenant, profile.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Token {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Print the token alone
    #[arg(long, conflicts_with = "header", env = "KEYWAY_BARE")]
    bare: bool,
    /// Print the header: `Authorization: Bearer …`
    #[arg(long, env = "KEYWAY_HEADER")]
    header: bool,
    /// What the token is for; the profile's organization unless given
    #[arg(long, value_name = "URL", env = "KEYWAY_RESOURCE")]
    resource: Option<String>,
}

#[derive(Subcommand)]
enum Verb {
    /// Say what a token says, and what is wrong with it
    ///
    /// Reads the token from standard input, so that it does not show among the arguments. The signature is
    /// neither checked nor shown: only the resource can judge it.
    Inspect {
        /// The token, or `-` for standard input
        #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
        token: String,
    },
}

impl Token {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self.verb {
            Some(Verb::Inspect { token }) => look(context, token),
            None => self.lend(context).await,
        }
    }

    async fn lend(self, context: &Context) -> Result<(), Failure> {
        let (name, profile) = context.profile()?;
        let (outside, vault) = (context.outside()?, context.vault()?);
        let resource = self
            .resource
            .unwrap_or_else(|| profile.organization.resource.clone());
        let token = context
            .errand(async |steps| access_token(&outside, vault, (&name, &profile), &resource, steps).await)
            .await?;
        let bare = token.token.expose();
        if self.bare {
            return Output::line(bare);
        }
        if self.header {
            return Output::line(&format!("Authorization: Bearer {bare}"));
        }
        let whole = json!({
            "access_token": bare,
            "token_type": "Bearer",
            "expires_on": token.expires_on.seconds(),
            "resource": token.resource,
            "tenant": profile.tenant,
            "profile": name,
        });
        let text = Secret::new(serde_json::to_string_pretty(&whole).unwrap_or_default());
        Output::line(text.expose())
    }
}

fn look(context: &Context, given: String) -> Result<(), Failure> {
    let token = if given == "-" {
        first_line(&mut io::stdin().lock())
            .map_err(|error| Failure::internal("standard input cannot be read", error))?
    } else {
        context
            .output
            .talk("note: arguments can be seen by others on this machine; pipe the token in instead.");
        Secret::new(given)
    };
    // Without a profile the token is judged by itself.
    let profile = context.profile().ok().map(|(_, profile)| profile);
    let resource = profile
        .as_ref()
        .map(|profile| profile.organization.resource.as_str());
    let tenant = profile.as_ref().map(|profile| profile.tenant.as_str());
    let found = inspect(token.expose(), context.now(), resource, tenant).map_err(|what| {
        Failure::usage(
            what,
            "Pipe an access token in: `keyway token --bare | keyway token inspect`.",
        )
    })?;
    context.output.result(&found, || to_text(&found))
}

fn to_text(found: &Inspection) -> String {
    let claim = |name: &str| match found.claims.get(name) {
        None => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let version = found
        .version
        .as_deref()
        .map(|version| format!(", version {version}"))
        .unwrap_or_default();
    let mut out = format!(
        "{} token{version}\n",
        if found.kind == "id token" {
            "id"
        } else {
            found.kind
        }
    );
    out.push_str(&table(&[
        ("for", claim("aud")),
        ("issued by", claim("iss")),
        ("tenant", claim("tid")),
        ("application", [claim("appid"), claim("azp")].concat()),
        (
            "user",
            [claim("upn"), claim("preferred_username")]
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
        ),
        ("object", claim("oid")),
        ("scopes", claim("scp")),
        ("roles", claim("roles")),
        (
            "expires",
            found
                .expires_on
                .map(types::Timestamp::rfc3339_seconds)
                .unwrap_or_default(),
        ),
        (
            "key",
            found
                .header
                .get("kid")
                .and_then(|kid| kid.as_str())
                .unwrap_or_default()
                .to_owned(),
        ),
    ]));
    out.push('\n');
    for finding in &found.findings {
        out.push_str(&match finding {
            Finding::Wrong(text) => format!("wrong: {text}\n"),
            Finding::Note(text) => format!("note:  {text}\n"),
        });
    }
    out.push_str(&format!(
        "\n{}\n",
        serde_json::to_string_pretty(&found.claims).unwrap_or_default()
    ));
    out
}
