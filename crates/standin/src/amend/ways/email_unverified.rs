//! Nobody has verified the address of a Microsoft account.

use directory::Verification;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "email-unverified",
    about: "the address of the Microsoft account is not verified: nobody followed the link of the mail",
    takes: &[],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let (_, person) = draft.person()?;
    if person.verification.is_none() {
        let what = "Microsoft account of that name whose address needs verification";
        return Err(Misfit::Missing(what.to_owned()));
    }
    let since = draft.around.now;
    draft.account(|account| {
        account.verification = Some(Verification::Unverified {
            since,
            sent: Vec::new(),
        });
    })
}
