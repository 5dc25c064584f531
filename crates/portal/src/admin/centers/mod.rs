//! `/admin-centers`: the way to the others, Dynamics 365 among them (row 003-16).

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(crate) const PAGE: Page = Page {
    path: "/admin-centers",
    about: "the other admin centers",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

/// Where organizations are administered.
pub(super) const DYNAMICS: &str = "admin.powerplatform.microsoft.com";

/// Host, name, what is done there.
const CENTERS: &[(&str, &str, &str)] = &[
    (
        DYNAMICS,
        "Dynamics 365",
        "organizations, their users and security roles",
    ),
    (
        "portal.azure.com",
        "Azure Active Directory",
        "app registrations and enterprise applications",
    ),
];

#[derive(Template)]
#[template(path = "admin/centers/template.html")]
struct View {
    frame: Frame,
    /// Address, name, what is done there.
    centers: Vec<(String, &'static str, &'static str)>,
}

fn show(ask: &Ask<'_>) -> Reply {
    let view = View {
        frame: ask.frame(),
        centers: CENTERS
            .iter()
            .map(|(host, name, about)| (ask.address(host, "/"), *name, *about))
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the admin centers"))
}
