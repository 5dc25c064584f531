//! `/users/{user}`: one person, and everything that can be done for them. What each button does stands in `acts`.

mod acts;
mod view;

use directory::{Account, AccountKind};
use types::{BadUpn, Timestamp, Upn};

use super::rights;
use crate::{
    page::{Ask, FORM, Needs, Page, Reply},
    stop::Stop,
};

pub(crate) const PAGE: Page = Page {
    path: "/users/{user}",
    about: "one person: sign-in, password, licenses, groups, roles",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// The longest display name, in characters.
pub(super) const MOST_NAME: usize = 256;

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(acts::perform(ask), |wrong| view::show(ask, wrong)).await
}

/// The account of the path, by object id or user name. Only the visitor's own tenant is looked into, whatever the path says.
fn account<'a>(ask: &'a Ask<'_>) -> Result<&'a Account, Stop> {
    let (tenant, text) = (ask.tenant()?, ask.param("user"));
    let by_id = text.parse().ok().and_then(|id| tenant.account(id));
    let by_name = || text.parse().ok().and_then(|name| tenant.account_named(&name));
    by_id
        .or_else(by_name)
        .ok_or_else(|| Stop::Missing("There is no such user in your organization".into()))
}

/// What keeps somebody from signing in, or that nothing does.
pub(super) fn state(account: &Account, now: Timestamp) -> (&'static str, bool) {
    match account {
        account if account.deleted => ("Deleted", false),
        account if !account.enabled => ("Sign-in blocked", false),
        account if account.lockout.is_locked(now) => ("Locked out", false),
        Account {
            kind: AccountKind::Guest { pending: true, .. },
            ..
        } => ("Invited, not answered", false),
        _ => ("Sign-in allowed", true),
    }
}

/// An address as somebody typed it.
pub(super) fn address(text: &str) -> Result<Upn, Stop> {
    text.parse().map_err(|bad: BadUpn| {
        Stop::wrong(
            format!("“{text}” cannot be used: {bad}"),
            "Write it like user@contoso.com.",
        )
    })
}

/// What is said beside a temporary password.
pub(super) fn temporary(account: &Account) -> Vec<String> {
    vec![
        format!("A mail with it is on its way to {}.", account.mail_address()),
        "It must be changed at the next sign-in in a browser. Until then programs that sign in with it are refused.".to_owned(),
        "Everybody who was signed in with the old password is signed out.".to_owned(),
    ]
}
