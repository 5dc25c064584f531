//! The proof: WhoAmI.

use client::WhoAmI;
use evidence::{Findings, Kind};
use types::Secret;
use wire::address::WEB_API;

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "organization",
    about: "WhoAmI, which proves the connection",
    needs: "a token",
};

/// Calls WhoAmI.
pub(crate) async fn who(
    world: &World<'_>,
    url: &str,
    token: &Secret,
    findings: &mut Findings,
) -> Option<WhoAmI> {
    world.begins(&PROBE);
    let asked = format!("{}{WEB_API}WhoAmI", url.trim_end_matches('/'));
    let response = ask::get(world, &asked, Some(token), findings).await?;
    if response.status.is_success() {
        if let Ok(who) = serde_json::from_slice(&response.body) {
            return Some(who);
        }
        findings.see(Kind::Http, "garbled");
    }
    ask::refused(&response, findings);
    None
}
