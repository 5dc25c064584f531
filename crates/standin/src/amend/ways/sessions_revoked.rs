//! An administrator revokes a person's sessions.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "sessions-revoked",
    about: "an administrator revokes the account's sessions",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let now = draft.around.now;
    draft.account(|account| account.tokens_valid_from = Some(now))
}
