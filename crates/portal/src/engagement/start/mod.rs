//! `/`: the way to one's own solution, for whoever has no link to it.

use askama::Template;
use directory::licenses::Service;
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(super) const PAGE: Page = Page {
    path: "/",
    about: "the way to the visitor's own solution",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

#[derive(Template)]
#[template(path = "engagement/start/template.html")]
struct View {
    frame: Frame,
    path: Option<String>,
    url: String,
    people: Vec<(String, String)>,
}

fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let path = super::address(visitor.session.tenant);
    let people = visitor.tenant.administrators().into_iter();
    let view = View {
        frame: ask.frame(),
        url: ask.call.url(&path),
        path: visitor.account.may_use(Service::SocialEngagement).then_some(path),
        people: people.map(|one| (one.name, one.upn.to_string())).collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the way to a solution"))
}
