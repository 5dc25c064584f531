//! An organization's app access control admits other applications than this one.

use types::AppId;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "app-unlisted",
    about: "the organization's app access control admits Dataverse itself and no other application",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.organization(|organization| organization.allowed_apps = vec![AppId::DATAVERSE])
}
