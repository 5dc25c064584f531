//! `/sent` and `/ready`: what comes after the form of a new account.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::query,
};

pub(crate) const SENT: Page = Page {
    path: "/sent",
    about: "a message was sent to the new account's address: follow its link",
    needs: Needs::Form,
    most_body: 0,
    handle: |ask| Box::pin(async move { answer(ask, true) }),
};

pub(crate) const READY: Page = Page {
    path: "/ready",
    about: "the new account needs no verification",
    needs: Needs::Form,
    most_body: 0,
    handle: |ask| Box::pin(async move { answer(ask, false) }),
};

#[derive(Template)]
#[template(path = "live/sent/template.html")]
struct View {
    frame: Frame,
    mailed: bool,
    again: String,
    sign_in: String,
    /// Where the invitation is accepted that led here.
    accept: Option<String>,
    outbox: String,
}

fn answer(ask: &Ask<'_>, mailed: bool) -> Reply {
    let invitation = ask.query.some("invitation");
    let view = View {
        frame: ask.frame(),
        mailed,
        again: ask.address("account.live.com", "/again"),
        sign_in: ask.address("account.live.com", "/"),
        accept: invitation.map(|token| {
            let path = format!("/accept?{}", query(&[("token", token)]));
            ask.address("invitations.microsoft.com", &path)
        }),
        outbox: crate::keyway::url(ask, "/outbox?kind=verification"),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("what comes after a new account's form"),
    )
}
