//! An organization runs an older release than the client expects.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "release-older",
    about: "the organization runs an older release, which serves the versions of the Web API up to its own",
    takes: &[("version", "the release: `8.2.2.112`")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let version: String = draft.parameter("version")?;
    draft.organization(|organization| organization.version = version)
}
