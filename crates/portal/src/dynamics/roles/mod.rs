//! `/organizations/{organization}/roles`: the security roles, of each business unit its own.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::place::{Place, Tabs};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/organizations/{organization}/roles",
    about: "the security roles of an organization",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// How many stand on a page.
const EACH: usize = 60;

#[derive(Template)]
#[template(path = "dynamics/roles/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
    paging: Paging,
    /// Who may give them.
    administrators: Vec<String>,
}

struct Row {
    id: String,
    name: String,
    unit: String,
    privileges: usize,
    holders: usize,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let place = Place::of(ask).await?;
    let org = place.org()?;
    let mut rows: Vec<_> = org
        .roles()
        .map(|role| Row {
            id: role.id.to_string(),
            name: shown(&role.name),
            unit: org
                .unit(role.unit)
                .map(|unit| shown(&unit.name))
                .unwrap_or_default(),
            privileges: role.privileges.len(),
            holders: org.users().filter(|user| user.roles.contains(&role.id)).count(),
        })
        .collect();
    rows.sort_by(|a, b| (&a.name, &a.unit).cmp(&(&b.name, &b.unit)));
    let (rows, paging) = paged(ask, rows, EACH);
    let view = View {
        frame: ask.frame(),
        tabs: place.tabs(ask)?,
        rows,
        paging,
        administrators: org
            .administrators()
            .map(|user| shown(&format!("{} ({})", user.full_name(), user.domain_name)))
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the security roles"))
}
