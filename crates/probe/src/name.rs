//! Name look-up, closer: why a name has no address.

use evidence::{Findings, Kind, Seen};
use tokio::{net::lookup_host, time::timeout};
use types::Stopwatch;

use crate::{LOOK, Probe, World, observe};

pub(crate) const PROBE: Probe = Probe {
    name: "name",
    about: "name look-up: no such name, no address, nobody who answers",
    needs: "an address",
};

/// Looks up the name that everybody's resolver knows to tell a missing name from a missing resolver.
pub(crate) async fn look(world: &World<'_>, host: &str, findings: &mut Findings) {
    world.begins(&PROBE);
    let watch = Stopwatch::start();
    let (seen, fact) = match timeout(LOOK, lookup_host((host, 443))).await {
        Err(_) => (
            Seen::Failed(format!("nobody answered within {} s", LOOK.as_secs())),
            Some("timeout"),
        ),
        Ok(Err(error)) => (Seen::Failed(error.to_string()), Some(observe::name(&error))),
        Ok(Ok(found)) => {
            let found: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            (Seen::Ok(found.join(", ")), None)
        }
    };
    findings.step(format!("look up {host} again"), seen, watch.elapsed());
    if let Some(fact) = fact {
        findings.see(Kind::Dns, fact);
    }
}
