//! `/users`: everybody, searched and filtered.

use askama::Template;
use directory::{Account, AccountKind, Role, licenses::SKUS};
use evidence::Decision;
use http::StatusCode;
use types::Timestamp;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::{has, shown},
};

pub(crate) const PAGE: Page = Page {
    path: "/users",
    about: "everybody, searched by name and filtered by license and state",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

/// How many stand on a page.
const EACH: usize = 50;

/// What the list can be narrowed to.
const STATES: &[(&str, &str)] = &[
    ("", "Everybody"),
    ("allowed", "Sign-in allowed"),
    ("blocked", "Sign-in blocked"),
    ("locked", "Locked out"),
    ("unlicensed", "Unlicensed"),
    ("administrator", "Administrators"),
    ("guest", "Guests"),
    ("deleted", "Deleted users"),
];

#[derive(Template)]
#[template(path = "admin/users/template.html")]
struct View {
    frame: Frame,
    search: String,
    /// Value, name, chosen.
    states: Vec<(&'static str, &'static str, bool)>,
    licenses: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    paging: Paging,
    may_manage: bool,
}

struct Row {
    id: String,
    name: String,
    upn: String,
    /// What keeps it from signing in, or that nothing does.
    state: &'static str,
    good: bool,
    licenses: String,
    roles: String,
}

fn show(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?;
    let now = ask.visitor()?.now;
    let search = ask.searched("q");
    let state = ask.query.get("state").unwrap_or_default();
    let license = ask.query.get("license").unwrap_or_default();
    let mut found: Vec<&Account> = tenant
        .accounts()
        .filter(|account| is_in(account, state, now))
        .filter(|account| license.is_empty() || account.licenses.contains(license))
        .filter(|account| {
            let names = std::iter::once(&account.upn).chain(&account.aliases);
            has(&account.name, &search) || names.into_iter().any(|name| has(name.as_str(), &search))
        })
        .collect();
    found.sort_by_cached_key(|account| (account.name.to_lowercase(), account.upn.key()));
    let (found, paging) = paged(ask, found, EACH);
    let view = View {
        frame: ask.frame(),
        search: shown(&search),
        states: STATES
            .iter()
            .map(|(id, name)| (*id, *name, *id == state))
            .collect(),
        licenses: SKUS
            .iter()
            .map(|sku| (sku.id, sku.name, sku.id == license))
            .collect(),
        rows: found.into_iter().map(|account| row(account, now)).collect(),
        paging,
        may_manage: rights::has(ask, rights::MANAGE),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the list of users"))
}

fn is_in(account: &Account, state: &str, now: Timestamp) -> bool {
    let guest = matches!(account.kind, AccountKind::Guest { .. });
    match state {
        "deleted" => account.deleted,
        _ if account.deleted => false,
        "allowed" => account.enabled,
        "blocked" => !account.enabled,
        "locked" => account.lockout.is_locked(now),
        "unlicensed" => account.licenses.is_empty(),
        "administrator" => account.is_administrator(),
        "guest" => guest,
        _ => true,
    }
}

fn row(account: &Account, now: Timestamp) -> Row {
    let (state, good) = super::user::state(account, now);
    let licenses: Vec<_> = account
        .licenses
        .iter()
        .map(|id| super::licenses::name(id))
        .collect();
    let roles: Vec<_> = account.roles.iter().copied().map(Role::name).collect();
    Row {
        id: account.id.to_string(),
        name: shown(&account.name),
        upn: shown(account.upn.as_str()),
        state,
        good,
        licenses: licenses.join(", "),
        roles: roles.join(", "),
    }
}
