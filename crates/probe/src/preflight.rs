//! Contradictions in what was given, found before anything is sent.

use std::time::Duration;

use client::{Mistake, Target};
use evidence::{Findings, Kind, Open, Seen};

use crate::{Account, Case, Probe, address};

pub(crate) const PROBE: Probe = Probe {
    name: "preflight",
    about: "contradictions among the settings, with no network call",
    needs: "nothing",
};

/// Looks at the settings. `None` when a request would be pointless.
pub(crate) fn look(case: &Case<'_>, findings: &mut Findings) -> Option<Target> {
    let address = address::look(case.given, findings);
    let target = match Target::read(case.given, case.login) {
        Ok(target) => target,
        Err(Mistake::InTheClear(url)) => {
            tell(&Mistake::InTheClear(url), findings);
            findings.open = Some(Open::Unmeasured(
                "A token must not travel in the clear, so nothing is tried at an http address. Give its https address."
                    .to_owned(),
            ));
            return None;
        }
        Err(_) => {
            findings.see(Kind::Setting, &format!("target={}", address.kind.slug()));
            return None;
        }
    };
    let mut mistakes = case.mistakes.clone();
    match &case.account {
        Account::Fresh { plan, .. } => {
            mistakes.extend(client::mistakes(
                &plan.client_id,
                plan.tenant.as_deref(),
                &plan.method,
            ));
        }
        Account::Kept { profile, .. } => mistakes.extend(profile.mistakes()),
        Account::Nobody => {}
    }
    for mistake in &mistakes {
        tell(mistake, findings);
    }
    if !mistakes.is_empty() {
        return None;
    }
    if !matches!(case.account, Account::Nobody) {
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
    let text = format!("{mistake}. {}", mistake.hint());
    findings.step("compare the settings", Seen::Failed(text), Duration::ZERO);
    if let Some(value) = fact(mistake) {
        findings.see(Kind::Setting, value);
    }
}

/// The mistake in the catalog's words.
fn fact(mistake: &Mistake) -> Option<&'static str> {
    Some(match mistake {
        Mistake::SecretId => "client-secret=secret-id",
        Mistake::Blanks("password") => "password=blanks",
        Mistake::Blanks(_) => "client-secret=blanks",
        Mistake::ClientId(_) => "client-id=malformed",
        Mistake::ClientIdIsTenant => "client-id=tenant",
        Mistake::Tenant(_) => "tenant=malformed",
        Mistake::SharedTenant { .. } => "tenant=shared",
        Mistake::UserName(types::BadUpn::DownLevel(_)) => "user=domain-backslash-user",
        Mistake::UserName(_) => "user=not-a-upn",
        Mistake::Federated { .. } => "realm=federated",
        Mistake::Scopes(_) => "scope=mixed",
        Mistake::Redirect { .. } => "redirect=unusable",
        Mistake::InTheClear(_) => "target=plain-http",
        Mistake::Certificate(_) => "certificate=unusable",
        Mistake::Empty(_) | Mistake::Address { .. } | Mistake::ProfileName(_) => return None,
    })
}
