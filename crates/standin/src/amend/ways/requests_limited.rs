//! Service protection lets few requests through.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "requests-limited",
    about: "service protection allows so few requests that the next is one too many",
    takes: &[("requests", "how many requests a user may make in five minutes")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let requests: u32 = draft.parameter("requests")?;
    draft.settings(|settings| {
        settings.service_protection.enabled = true;
        settings.service_protection.requests = requests;
    })
}
