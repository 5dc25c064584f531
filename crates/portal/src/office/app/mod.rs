//! `/app/{tile}`: where the tile of an Office application leads. The stand-in plays signing in, not Office.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use crate::{
    apps,
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::Stop,
};

pub(crate) const PAGE: Page = Page {
    path: "/app/{tile}",
    about: "where an Office application would open",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

#[derive(Template)]
#[template(path = "office/app/template.html")]
struct View {
    frame: Frame,
    name: &'static str,
}

fn show(ask: &Ask<'_>) -> Reply {
    let own = apps::of(&ask.visitor()?.account);
    let here = |app: &&apps::App| {
        app.host == ask.call.host.as_str() && app.path.eq_ignore_ascii_case(&ask.call.path)
    };
    let app = own.iter().find(here);
    let app =
        app.ok_or_else(|| Stop::Missing("There is no such app, or no license of yours gives it".into()))?;
    let view = View {
        frame: ask.frame(),
        name: app.name,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("an app that is not played"),
    )
}
