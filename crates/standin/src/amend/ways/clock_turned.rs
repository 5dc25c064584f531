//! A tenant's clock goes ahead of, or behind, everybody else's.

use types::Timestamp;

use super::super::{Amendment, Draft, Misfit};
use crate::control::clock::in_reach;

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "clock-turned",
    about: "the tenant's clock is turned",
    takes: &[("seconds", "how far it is turned ahead; negative turns it back")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let seconds: i64 = draft.parameter("seconds")?;
    let millis = seconds.saturating_mul(1000);
    let shown = Timestamp::from_millis(draft.around.now.millis().saturating_add(millis));
    in_reach(shown).map_err(|out| Misfit::Parameter(out.to_string()))?;
    draft.settings(|settings| {
        settings.clock_offset_millis = settings.clock_offset_millis.saturating_add(millis);
    })
}
