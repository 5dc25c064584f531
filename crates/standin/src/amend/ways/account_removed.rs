//! An account is gone for good.

use directory::{Account, KIND_ACCOUNT};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "account-removed",
    about: "the account is removed for good",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, gone) = draft.person()?;
    draft.remove_all(KIND_ACCOUNT, |account: &Account| account.id == gone.id)
}
