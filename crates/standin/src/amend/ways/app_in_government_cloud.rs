//! An application belongs to a government cloud.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "app-in-government-cloud",
    about: "the application belongs to a government cloud",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| app.government = true)
}
