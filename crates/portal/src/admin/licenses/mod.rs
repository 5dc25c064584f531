//! `/licenses`: what can be assigned, what it gives, and how many have it.

use askama::Template;
use directory::licenses::{SKUS, named};
use evidence::Decision;
use http::StatusCode;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/licenses",
    about: "what can be assigned, what it gives, and who has it",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

/// What people call a license; its part number where nobody knows it.
pub(super) fn name(id: &str) -> String {
    named(id).map_or_else(|| shown(id), |sku| sku.name.to_owned())
}

#[derive(Template)]
#[template(path = "admin/licenses/template.html")]
struct View {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: &'static str,
    name: &'static str,
    services: String,
    holders: usize,
}

fn show(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?;
    let holders = |id: &str| {
        tenant
            .accounts()
            .filter(|account| !account.deleted && account.licenses.contains(id))
            .count()
    };
    let view = View {
        frame: ask.frame(),
        rows: SKUS
            .iter()
            .map(|sku| Row {
                id: sku.id,
                name: sku.name,
                services: sku
                    .services
                    .iter()
                    .map(|one| one.name())
                    .collect::<Vec<_>>()
                    .join(", "),
                holders: holders(sku.id),
            })
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the list of licenses"))
}
