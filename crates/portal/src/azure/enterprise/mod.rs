//! `/enterprise?q=`: the applications that this tenant uses, its own and others'.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::desk::{self, MANAGERS};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/enterprise",
    about: "Enterprise applications: enabled or not, assignment required or not",
    needs: Needs::Role(MANAGERS),
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// Rows shown at once; a search finds the others.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "azure/enterprise/template.html")]
struct View {
    frame: Frame,
    search: String,
    count: usize,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    id: String,
    own: bool,
    enabled: bool,
    assignment: bool,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let search = shown(ask.query.get("q").unwrap_or_default().trim());
    let wanted = search.to_lowercase();
    let tenant = ask.tenant()?.id();
    let here = desk::registrations(ask).await?;
    let mut rows: Vec<Row> = here
        .principals()
        .map(|principal| Row {
            name: shown(&principal.name),
            id: principal.app.to_string(),
            own: principal.home == tenant,
            enabled: principal.enabled,
            assignment: principal.assignment_required,
        })
        .filter(|row| row.name.to_lowercase().contains(&wanted) || row.id.starts_with(&wanted))
        .collect();
    rows.sort_by(|a, b| {
        a.name
            .to_lowercase()
            .cmp(&b.name.to_lowercase())
            .then(a.id.cmp(&b.id))
    });
    let count = rows.len();
    rows.truncate(MOST);
    let view = View {
        frame: ask.frame(),
        search,
        count,
        rows,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the list of enterprise applications"),
    )
}
