//! `/audit`: who changed what, newest first.

use askama::Template;
use authority::Registrations;
use directory::{Tenant, audit::Log};
use evidence::Decision;
use http::StatusCode;
use organization::Organizations;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::{has, moment, shown},
};

pub(crate) const PAGE: Page = Page {
    path: "/audit",
    about: "who changed what, searched by who, what and whom",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// How many stand on a page.
const EACH: usize = 40;
/// The longest account of a change that is shown, in characters.
const MOST_WHAT: usize = 300;

#[derive(Template)]
#[template(path = "admin/audit/template.html")]
struct View {
    frame: Frame,
    /// What was searched for: who, what, whom.
    search: [String; 3],
    rows: Vec<Row>,
    paging: Paging,
}

struct Row {
    at: String,
    actor: String,
    operation: String,
    target: String,
    what: String,
    done: bool,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?;
    let store = &ask.portal.stage.store;
    let log = store.view::<Log>(tenant.id()).await?;
    let organizations = store.view::<Organizations>(tenant.id()).await?;
    let registrations = store.view::<Registrations>(tenant.id()).await?;
    let search = ["actor", "operation", "target"].map(|name| ask.searched(name));
    let [actor, operation, target] = &search;
    let rows: Vec<_> = log
        .entries()
        .filter(|entry| has(&entry.actor, actor) && has(&entry.operation, operation))
        .map(|entry| {
            (
                entry,
                named(tenant, &organizations, &registrations, &entry.target),
            )
        })
        .filter(|(entry, name)| has(&entry.target, target) || has(name, target))
        .collect();
    let (rows, paging) = paged(ask, rows, EACH);
    let view = View {
        frame: ask.frame(),
        search: search.map(|text| shown(&text)),
        rows: rows
            .into_iter()
            .map(|(entry, target)| Row {
                at: moment(entry.at),
                actor: shown(&entry.actor),
                operation: entry.operation.clone(),
                target: shown(&target),
                what: shown(&entry.what.chars().take(MOST_WHAT).collect::<String>()),
                done: entry.done,
            })
            .collect(),
        paging,
    };
    shell::page(StatusCode::OK, &view, Decision::served("the audit log"))
}

/// Names in place of the ids that the log keeps, as long as there is somebody behind them.
fn named(
    tenant: &Tenant,
    organizations: &Organizations,
    registrations: &Registrations,
    target: &str,
) -> String {
    let name = |id: &str| -> Option<String> {
        let uuid: types::Uuid = id.parse().ok()?;
        if let Some(account) = tenant.account(uuid.into()) {
            return Some(account.upn.to_string());
        }
        if let Some(app) = registrations.app(uuid.into()) {
            return Some(app.name.clone());
        }
        organizations.iter().find_map(|org| {
            let here = (org.record.id.uuid() == uuid).then(|| org.record.unique_name.clone());
            here.or_else(|| org.user(uuid.into()).map(|user| user.domain_name.clone()))
                .or_else(|| org.role(uuid.into()).map(|role| role.name.clone()))
                .or_else(|| org.unit(uuid.into()).map(|unit| unit.name.clone()))
        })
    };
    let parts: Vec<_> = target
        .split(" / ")
        .map(|part| name(part).unwrap_or_else(|| part.to_owned()))
        .collect();
    parts.join(" / ")
}
