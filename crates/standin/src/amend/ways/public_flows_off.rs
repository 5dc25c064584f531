//! "Allow public client flows" is off, and nothing else makes the application public.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "public-flows-off",
    about: "public client flows are not allowed for the application",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| {
        app.allow_public_client = false;
        app.redirects.public_client.clear();
        app.redirects.web = vec!["https://app.example/callback".to_owned()];
    })
}
