//! A guest has not answered the invitation.

use directory::AccountKind;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "invitation-pending",
    about: "the guest's invitation is unanswered",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.account(|account| {
        if let AccountKind::Guest { pending, .. } = &mut account.kind {
            *pending = true;
        }
    })
}
