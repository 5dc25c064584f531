//! A tenant's clock goes ahead of, or behind, everybody else's.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "clock-turned",
    about: "the tenant's clock is turned",
    takes: &[("seconds", "how far it is turned ahead; negative turns it back")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let seconds: i64 = draft.parameter("seconds")?;
    draft.settings(|settings| {
        settings.clock_offset_millis = settings
            .clock_offset_millis
            .saturating_add(seconds.saturating_mul(1000));
    })
}
