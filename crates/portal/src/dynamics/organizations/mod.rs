//! `/`: the organizations of the visitor's tenant that the visitor administers.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::OrganizationState;

use super::place;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/",
    about: "the organizations that one administers",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// How many stand on a page.
const EACH: usize = 50;

#[derive(Template)]
#[template(path = "dynamics/organizations/template.html")]
struct View {
    frame: Frame,
    tenant: String,
    rows: Vec<Row>,
    paging: Paging,
    may_create: bool,
}

struct Row {
    id: String,
    name: String,
    unique_name: String,
    url: String,
    region: String,
    state: &'static str,
    good: bool,
    version: String,
    kind: &'static str,
}

/// Whether anyone may come in.
pub(super) fn state(record: &organization::Organization) -> (&'static str, bool) {
    match record.state {
        OrganizationState::Disabled => ("Disabled", false),
        OrganizationState::Moving => ("Being moved", false),
        OrganizationState::NotConfigured => ("Not set up", false),
        OrganizationState::Enabled if record.admin_mode => ("Administration mode", false),
        OrganizationState::Enabled => ("Ready", true),
    }
}

/// Where it is for.
pub(super) fn kind(record: &organization::Organization) -> &'static str {
    match record.sandbox {
        true => "Sandbox",
        false => "Production",
    }
}

/// The name of its region.
pub(super) fn region(ask: &Ask<'_>, record: &organization::Organization) -> String {
    let found = ask.portal.stage.regions.of_host(&record.host);
    found.map_or_else(String::new, |(region, _)| region.name.to_string())
}

async fn show(ask: &Ask<'_>) -> Reply {
    let (all, mine) = place::all(ask).await?;
    let mut orgs: Vec<_> = mine.into_iter().filter_map(|id| all.get(id)).collect();
    orgs.sort_by_key(|org| org.record.name.to_lowercase());
    let (orgs, paging) = paged(ask, orgs, EACH);
    let rows = orgs.into_iter().map(|org| {
        let record = &org.record;
        let (state, good) = state(record);
        Row {
            id: record.id.to_string(),
            name: shown(&record.name),
            unique_name: shown(&record.unique_name),
            url: ask.call.form.url(&record.host, "/"),
            region: region(ask, record),
            state,
            good,
            version: shown(&record.version),
            kind: kind(record),
        }
    });
    let view = View {
        frame: ask.frame(),
        tenant: shown(&ask.tenant()?.settings.name),
        rows: rows.collect(),
        paging,
        may_create: place::manages(ask),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the list of organizations"),
    )
}
