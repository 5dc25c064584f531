//! An account has no password, only other ways to sign in.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "password-removed",
    about: "the account has no password any more",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.account(|account| account.password = None)
}
