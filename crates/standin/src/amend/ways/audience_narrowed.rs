//! An application takes accounts of its own tenant only.

use authority::Audience;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "audience-narrowed",
    about: "the application takes accounts of its own tenant only",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| app.audience = Audience::AzureADMyOrg)
}
