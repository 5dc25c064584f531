//! `/`: the welcome page, with a tile for each app that the visitor's licenses give.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use crate::{
    apps,
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

struct Tile {
    url: String,
    name: &'static str,
    about: &'static str,
}

#[derive(Template)]
#[template(path = "office/welcome/template.html")]
struct View {
    frame: Frame,
    name: String,
    tiles: Vec<Tile>,
    is_licensed: bool,
    people: Vec<(String, String)>,
}

fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let tiles = apps::of(&visitor.account).into_iter().map(|app| Tile {
        url: ask.address(app.host, app.path),
        name: app.name,
        about: app.about,
    });
    let is_licensed = visitor
        .account
        .services()
        .iter()
        .any(|service| service.has_tile());
    let people = match is_licensed {
        true => Vec::new(),
        false => visitor.tenant.administrators(),
    };
    let view = View {
        frame: ask.frame(),
        name: visitor.account.name.clone(),
        tiles: tiles.collect(),
        is_licensed,
        people: people
            .into_iter()
            .map(|one| (one.name, one.upn.to_string()))
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the welcome page"))
}
