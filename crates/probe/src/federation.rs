//! A domain whose users sign in at a server of their own: where it is, and whether it can be reached.

use std::time::Duration;

use evidence::{Findings, Kind, Open, Seen};
use types::Upn;
use wire::oauth::UserRealm;

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "federation",
    about: "the federation server's WS-Trust document",
    needs: "a user name in a federated domain",
};

/// Looks at the federation server of a user whom Entra does not sign in itself.
pub(crate) async fn look(
    world: &World<'_>,
    login: &str,
    upn: &Upn,
    realm: &UserRealm,
    findings: &mut Findings,
) {
    world.begins(&PROBE);
    let named = &realm.federation_metadata_url;
    let metadata = named.as_ref().or(realm.federation_active_auth_url.as_ref());
    let Some(metadata) = metadata.filter(|url| url.starts_with("https://")) else {
        let text = "it names no https address for WS-Trust".to_owned();
        findings.step("find the federation server", Seen::Failed(text), Duration::ZERO);
        findings.see(Kind::Http, "federation-without-metadata");
        return;
    };
    // The stand-in's answers lead to the stand-in, also where they name a true host.
    let form = types::Form::split(login.trim_start_matches("https://"));
    let metadata = form.map_or_else(
        |_| metadata.clone(),
        |(_, form)| form.dress(&types::Form::undress(metadata)),
    );
    let text = format!("{} signs its users in at {}", upn.domain(), shown(&metadata));
    findings.step("find the federation server", Seen::Ok(text), Duration::ZERO);
    let Some(response) = ask::get(world, &metadata, None, findings).await else {
        findings.see(Kind::Http, "federation-unreachable");
        return;
    };
    if !response.status.is_success() {
        ask::refused(&response, findings);
        findings.see(Kind::Http, "federation-metadata-refused");
        return;
    }
    let text = String::from_utf8_lossy(&response.body);
    for (mark, value, offer) in [
        ("usernamemixed", "username-endpoint", "user name and password"),
        ("windowstransport", "windows-endpoint", "Windows sign-in"),
    ] {
        let there = text.to_ascii_lowercase().contains(mark);
        let seen = format!(
            "{} {offer}",
            if there { "it offers" } else { "it does not offer" }
        );
        findings.step(
            "read the federation server's document",
            Seen::Ok(seen),
            Duration::ZERO,
        );
        if there {
            findings.see(Kind::Http, &format!("federation-{value}"));
        }
    }
    findings.open = Some(Open::Unmeasured(format!(
        "The users of {} sign in at their own federation server, which answers. A password cannot be tried through it \
         from here; sign in with the browser.",
        upn.domain()
    )));
}

fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
