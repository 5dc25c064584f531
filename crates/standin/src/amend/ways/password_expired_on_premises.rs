//! A password expired in the on-premises directory.

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "password-expired-on-premises",
    about: "the password has expired in the on-premises directory",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    draft.account(|account| {
        if let Some(password) = &mut account.password {
            password.expired_on_premises = true;
        }
    })
}
