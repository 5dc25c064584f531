//! `/`: the apps of every organization of the visitor's tenant: to open, and where one may not, why.

use askama::Template;
use directory::Role;
use evidence::Decision;
use http::StatusCode;
use organization::{Org, Organizations, prospect};

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::Stop,
};

pub(crate) const PAGE: Page = Page {
    path: "/",
    about: "the Dynamics 365 apps of every organization, to open, and why one may not",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// The apps of an organization: its areas, each opened by itself, and all of it.
const APPS: &[(&str, &str, &str)] = &[
    (
        "Dynamics 365 – custom",
        "/main.aspx",
        "Everything in the organization",
    ),
    ("Sales", "/_pages/sales", "Leads and opportunities"),
    ("Customer Service", "/_pages/service", "Cases and queues"),
];
/// Organizations on one page; a search finds the others.
const MOST: usize = 50;

struct Tile {
    url: String,
    name: &'static str,
    about: &'static str,
}

struct Place {
    name: String,
    address: String,
    region: String,
    version: String,
    apps: Vec<Tile>,
    /// Why nothing can be opened.
    why: Option<String>,
    cause: Option<String>,
    manage: Option<String>,
}

#[derive(Template)]
#[template(path = "home/apps/template.html")]
struct View {
    frame: Frame,
    search: String,
    places: Vec<Place>,
    more: usize,
    none: bool,
    people: Vec<(String, String)>,
    manage: Option<String>,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let stage = &ask.portal.stage;
    let all = stage.store.view::<Organizations>(visitor.session.tenant).await?;
    let search = ask.query.get("q").unwrap_or_default().trim().to_owned();
    let wanted = search.to_lowercase();
    let mut places: Vec<_> = all
        .iter()
        .filter(|org| fits(org, &wanted))
        .map(|org| place(ask, org))
        .collect::<Result<_, Stop>>()?;
    // What can be opened comes first.
    places.sort_by(|a, b| (a.why.is_some(), &a.name).cmp(&(b.why.is_some(), &b.name)));
    let more = places.len().saturating_sub(MOST);
    places.truncate(MOST);
    let closed = places.iter().all(|place| place.why.is_some());
    let people = match closed && wanted.is_empty() {
        true => visitor.tenant.administrators(),
        false => Vec::new(),
    };
    let view = View {
        frame: ask.frame(),
        none: places.is_empty(),
        search,
        places,
        more,
        people: people
            .into_iter()
            .map(|one| (one.name, one.upn.to_string()))
            .collect(),
        manage: manages(ask)?.then(|| ask.address(ADMIN_CENTER, "/")),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the Dynamics 365 home page"),
    )
}

const ADMIN_CENTER: &str = "admin.powerplatform.microsoft.com";

fn manages(ask: &Ask<'_>) -> Result<bool, Stop> {
    let roles = &ask.visitor()?.account.roles;
    Ok([
        Role::GlobalAdministrator,
        Role::PowerPlatformAdministrator,
        Role::DynamicsAdministrator,
    ]
    .iter()
    .any(|role| roles.contains(role)))
}

fn fits(org: &Org, wanted: &str) -> bool {
    let record = &org.record;
    [
        record.name.as_str(),
        record.host.as_str(),
        record.unique_name.as_str(),
    ]
    .iter()
    .any(|text| text.to_lowercase().contains(wanted))
}

fn place(ask: &Ask<'_>, org: &Org) -> Result<Place, Stop> {
    let record = &org.record;
    let region = ask.portal.stage.regions.of_host(&record.host);
    let refused = prospect(org, &ask.visitor()?.account).err();
    let apps = match refused {
        Some(_) => Vec::new(),
        None => APPS
            .iter()
            .map(|(name, path, about)| Tile {
                url: ask.address(record.host.as_str(), path),
                name,
                about,
            })
            .collect(),
    };
    let path = format!("/organizations/{}", record.id);
    Ok(Place {
        name: record.name.clone(),
        address: ask.address(record.host.as_str(), "/"),
        region: region.map_or_else(String::new, |(region, _)| region.name.to_string()),
        version: record.version.clone(),
        apps,
        cause: refused
            .as_ref()
            .and_then(|turned| turned.cause)
            .map(|cause| ask.keyway(&format!("/causes/{cause}"))),
        why: refused.map(|turned| turned.sentence),
        manage: manages(ask)?.then(|| ask.address(ADMIN_CENTER, &path)),
    })
}
