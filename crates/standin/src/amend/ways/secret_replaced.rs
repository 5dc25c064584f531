//! An application's secret was renewed, and the program has the old one.

use std::time::Duration;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "secret-replaced",
    about: "the application's client secrets are replaced by a new one",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (chance, now) = (draft.around.chance, draft.around.now);
    let ends = now + Duration::from_secs(180 * 86_400);
    let mut added = Ok(());
    draft.app(|app| {
        app.secrets.clear();
        added = app.add_secret(chance, "renewed", now, ends).map(|_| ());
    })?;
    added.map_err(|why| Misfit::Parameter(why.to_string()))
}
