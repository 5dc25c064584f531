//! Contradictions in what was given, found before anything is sent.

use std::time::Duration;

use client::{Mistake, Target};
use evidence::{Findings, Kind, Open, Seen};
use wire::address::Kind as What;

use crate::{Account, Case, Probe, address};

pub(crate) const PROBE: Probe = Probe {
    name: "preflight",
    about: "contradictions among the settings, with no network call",
    needs: "nothing",
};

/// What a person or a mailbox is answered: nothing is wrong with it, it only says nothing of where to go.
const OF_A_PERSON: &str = "This names a person or a mailbox, and which organization is meant does not follow from it. \
    To examine a connection to Dynamics 365, give the organization's address, and the person with --username. \
    To examine a mail server up to its greeting, give it by its protocol: smtp://mail.contoso.com:587. \
    What is inside a mailbox cannot be looked at; `keyway explain` reads the message that was shown.";

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
        Err(_) if matches!(address.kind, What::UserName(_)) => {
            findings.open = Some(Open::Question(OF_A_PERSON.to_owned()));
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
            if let Target::Lookup { wanted, .. } = &target
                && wanted.eq_ignore_ascii_case(plan.client_id.trim())
            {
                mistakes.push(Mistake::ClientIdOf("organization or environment"));
            }
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
        Mistake::ClientIdOf(_) => "client-id=of-something-else",
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
