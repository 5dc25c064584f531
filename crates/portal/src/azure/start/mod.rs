//! `/?q=`: the portal's start page: its services, and a search over them and the visitor's registrations.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::desk;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/",
    about: "the portal's start page: services, and a search over them and registrations",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// A service: path, name, what it is, and words by which it is searched too.
type Service = (&'static str, &'static str, &'static str, &'static str);

const SERVICES: &[Service] = &[
    (
        "/apps",
        "App registrations",
        "Register programs, with their permissions and secrets",
        "microsoft entra id azure active directory oauth application",
    ),
    (
        "/enterprise",
        "Enterprise applications",
        "The programs that this directory uses, and who may use them",
        "microsoft entra id azure active directory service principal consent",
    ),
    (
        "/before-you-begin",
        "Before you begin",
        "Whether your account has what a connection to Dynamics 365 needs",
        "prerequisites dynamics crm connection check",
    ),
];

/// As many registrations as a search shows.
const MOST: usize = 10;

#[derive(Template)]
#[template(path = "azure/start/template.html")]
struct View {
    frame: Frame,
    search: String,
    services: Vec<Service>,
    apps: Vec<(String, String)>,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let search = shown(ask.query.get("q").unwrap_or_default().trim());
    let wanted = search.to_lowercase();
    let visitor = ask.visitor()?;
    let fits = |service: &&Service| {
        let (_, name, about, more) = service;
        [name, about, more]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    };
    let mut apps: Vec<_> = desk::registrations(ask)
        .await?
        .apps()
        .filter(|app| !wanted.is_empty() && desk::manages(visitor, app))
        .filter(|app| app.name.to_lowercase().contains(&wanted) || app.id.to_string() == wanted)
        .map(|app| (shown(&app.name), format!("/apps/{}", app.id)))
        .collect();
    apps.sort();
    apps.truncate(MOST);
    let view = View {
        frame: ask.frame(),
        services: SERVICES.iter().filter(fits).copied().collect(),
        search,
        apps,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the Azure portal's start page"),
    )
}
