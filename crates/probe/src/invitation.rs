//! A guest signs in with the address that was invited (row 003-25): which one was, and which one is used.

use std::time::Duration;

use client::Method;
use evidence::{Findings, Kind, Seen};
use types::Upn;

use crate::{Account, Case, Probe};

pub(crate) const PROBE: Probe = Probe {
    name: "invitation",
    about: "of a guest: the address that was invited, against the one that signs in",
    needs: "--invited after a refusal, or the user's row",
};

const WHAT: &str = "compare the address with the invitation";

/// What marks a guest's user name: the invited address stands before it, with `_` for `@`.
const GUEST: &str = "#EXT#";

/// The sign-in service knows no such account in the tenant (facts/identity.md 3.3 D).
const UNKNOWN: [&str; 2] = ["50020", "50034"];

/// After a refusal: the address may be another one than was invited.
pub(crate) fn refused(case: &Case<'_>, findings: &mut Findings) {
    let unknown = UNKNOWN
        .iter()
        .any(|code| findings.facts.get(Kind::Aadsts, code).is_some());
    let Some(used) = case.user().filter(|_| unknown) else {
        return;
    };
    let (seen, is_other) = match case.invited {
        Some(invited) if invited.key() == used.key() => {
            (Seen::Ok(format!("{invited} was invited, and is used")), false)
        }
        Some(invited) => (
            Seen::Failed(format!(
                "{invited} was invited, and {used} is used: sign in with {invited}, or have {used} invited"
            )),
            true,
        ),
        None => (
            Seen::Skipped(format!(
                "{used} is used; which address was invited is not known here: give it with --invited"
            )),
            false,
        ),
    };
    findings.step(WHAT, seen, Duration::ZERO);
    if is_other {
        findings.see(Kind::Setting, "user=not-the-invited-address");
    }
}

/// Of somebody who is in: as whom the organization knows them, if that is a guest.
pub(crate) fn known(case: &Case<'_>, domain_name: &str, findings: &mut Findings) {
    let (Some(invited), Some(used)) = (invited(domain_name), case.user()) else {
        return;
    };
    let text = format!("{invited} was invited, and {used} is used");
    findings.step(WHAT, Seen::Ok(text), Duration::ZERO);
}

/// The address that a guest's user name stands for.
fn invited(domain_name: &str) -> Option<String> {
    let (local, _) = domain_name.split_once(GUEST)?;
    let (name, domain) = local.rsplit_once('_')?;
    Some(format!("{name}@{domain}"))
}

impl Case<'_> {
    /// Who signs in, where that is known beforehand.
    fn user(&self) -> Option<&Upn> {
        match &self.account {
            Account::Fresh { plan, .. } => match &plan.method {
                Method::Password(upn, _) => Some(upn),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::invited;

    #[test]
    fn a_guests_name_tells_who_was_invited() {
        let name = "vera_m_wingtip.example#EXT#@contoso.onmicrosoft.com";
        assert_eq!(invited(name).as_deref(), Some("vera_m@wingtip.example"));
        assert_eq!(invited("anna@contoso.com"), None);
    }
}
