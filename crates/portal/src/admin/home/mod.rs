//! `/`: what an administrator looks at first: whether the services run, and who needs help.

use askama::Template;
use directory::health::Health;
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
    path: "/",
    about: "service health, and who needs help",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "admin/home/template.html")]
struct View {
    frame: Frame,
    tenant: String,
    /// What is not over: the service and the headline.
    open: Vec<(String, String)>,
    users: usize,
    blocked: usize,
    locked: usize,
    unlicensed: usize,
    guests: usize,
    reset: bool,
    organizations: String,
}

/// More are counted, not named.
const MOST_NAMED: usize = 10;

async fn show(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?;
    let now = ask.visitor()?.now;
    let health = ask.portal.stage.store.view::<Health>(tenant.id()).await?;
    let count = |what: &dyn Fn(&directory::Account) -> bool| {
        tenant
            .accounts()
            .filter(|account| !account.deleted && what(account))
            .count()
    };
    let view = View {
        frame: ask.frame(),
        tenant: shown(&tenant.settings.name),
        open: health
            .open(now)
            .take(MOST_NAMED)
            .map(|incident| (shown(&incident.service), shown(&incident.title)))
            .collect(),
        users: count(&|_| true),
        blocked: count(&|account| !account.enabled),
        locked: count(&|account| account.lockout.is_locked(now)),
        unlicensed: count(&|account| account.licenses.is_empty()),
        guests: count(&|account| matches!(account.kind, directory::AccountKind::Guest { .. })),
        reset: tenant.settings.self_service_reset,
        organizations: ask.address(super::centers::DYNAMICS, "/"),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the admin center's first page"),
    )
}
