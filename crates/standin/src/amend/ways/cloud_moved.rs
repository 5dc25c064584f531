//! A tenant lives in another cloud than the one it is asked at.

use types::Cloud;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "cloud-moved",
    about: "the tenant belongs to a government cloud",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.settings(|settings| settings.cloud = Cloud::GccHigh)
}
