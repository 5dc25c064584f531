//! A user was made without the row of their settings.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "settings-not-made",
    about: "the organization has the user, and the row of the user's settings was not made yet",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.user(|user| user.without_settings = true)
}
