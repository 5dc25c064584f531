//! An account takes another name, and the old one leads nowhere.

use types::Upn;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "account-renamed",
    about: "the account's user name and aliases are replaced by another name",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, person) = draft.person()?;
    let name = format!("renamed.{}", person.upn.as_str());
    let name: Upn = name
        .parse()
        .map_err(|why| Misfit::Parameter(format!("the account cannot be renamed: {why}")))?;
    draft.account(|account| {
        account.upn = name;
        account.aliases.clear();
    })
}
