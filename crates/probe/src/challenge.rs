//! The organization's answer to nobody: a 401 that says who signs people in (facts/organization.md 3.2).

use std::time::Duration;

use evidence::{Findings, Kind, Open, Seen};
use http::StatusCode;
use net::Response;
use wire::{
    address::WEB_API,
    challenge::{Authority, BadChallenge, Challenge},
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
    findings.step(
        "choose what to ask",
        Seen::Ok(format!("the Web API, without a token: {asked}")),
        Duration::ZERO,
    );
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
    let (why, schemes) = match read(&response, url) {
        Ok(entrance) => return Some(told("the Web API", entrance, findings)),
        Err(failed) => failed,
    };
    let windows = schemes
        .iter()
        .any(|scheme| ["ntlm", "negotiate"].contains(&scheme.to_ascii_lowercase().as_str()));
    let offers = if schemes.is_empty() {
        String::new()
    } else {
        format!("; it offers {}", schemes.join(", "))
    };
    let what = "read the challenge of the Web API";
    if windows {
        findings.step(what, Seen::Failed(format!("{why}{offers}")), Duration::ZERO);
        findings.see(Kind::Http, "windows-authentication");
        findings.open = Some(Open::Unmeasured(
            "The server answers and wants Windows authentication, which cannot be tried from here."
                .to_owned(),
        ));
        return None;
    }
    findings.step(what, Seen::Skipped(format!("{why}{offers}")), Duration::ZERO);
    by_soap(world, url, findings).await
}

/// The same from the SOAP endpoint, for a deployment whose Web API does not say it.
async fn by_soap(world: &World<'_>, url: &str, findings: &mut Findings) -> Option<Entrance> {
    let asked = format!("{}{SOAP}", url.trim_end_matches('/'));
    let response = ask::get(world, &asked, None, findings).await?;
    match read(&response, url) {
        Ok(entrance) if response.status == StatusCode::UNAUTHORIZED => {
            Some(told("the SOAP endpoint", entrance, findings))
        }
        _ => {
            let text = "neither the Web API nor the SOAP endpoint says who signs people in".to_owned();
            findings.step("read the challenge", Seen::Failed(text), Duration::ZERO);
            findings.see(Kind::Http, "no-challenge");
            None
        }
    }
}

/// Where the SOAP endpoint answers like the Web API (facts/organization.md 3.2).
const SOAP: &str = "/XRMServices/2011/Organization.svc/web?SdkClientVersion=9.2";

fn told(source: &str, entrance: Entrance, findings: &mut Findings) -> Entrance {
    let Authority { host, tenant } = &entrance.authority;
    let text = format!(
        "{host}/{tenant} signs people in, for {}; {source} says so",
        entrance.resource
    );
    findings.step("read the challenge", Seen::Ok(text), Duration::ZERO);
    entrance
}

/// The challenge in an answer; else why it cannot be followed, and the schemes that are offered instead.
fn read(response: &Response, url: &str) -> Result<Entrance, (BadChallenge, Vec<String>)> {
    let headers: Vec<&str> = response
        .headers
        .get_all("www-authenticate")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let found = Challenge::find(headers.iter().copied());
    match found.and_then(|challenge| Ok((challenge.authority()?, challenge.resource_id))) {
        Ok((authority, resource)) => Ok(Entrance {
            authority,
            resource: resource.unwrap_or_else(|| format!("{}/", url.trim_end_matches('/'))),
        }),
        Err(why) => {
            let schemes = headers
                .iter()
                .filter_map(|line| line.split([' ', ',']).next().map(ToOwned::to_owned));
            Err((why, schemes.collect()))
        }
    }
}
