//! A password is another one now; grants from before are revoked.

use directory::Password;
use types::Secret;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "password-changed",
    about: "the account's password is another one, nobody knows which",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let new = Secret::new(draft.around.chance.uuid().to_string());
    let around = draft.around;
    let password = Password::seal(&new, around.sealer, around.chance, around.now)
        .map_err(|why| Misfit::Parameter(why.to_string()))?;
    draft.account(|account| account.set_password(password))
}
