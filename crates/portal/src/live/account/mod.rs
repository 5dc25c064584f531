//! `/`: one's own Microsoft account: its address, whether it is verified, and the way to a new password.

use askama::Template;
use directory::Verification;
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::query,
};

pub(crate) const PAGE: Page = Page {
    path: "/",
    about: "one's own Microsoft account",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(async move { answer(ask) }),
};

#[derive(Template)]
#[template(path = "live/account/template.html")]
struct View {
    frame: Frame,
    name: String,
    address: String,
    verified: String,
    unverified: bool,
    /// The query of the page that resets its password.
    reset: String,
}

fn answer(ask: &Ask<'_>) -> Reply {
    let account = &ask.visitor()?.account;
    let verified = match &account.verification {
        None => "needs no verification".to_owned(),
        Some(Verification::Verified { at }) => format!("verified at {}", at.rfc3339()),
        Some(Verification::Unverified { .. }) => "not verified yet".to_owned(),
    };
    let view = View {
        frame: ask.frame(),
        name: account.name.clone(),
        address: account.upn.to_string(),
        verified,
        unverified: account.is_unverified(),
        reset: query(&[("username", account.upn.as_str())]),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the page of a Microsoft account"),
    )
}
