//! An application's secrets reached their end.

use std::time::Duration;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "secret-expired",
    about: "every client secret of the application expired yesterday",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let yesterday = draft.around.now - Duration::from_secs(86_400);
    draft.app(|app| {
        for secret in &mut app.secrets {
            secret.ends = yesterday;
            secret.starts = secret.starts.min(yesterday);
        }
    })
}
