//! An API has none of the scopes any more that programs ask for.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "scopes-withdrawn",
    about: "an API that the application calls exposes no scope any more",
    takes: &[("api", "the API's application, by client id or name")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let api: String = draft.parameter("api")?;
    draft.api(&api, |app| app.exposes.clear())
}
