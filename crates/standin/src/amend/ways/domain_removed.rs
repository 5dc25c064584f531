//! A person's domain is the tenant's no more, and whoever had a name of it has one of the initial domain.

use directory::{Account, KIND_ACCOUNT};
use types::Upn;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "domain-removed",
    about: "the domain of the account is removed from the tenant, and its users are renamed",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, person) = draft.person()?;
    let gone = person.upn.domain().to_ascii_lowercase();
    let mut initial = String::new();
    draft.settings(|settings| {
        initial = settings.default_domain();
        settings.domains.retain(|domain| domain.name != gone);
        settings.new_users_at.take_if(|at| *at == gone);
    })?;
    if initial == gone {
        return Err(Misfit::Parameter(format!(
            "{gone} is the tenant's initial domain, which stays"
        )));
    }
    let is_of_it = |name: &Upn| name.domain().eq_ignore_ascii_case(&gone);
    draft.each(KIND_ACCOUNT, |account: &mut Account| {
        if is_of_it(&account.upn) {
            let local = account.upn.as_str().split('@').next().unwrap_or_default();
            account.upn = format!("{local}@{initial}")
                .parse()
                .map_err(|why| Misfit::Parameter(format!("{} cannot be renamed: {why}", account.upn)))?;
        }
        let now = account.upn.key();
        account
            .aliases
            .retain(|alias| !is_of_it(alias) && alias.key() != now);
        Ok(())
    })?;
    draft.name(format!("domain:{gone}"), false);
    Ok(())
}
