//! Only members of a security group become users of an organization.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "security-group-set",
    about: "the organization is for members of a security group only",
    takes: &[(
        "group",
        "the group's name; the person is no member unless the account says so",
    )],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let group: String = draft.parameter("group")?;
    draft.organization(|organization| organization.security_group = Some(group))
}
