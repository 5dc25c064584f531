//! `/`: that this is a stand-in, and where everything is.

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
    about: "that this is a stand-in, and where everything is",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

#[derive(Template)]
#[template(path = "keyway/start/template.html")]
struct View<'r> {
    frame: Frame,
    /// Sites a person begins at: address and what it is.
    sites: Vec<(String, &'static str)>,
    organizations: Vec<Organization<'r>>,
    world: &'r str,
    control: &'r str,
    proxy: &'r str,
    ca: String,
}

struct Organization<'r> {
    name: &'r str,
    url: &'r str,
    region: &'r str,
    state: &'r str,
    note: &'r str,
}

/// Where people begin.
const SITES: &[(&str, &str)] = &[
    (
        "portal.office.com",
        "Office 365: the tiles of whoever is signed in",
    ),
    ("home.dynamics.com", "Dynamics 365 home"),
    ("admin.microsoft.com", "Admin center: users, licenses, health"),
    ("portal.azure.com", "App registrations"),
    ("signup.live.com", "A new Microsoft account, on any address"),
    ("account.live.com", "A Microsoft account’s own page"),
    (
        "passwordreset.microsoftonline.com",
        "A forgotten password of a work account",
    ),
];

fn show(ask: &Ask<'_>) -> Reply {
    let ready = &ask.portal.stage.ready;
    let known = |host: &str| crate::SITES.iter().any(|site| site.host == Some(host));
    let view = View {
        frame: ask.frame(),
        sites: SITES
            .iter()
            .filter(|(host, _)| known(host))
            .map(|(host, about)| (ask.address(host, "/"), *about))
            .collect(),
        organizations: ready
            .organizations
            .iter()
            .map(|organization| Organization {
                name: &organization.name,
                url: &organization.url,
                region: &organization.region,
                state: &organization.state,
                note: &organization.note,
            })
            .collect(),
        world: &ready.world,
        control: &ready.control,
        proxy: &ready.proxy,
        ca: ready.ca.display().to_string(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the start page"))
}
