//! `keyway doctor [TARGET]`: walks the whole way, and names the cause where it breaks.

mod page;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use catalog::Catalog;
use clap::Args;
use client::{Method, Mistake, Outside, Plan, Profile, ProfileName, Target};
use diagnose::{Bundle, Explainer, report::Report};
use evidence::Findings;
use net::Settings;
use page::Page;
use probe::{Account, Case, Wish, World};
use serde_json::{Value, json};
use types::Upn;

use super::auth::how::Who;
use crate::{bundle, context::Context, output::Output, progress::Progress, report::Failure};

/// Walk the whole way to an organization, and name the cause where it breaks
///
/// Looks at everything between this machine and the organization: settings, name, connection, TLS, clock,
/// challenge, sign-in, token, organization, roles (`keyway help probes`). With --page it opens the address as a browser
/// does instead. It only reads, and sends a password once at most.
#[derive(Args)]
pub(crate) struct Doctor {
    /// What to examine: an address, a name, an id, or a profile; the profile in use without it
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// Keep what was seen in a file, without secrets; `keyway explain FILE` tells the same from it again
    #[arg(long, value_name = "FILE.zip", env = "KEYWAY_BUNDLE")]
    bundle: Option<PathBuf>,
    /// The name servers to ask when a name has no address, with commas between them [default: those of
    /// /etc/resolv.conf; Windows has no such file]. Those given here are asked anyway, and compared with this machine's
    /// resolver
    #[arg(long, value_name = "ADDRESS", env = "KEYWAY_NAME_SERVER", value_delimiter = ',', value_parser = name_server)]
    name_server: Vec<SocketAddr>,
    /// The organization's name, for an on-premises address that leaves it out: the corrected address is made with it
    #[arg(long, value_name = "NAME", env = "KEYWAY_ORGANIZATION", value_parser = organization, conflicts_with = "page")]
    organization: Option<String>,
    /// Of a guest who is refused: the address that the invitation was sent to, to be compared with --username
    #[arg(long, value_name = "ADDRESS", requires = "username", env = "KEYWAY_INVITED")]
    invited: Option<Upn>,
    /// What the person wants to do, to see whether their security roles allow it: apps (open model-driven apps),
    /// outlook-client, outlook-app (the app for Outlook), send-as (mail in another's name)
    #[arg(long, value_name = "WISH", env = "KEYWAY_WANTS", value_parser = wish, conflicts_with = "page")]
    wants: Option<&'static Wish>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    page: Page,
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let kept = self.profile(context)?;
        let login = match &kept {
            Some((_, profile)) => profile.authority.clone(),
            None => self.who.authority()?,
        };
        let given = match (&self.target, &kept) {
            (Some(target), None) => target.clone(),
            (_, Some((_, profile))) => profile.organization.url.clone(),
            (None, None) => context.profile()?.1.organization.url,
        };
        if self.page.is_asked() {
            let (findings, settings) = self.page.open(&self, context, (&given, &login)).await?;
            return self.tell(context, &given, settings, findings);
        }
        let mut mistakes = Vec::new();
        let plan = match &kept {
            Some(_) => None,
            None => self.plan(context.output, &given, &login, &mut mistakes)?,
        };
        let progress = Progress::steps();
        let ui = self.who.how.ui(context.output, &progress);
        let account = match (&kept, &plan) {
            (Some((name, profile)), _) => Account::Kept {
                vault: context.vault()?,
                name,
                profile,
            },
            (None, Some(plan)) => Account::Fresh { plan, ui: &ui },
            (None, None) => Account::Nobody,
        };
        let case = Case {
            given: &given,
            login: &login,
            organization: self.organization.as_deref(),
            invited: self.invited.as_ref(),
            wants: self.wants,
            account,
            mistakes,
        };
        let (outside, network) = (context.outside_keeping()?, context.network()?);
        let world = self.world(&outside, &network, &progress);
        let mut findings = probe::examine(&world, &case).await;
        progress.ends();
        findings.scrub(&plan.as_ref().map(secrets).unwrap_or_default());
        self.tell(context, &given, settings(&case, &network), findings)
    }

    fn world<'w>(&self, outside: &'w Outside, network: &'w Settings, watch: &'w Progress) -> World<'w> {
        let name_servers = match self.name_server.is_empty() {
            true => probe::name_servers(),
            false => self.name_server.clone(),
        };
        World {
            outside,
            network,
            name_servers,
            compares: !self.name_server.is_empty(),
            watch,
        }
    }

    /// What was seen, judged, told and kept.
    fn tell(
        &self,
        context: &Context,
        given: &str,
        settings: Value,
        findings: Findings,
    ) -> Result<(), Failure> {
        let explainer = Explainer::new(Catalog::embedded());
        let now = context.now();
        let diagnosis = explainer.examined(&findings, now);
        if let Some(file) = &self.bundle {
            let seen = Bundle {
                subject: given.to_owned(),
                at: now,
                findings,
            };
            bundle::write(file, seen, settings, &diagnosis)?;
        }
        context.output.diagnoses(&[Report {
            subject: given,
            diagnosis: &diagnosis,
        }])
    }

    /// The profile that is examined: the one that was named as the target, or the one in use.
    fn profile(&self, context: &Context) -> Result<Option<(ProfileName, Profile)>, Failure> {
        let Some(target) = &self.target else {
            return context.profile().map(Some);
        };
        let Ok(name) = target.parse::<ProfileName>() else {
            return Ok(None);
        };
        let all = context.profiles()?;
        Ok(all
            .get(&name)
            .ok()
            .map(|(name, profile)| (name.clone(), profile.clone())))
    }

    /// How to sign in, where flags or variables tell; a mistake in them is a finding and no failure.
    fn plan(
        &self,
        output: Output,
        given: &str,
        login: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Result<Option<Plan>, Failure> {
        let how = &self.who.how;
        if !how.is_given() {
            return Ok(None);
        }
        mistakes.extend(how.mistakes());
        if !mistakes.is_empty() {
            return Ok(None);
        }
        let Ok(target) = Target::read(given, login) else {
            return Ok(None);
        };
        let decided = how.decide(None)?;
        let client_id = self.who.client_id(decided.name)?;
        if let Method::Password(upn, _) = &decided.method {
            output.talk(&format!(
                "note: the password of {upn} is sent once at most, to the sign-in service that answers for the organization; \
                 where {upn} may be a Microsoft account, to its own sign-in first, and no further unless it is right there."
            ));
        }
        Ok(Some(Plan {
            target,
            method: decided.method,
            client_id,
            tenant: self.who.tenant.clone(),
            authority: login.to_owned(),
        }))
    }
}

/// `9.9.9.9`, or `127.0.0.1:5353` where the port is another one.
fn name_server(text: &str) -> Result<SocketAddr, String> {
    let with_port = || text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    text.parse()
        .or_else(|_| with_port())
        .map_err(|_| "give the address of a name server: 9.9.9.9".to_owned())
}

/// A unique name, as it stands in an address (facts/organization.md 1.3).
fn organization(text: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !text.is_empty() && text.chars().all(is_name) {
        true => Ok(text.to_owned()),
        false => Err("give the name alone, as it stands in the address: contoso".to_owned()),
    }
}

fn wish(text: &str) -> Result<&'static Wish, String> {
    Wish::ALL.iter().find(|wish| wish.name == text).ok_or_else(|| {
        let all: Vec<String> = Wish::ALL
            .iter()
            .map(|wish| format!("{} ({})", wish.name, wish.about))
            .collect();
        format!("give one of these: {}", all.join(", "))
    })
}

/// What must not be found in anything that is shown or kept.
fn secrets(plan: &Plan) -> Vec<&str> {
    match &plan.method {
        Method::ClientSecret(secret) | Method::Password(_, secret) => vec![secret.expose()],
        Method::Browser(_) | Method::DeviceCode | Method::Certificate(_) => Vec::new(),
    }
}

/// What was asked for, without secrets: names and ids only.
fn settings(case: &Case<'_>, network: &Settings) -> Value {
    let account = match &case.account {
        Account::Nobody => json!({ "signs_in_by": null }),
        Account::Fresh { plan, .. } => json!({
            "signs_in_by": plan.method.name(), "client_id": plan.client_id, "tenant": plan.tenant,
        }),
        Account::Kept { profile, .. } => json!({
            "signs_in_by": profile.method, "client_id": profile.client_id, "tenant": profile.tenant,
        }),
    };
    json!({
        "target": case.given.split('?').next(),
        "authority": case.login,
        "account": account,
        "further_authorities": network.extra_ca.len(),
        "system": std::env::consts::OS,
    })
}

#[cfg(test)]
mod tests {
    use super::name_server;

    #[test]
    fn a_name_server_is_an_address_with_or_without_a_port() {
        for (text, read) in [
            ("9.9.9.9", "9.9.9.9:53"),
            ("2620:fe::fe", "[2620:fe::fe]:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
        ] {
            assert_eq!(name_server(text).unwrap().to_string(), read);
        }
        assert!(name_server("dns.example").unwrap_err().contains("9.9.9.9"));
    }
}
