//! Too many wrong passwords locked an account, for an hour.

use std::time::Duration;

use directory::Lockout;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "account-locked",
    about: "smart lockout has locked the account for an hour",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let until = draft.around.now + Duration::from_secs(3600);
    let failures = 10;
    draft.account(|account| {
        account.lockout = Lockout {
            failures,
            until: Some(until),
            locks: 1,
            ..Lockout::default()
        };
    })
}
