//! What an on-premises name is where its shape cannot tell: `https://crmserver.contoso.com` is a server whose
//! organization is missing, or an internet-facing organization called `crmserver`. The deployment is asked, by its
//! federation metadata: they say under which address its federation server knows it, the claims address that all
//! organizations share or the external one of an internet-facing deployment (facts/organization.md 1.3; rows 001-09
//! and 001-10).

use std::time::Duration;

use evidence::{Findings, Kind, Open, Seen};
use types::Form;
use wire::{
    address::OnPremises,
    federation::{METADATA, entity_id},
};

use crate::{Case, Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "deployment",
    about: "whether an on-premises name is a server or an internet-facing organization (its federation metadata)",
    needs: "an on-premises address without an organization",
};

/// Asks the deployment. `false` when there is nothing behind the address: nobody answers, or it is a server's and no
/// organization's.
pub(crate) async fn look(
    world: &World<'_>,
    case: &Case<'_>,
    server: &OnPremises,
    findings: &mut Findings,
) -> bool {
    world.begins(&PROBE);
    let what = "ask the deployment what this name is";
    let asked = format!("{}://{}{METADATA}", server.scheme, server.authority);
    let Some(response) = ask::get(world, &asked, None, findings).await else {
        return false;
    };
    let text = String::from_utf8_lossy(&response.body);
    let known_as = entity_id(&text)
        .filter(|_| response.status.is_success())
        .and_then(|id| {
            let place = id
                .strip_prefix("https://")
                .or_else(|| id.strip_prefix("http://"))?;
            Some(Form::split(place.split('/').next()?).ok()?.0)
        });
    let name = server.host.first_label();
    let (seen, state) = match known_as {
        Some(claims) if claims == server.host => (
            Seen::Failed(format!(
                "{claims} is the deployment's own address, of no organization: the organization's name must follow, \
                 as in {}",
                corrected(case, server)
            )),
            "server-without-organization",
        ),
        Some(external) => (
            Seen::Ok(format!(
                "its federation server knows the deployment as {external}, so {name} is an organization of it"
            )),
            "internet-facing-organization",
        ),
        None => (
            Seen::Skipped(format!(
                "it publishes no federation metadata (HTTP {}), so {name} may be a server or an organization",
                response.status.as_u16()
            )),
            "deployment-silent",
        ),
    };
    let goes_on = !matches!(seen, Seen::Failed(_));
    findings.step(what, seen, Duration::ZERO);
    findings.see(Kind::State, state);
    goes_on
}

/// What would decide, where the deployment was silent and nothing else told.
pub(crate) fn question(case: &Case<'_>, server: &OnPremises) -> Open {
    let (url, name, corrected) = (server.url(), server.host.first_label(), corrected(case, server));
    Open::Question(format!(
        "Is {name} the server or the organization? The shape of {url} does not tell, and the deployment does not say. \
         Open CRM in a browser: if its address goes on with a name, as in {corrected}, give that address here."
    ))
}

/// What was typed with the organization behind it: its name, where a person gave it (row 001-10).
fn corrected(case: &Case<'_>, server: &OnPremises) -> String {
    let named = OnPremises {
        organization: Some(case.organization.unwrap_or("ORGANIZATION").to_owned()),
        ..server.clone()
    };
    named.url()
}
