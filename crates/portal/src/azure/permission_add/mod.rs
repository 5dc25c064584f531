//! `/apps/{app}/permissions/add?q=`: the APIs that permissions can be asked of, searchable (row 004-06).

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::{
    apis::{self, Api},
    desk::{Desk, Menu},
};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/permissions/add",
    about: "Request API permissions: select an API",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/permission_add/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    search: String,
    groups: Vec<(&'static str, Vec<Api>)>,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let search = shown(ask.query.get("q").unwrap_or_default().trim());
    let wanted = search.to_lowercase();
    let fits = |api: &Api| {
        [&api.name, &api.about]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
            || api.id.to_string() == wanted
            || api
                .scopes
                .iter()
                .any(|scope| scope.value.to_lowercase().contains(&wanted))
    };
    let (own, microsoft): (Vec<Api>, Vec<Api>) = apis::all(&desk.here)
        .into_iter()
        .filter(fits)
        .partition(|api| api.own);
    let groups = [("Microsoft APIs", microsoft), ("My APIs", own)];
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/permissions"),
        base: desk.at("/permissions"),
        search,
        groups: groups.into_iter().filter(|(_, apis)| !apis.is_empty()).collect(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the APIs that permissions can be asked of"),
    )
}
