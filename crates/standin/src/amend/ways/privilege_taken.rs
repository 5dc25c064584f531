//! The security roles of a user lack a privilege.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "privilege-taken",
    about: "a privilege is taken out of every security role of the user",
    takes: &[("privilege", "its name: `prvReadUser`")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let privilege: String = draft.parameter("privilege")?;
    draft.roles(|role| {
        role.privileges.remove(&privilege);
    })
}
