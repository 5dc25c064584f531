//! An administrator blocks a person's sign-in.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "account-blocked",
    about: "an administrator blocks the account's sign-in",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.account(|account| account.enabled = false)
}
