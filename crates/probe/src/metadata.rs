//! The sign-in service's own document: where its endpoints are. An unknown tenant is refused here already.

use client::{Endpoints, endpoints};
use evidence::Findings;
use wire::challenge::Authority;

use crate::{Probe, World, walk};

pub(crate) const PROBE: Probe = Probe {
    name: "metadata",
    about: "the tenant's sign-in document (OpenID Connect)",
    needs: "the challenge, or a tenant",
};

/// Reads the document of `authority`.
pub(crate) async fn read(
    world: &World<'_>,
    authority: &Authority,
    findings: &mut Findings,
) -> Option<Endpoints> {
    world.begins(&PROBE);
    let read = endpoints(world.outside, authority, &mut findings.steps).await;
    walk::or_told(world, &authority.host, read, findings).await
}
