//! TLS, closer: what the server speaks, and whose certificates it shows.

use evidence::Findings;

use crate::{Probe, World};

pub(crate) const PROBE: Probe = Probe {
    name: "tls",
    about: "TLS: versions, cipher suites, chain, expiry, names, interception",
    needs: "a TCP connection",
};

/// Looks at the server by an own hello.
pub(crate) async fn look(world: &World<'_>, _host: &str, _port: u16, _findings: &mut Findings) {
    world.begins(&PROBE);
}
