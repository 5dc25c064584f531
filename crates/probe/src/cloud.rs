//! National clouds: whether a profile's sign-in host is that of the organization's cloud, and whether client libraries
//! take the host.
//!
//! Libraries ask a host that they know itself, and of any other host the worldwide one, before they use it
//! (facts/identity.md 1.9). A program that signs in without them, as here, gets on where they stop.

use std::time::Duration;

use evidence::{Findings, Kind, Seen, Steps};
use net::Request;
use tokio::time::timeout;
use types::{Cloud, Form, Host, RegionTable};
use wire::{
    address::encode,
    challenge::Authority,
    oauth::{InstanceDiscovery, OAuthError},
};

use crate::{Account, Case, Probe, World};

pub(crate) const PROBE: Probe = Probe {
    name: "cloud",
    about: "a profile's sign-in host against the region's cloud; instance discovery, as client libraries ask it",
    needs: "the challenge, or a tenant",
};

/// Looks at the sign-in host of `authority`.
pub(crate) async fn look(world: &World<'_>, case: &Case<'_>, authority: &Authority, findings: &mut Findings) {
    // A federation server of one's own is in no cloud.
    if authority.tenant.eq_ignore_ascii_case("adfs") {
        return;
    }
    world.begins(&PROBE);
    // Whom an organization names itself is right; a profile was written by somebody.
    if let Account::Kept { profile, .. } = &case.account {
        compare(case.given, &profile.authority, findings);
    }
    discover(world, authority, findings).await;
}

/// Host and form of an https address.
fn split(url: &str) -> Option<(Host, Form)> {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    Form::split(rest.split(['/', '?', '#']).next()?).ok()
}

/// The cloud of the organization's region against that of the sign-in host; nothing is asked.
fn compare(given: &str, login: &str, findings: &mut Findings) {
    let regions = RegionTable::default();
    let (Some((organization, _)), Some((host, _))) = (split(given), split(login)) else {
        return;
    };
    let (Some((region, _)), Some(asked)) = (
        regions.of_host(&organization),
        Cloud::of_login_host(host.as_str()),
    ) else {
        return;
    };
    let due = region.cloud.login_host();
    let same = asked.login_host() == due;
    let seen = match same {
        true => Seen::Ok(format!("{organization} and {host} are in the same cloud")),
        false => Seen::Failed(format!(
            "{organization} is in the cloud that signs people in at {due}; {host} is that of another one"
        )),
    };
    findings.step("compare the clouds", seen, Duration::ZERO);
    if !same {
        findings.see(Kind::Setting, "cloud=other");
    }
}

/// Asks whether the host is a sign-in host. That it cannot be asked decides nothing.
async fn discover(world: &World<'_>, authority: &Authority, findings: &mut Findings) {
    let Some((host, form)) = split(&authority.host) else {
        return;
    };
    let known = Cloud::of_login_host(host.as_str()).is_some();
    let at = match known {
        true => authority.host.clone(),
        false => form.dress(&format!("https://{}", Cloud::Commercial.login_host())),
    };
    let endpoint = format!("{}/{}/oauth2/v2.0/authorize", authority.host, authority.tenant);
    let url = format!(
        "{at}/common/discovery/instance?api-version=1.1&authorization_endpoint={}",
        encode(&endpoint)
    );
    let mut steps = Steps::default();
    let request = Request::get(url);
    let asked = world.outside.net.send(&request, &mut steps);
    let what = format!("ask for the sign-in hosts, as client libraries do ({at}/common/discovery/instance)");
    // Nobody waits for it: where only the own sign-in host can be reached, nothing answers here.
    let Ok(answer) = timeout(world.patience(), asked).await else {
        let text = format!("no answer within {} s", world.patience().as_secs_f32());
        return findings.step(&what, Seen::Skipped(text), Duration::ZERO);
    };
    let seen = match &answer {
        Err(error) => Seen::Skipped(format!("it cannot be asked: {error}")),
        Ok(response) if response.status.is_success() => {
            match serde_json::from_slice::<InstanceDiscovery>(&response.body) {
                Ok(found) => Seen::Ok(taken(&host, form, &found)),
                Err(_) => Seen::Skipped("the answer is no list of sign-in hosts".to_owned()),
            }
        }
        Ok(response) => match serde_json::from_slice::<OAuthError>(&response.body) {
            Ok(said) => {
                let text = format!(
                    "{host} is refused: {}. Client libraries use it only with authority validation switched off",
                    said.sentence().unwrap_or(&said.error).trim_end_matches('.')
                );
                findings.step(&what, Seen::Failed(text), Duration::ZERO);
                findings.see(Kind::OAuth, &said.error);
                for code in said.error_codes.iter().copied().chain(said.code()) {
                    findings.see(Kind::Aadsts, &code.to_string());
                }
                return;
            }
            Err(_) => Seen::Skipped(format!("it answers {}", response.status)),
        },
    };
    findings.step(&what, seen, Duration::ZERO);
}

/// What client libraries take the host for.
fn taken(host: &Host, form: Form, found: &InstanceDiscovery) -> String {
    let (name, dressed) = (host.as_str(), form.authority(host));
    let cloud = found.metadata.iter().find(|cloud| {
        let mut aliases = cloud.aliases.iter();
        aliases.any(|alias| alias.eq_ignore_ascii_case(name) || alias.eq_ignore_ascii_case(&dressed))
    });
    match cloud {
        Some(cloud) if cloud.preferred_network == name || cloud.preferred_network == dressed.as_str() => {
            format!("they know {name}")
        }
        Some(cloud) => format!(
            "they know {name}, and ask {} in its place",
            cloud.preferred_network
        ),
        None => format!("they use {name}, and know no other name of it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_is_signed_in_to_in_its_own_cloud() {
        let wrong = |given, login| {
            let mut findings = Findings::default();
            compare(given, login, &mut findings);
            (
                findings.steps.len(),
                findings.facts.get(Kind::Setting, "cloud=other").is_some(),
            )
        };
        let us = "https://contoso.crm.microsoftdynamics.us/";
        for (given, login, told) in [
            (us, "https://login.microsoftonline.us", (1, false)),
            (us, "https://login.usgovcloudapi.net", (1, false)),
            (us, "https://login.microsoftonline.com", (1, true)),
            (
                "https://contoso.crm4.dynamics.com",
                "https://login.windows.net",
                (1, false),
            ),
            // GCC signs in where the worldwide cloud does.
            (
                "contoso.crm9.dynamics.com",
                "https://login.microsoftonline.com",
                (1, false),
            ),
            (
                "https://contoso.crm.dynamics.cn.localhost:8443",
                "https://login.microsoftonline.com.localhost:8443",
                (1, true),
            ),
            (
                "https://crm.contoso.com",
                "https://login.microsoftonline.com",
                (0, false),
            ),
            (us, "https://login.contoso.com", (0, false)),
        ] {
            assert_eq!(wrong(given, login), told, "{given} {login}");
        }
    }
}
