//! An application's redirect URIs are others than the program's.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "redirects-changed",
    about: "the application's redirect URIs are replaced by another",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.app(|app| {
        app.redirects.web.clear();
        app.redirects.spa.clear();
        app.redirects.public_client = vec!["https://elsewhere.example/signed-in".to_owned()];
    })
}
