//! A password is temporary and must be changed.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "password-must-change",
    about: "the password must be changed at the next sign-in",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, person) = draft.person()?;
    if person.password.is_none() {
        return Err(Misfit::Missing("password that could be temporary".to_owned()));
    }
    draft.account(|account| {
        if let Some(password) = &mut account.password {
            password.must_change = true;
        }
    })
}
