//! A person's domain hands its passwords to a federation server.

use directory::DomainKind;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "domain-federated",
    about: "the domain of the account is federated",
    takes: &[(
        "sts",
        "the federation server's host; without one the domain's federation settings are broken",
    )],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let sts: Option<String> = draft.given("sts")?;
    let (_, person) = draft.person()?;
    let domain = person.upn.domain().to_ascii_lowercase();
    draft.settings(|settings| {
        for known in settings.domains.iter_mut().filter(|known| known.name == domain) {
            known.kind = DomainKind::Federated { sts: sts.clone() };
        }
    })
}
