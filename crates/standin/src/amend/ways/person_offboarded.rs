//! A person leaves: licenses are taken, and every organization forgets them.

use organization::{KIND_USER, SystemUser};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "person-offboarded",
    about: "the person has no license and is no user of any organization any more",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, person) = draft.person()?;
    draft.account(|account| account.licenses.clear())?;
    draft.remove_all(KIND_USER, |user: &SystemUser| user.object == Some(person.id))
}
