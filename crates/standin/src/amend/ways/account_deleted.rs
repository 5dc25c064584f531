//! An account is deleted, and kept for thirty days.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "account-deleted",
    about: "the account is deleted, as it can be undone for thirty days",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.account(|account| account.deleted = true)
}
