//! A person is taken out of every group.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "groups-left",
    about: "the account is a member of no group any more",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.account(|account| account.groups.clear())
}
