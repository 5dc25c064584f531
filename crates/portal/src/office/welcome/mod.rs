//! `/`: the welcome page, with a tile for each app that the visitor's licenses give.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(crate) const PAGE: Page = Page {
    path: "/",
    about: "the welcome page: a tile for each app that the visitor's licenses give",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

#[derive(Template)]
#[template(path = "office/welcome/template.html")]
struct View {
    frame: Frame,
    name: String,
}

fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let view = View {
        frame: ask.frame(),
        name: visitor.account.name.clone(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the welcome page"))
}
