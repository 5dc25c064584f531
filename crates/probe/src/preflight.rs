//! Contradictions in what was given, found before anything is sent.

use std::time::Duration;

use client::{Mistake, Target};
use evidence::{Findings, Kind, Seen};

use crate::{Account, Case, Probe, address};

pub(crate) const PROBE: Probe = Probe {
    name: "preflight",
    about: "contradictions among the settings, with no network call",
    needs: "nothing",
};

/// Looks at the settings. `None` when a request would be pointless.
pub(crate) fn look(case: &Case<'_>, findings: &mut Findings) -> Option<Target> {
    address::look(case.given, findings);
    let target = match Target::read(case.given, case.login) {
        Ok(target) => target,
        Err(mistake) => {
            tell(&mistake, findings);
            return None;
        }
    };
    for mistake in &case.mistakes {
        tell(mistake, findings);
    }
    if findings.any_failed() {
        return None;
    }
    if let Account::Fresh { plan, .. } = &case.account {
        for mistake in client::mistakes(plan) {
            tell(&mistake, findings);
        }
        if findings.any_failed() {
            return None;
        }
        findings.step(
            "compare the settings",
            Seen::Ok("nothing in them contradicts itself".to_owned()),
            Duration::ZERO,
        );
    }
    Some(target)
}

/// A mistake is a failed step, and the fact that names it.
pub(crate) fn tell(mistake: &Mistake, findings: &mut Findings) {
    findings.step(
        "compare the settings",
        Seen::Failed(mistake.to_string()),
        Duration::ZERO,
    );
    if let Some(value) = fact(mistake) {
        findings.see(Kind::Setting, value);
    }
}

/// The mistake in the catalog's words.
fn fact(mistake: &Mistake) -> Option<&'static str> {
    Some(match mistake {
        Mistake::SecretId => "client-secret=secret-id",
        Mistake::Blanks(_) => "secret=blanks",
        Mistake::ClientId(_) => "client-id=malformed",
        Mistake::ClientIdIsTenant => "client-id=tenant",
        Mistake::Tenant(_) => "tenant=malformed",
        Mistake::SharedTenant { .. } => "tenant=shared",
        Mistake::UserName(_) => "username=malformed",
        Mistake::Federated { .. } => "realm=federated",
        Mistake::Scopes(_) => "scope=mixed",
        Mistake::Redirect { .. } => "redirect=unusable",
        Mistake::InTheClear(_) => "url=plain-http",
        Mistake::Certificate(_) => "certificate=unusable",
        Mistake::Empty(_) | Mistake::Address { .. } | Mistake::ProfileName(_) => return None,
    })
}
