//! The organization's answer to nobody: a 401 that says who signs people in (facts/organization.md 3.2).

use evidence::{Findings, Kind, Open, Seen};
use std::time::Duration;

use http::StatusCode;
use wire::{
    address::WEB_API,
    challenge::{Authority, Challenge},
};

use crate::{Probe, World, ask, redirect};

pub(crate) const PROBE: Probe = Probe {
    name: "challenge",
    about: "whether an organization answers, and whom it names for signing in",
    needs: "a connection",
};

/// What the organization said.
pub(crate) struct Entrance {
    /// Who signs people in.
    pub(crate) authority: Authority,
    /// What tokens must be for.
    pub(crate) resource: String,
}

/// Asks the organization at `url` without a token.
pub(crate) async fn ask(world: &World<'_>, url: &str, findings: &mut Findings) -> Option<Entrance> {
    world.begins(&PROBE);
    let asked = format!("{}{WEB_API}WhoAmI", url.trim_end_matches('/'));
    findings.see(Kind::Url, "web-api");
    let response = ask::get(world, &asked, None, findings).await?;
    if response.status.is_redirection() {
        redirect::follow(world, &asked, &response, findings).await;
        return None;
    }
    if response.status != StatusCode::UNAUTHORIZED {
        let text = format!("it answers {} where 401 is due", response.status);
        findings.step("read the challenge", Seen::Failed(text), Duration::ZERO);
        // A 404 here is no refusal of anything: there is no organization of this name to refuse.
        if response.status == StatusCode::NOT_FOUND {
            findings.see(Kind::State, "no-such-organization");
        }
        ask::refused(&response, findings);
        return None;
    }
    let headers: Vec<&str> = response
        .headers
        .get_all("www-authenticate")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let found = Challenge::find(headers.iter().copied());
    match found.and_then(|challenge| Ok((challenge.authority()?, challenge.resource_id))) {
        Ok((authority, resource)) => {
            let resource = resource.unwrap_or_else(|| format!("{}/", url.trim_end_matches('/')));
            let text = format!(
                "{}/{} signs people in, for {resource}",
                authority.host, authority.tenant
            );
            findings.step("read the challenge", Seen::Ok(text), Duration::ZERO);
            Some(Entrance { authority, resource })
        }
        Err(why) => {
            let schemes: Vec<&str> = headers
                .iter()
                .filter_map(|line| line.split([' ', ',']).next())
                .collect();
            let offers = if schemes.is_empty() {
                String::new()
            } else {
                format!("; it offers {}", schemes.join(", "))
            };
            findings.step(
                "read the challenge",
                Seen::Failed(format!("{why}{offers}")),
                Duration::ZERO,
            );
            let windows = schemes
                .iter()
                .any(|scheme| ["ntlm", "negotiate"].contains(&scheme.to_ascii_lowercase().as_str()));
            if windows {
                findings.see(Kind::Http, "windows-authentication");
                findings.open = Some(Open::Unmeasured(
                    "The server answers and wants Windows authentication, which cannot be tried from here."
                        .to_owned(),
                ));
            } else {
                findings.see(Kind::Http, "no-challenge");
            }
            None
        }
    }
}
