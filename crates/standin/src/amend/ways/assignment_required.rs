//! An enterprise application is for assigned people only.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "assignment-required",
    about: "only assigned people may use the application, and nobody is assigned",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let id = draft.client_id()?;
    draft.principal(id, |principal| {
        principal.assignment_required = true;
        principal.assigned.clear();
    })
}
