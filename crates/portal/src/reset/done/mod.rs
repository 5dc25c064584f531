//! The end: the password is a new one.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::Place;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(crate) const WORK: Page = Page {
    path: "/done",
    about: "the password was changed: what now",
    needs: Needs::Form,
    most_body: 0,
    handle: |ask| Box::pin(async move { answer(ask) }),
};

pub(crate) const PERSONAL: Page = Page {
    path: "/password/done",
    ..WORK
};

#[derive(Template)]
#[template(path = "reset/done/template.html")]
struct View {
    frame: Frame,
    sign_in: String,
}

fn answer(ask: &Ask<'_>) -> Reply {
    let host = match Place::of(ask) {
        Place::Work => "portal.office.com",
        Place::Personal => super::PERSONAL,
    };
    let view = View {
        frame: ask.frame(),
        sign_in: ask.address(host, "/"),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the end of a password reset"),
    )
}
