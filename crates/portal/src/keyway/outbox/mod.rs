//! `/outbox`: every mail of the stand-in, and `/outbox/{tenant}/{mail}`, one of them.
//!
//! A mail's HTML is shown as its source: it is somebody else's page, and no frame may hold one here. What it says stands
//! in its text, and its links are links.

mod one;

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, Value::Null};

use super::tenants::{self, Choice};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const LIST: Page = Page {
    path: "/outbox",
    about: "every mail of the stand-in",
    needs: Needs::Tester,
    most_body: 0,
    handle: |ask| Box::pin(list(ask)),
};

pub(crate) const MAIL: Page = Page {
    path: "/outbox/{tenant}/{mail}",
    about: "one mail: its text, its links, its source, how far it came",
    needs: Needs::Tester,
    most_body: FORM,
    handle: |ask| Box::pin(one::answer(ask)),
};

/// Mails on the page; a search finds the others.
const MOST: &str = "60";

#[derive(Template)]
#[template(path = "keyway/outbox/template.html")]
struct View {
    frame: Frame,
    tenants: Vec<Choice>,
    to: String,
    q: String,
    kinds: Vec<(&'static str, bool)>,
    mails: Vec<Row>,
    is_search: bool,
}

struct Row {
    path: String,
    at: String,
    to: String,
    kind: String,
    subject: String,
    delivery: String,
}

async fn list(ask: &Ask<'_>) -> Reply {
    let typed = |name: &str| ask.query.get(name).unwrap_or_default().trim();
    let (to, q) = (typed("to"), typed("q"));
    let kinds = directory::mail::Kind::ALL.map(|kind| (kind.name(), kind.name() == typed("kind")));
    let kind = kinds
        .iter()
        .find(|(_, chosen)| *chosen)
        .map_or("", |(name, _)| *name);
    let search: Vec<_> = [("to", to), ("q", q), ("kind", kind), ("limit", MOST)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let of = Some(typed("tenant")).filter(|tenant| !tenant.is_empty());
    let tenant = match of {
        Some(tenant) => Some(tenants::find(ask, tenant).await?),
        None => None,
    };
    let found = match tenant.map(|tenant| tenant.to_string()) {
        Some(tenant) => {
            let mut search = search.clone();
            search.push(("tenant", &tenant));
            ask.act("listMails", &search, &Null).await?
        }
        None => ask.act("listAllMails", &search, &Null).await?,
    };
    let view = View {
        frame: ask.frame(),
        tenants: tenants::choices(ask, tenant).await?,
        to: shown(to),
        q: shown(q),
        kinds: kinds.to_vec(),
        mails: found["mails"].as_array().into_iter().flatten().map(row).collect(),
        is_search: search.len() > 1 || tenant.is_some(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the outbox"))
}

fn row(mail: &Value) -> Row {
    Row {
        path: format!("/outbox/{}/{}", text(&mail["tenant"]), text(&mail["id"])),
        at: text(&mail["at"]),
        to: text(&mail["to"]),
        kind: text(&mail["kind"]),
        subject: text(&mail["subject"]),
        delivery: text(&mail["delivery"]["state"]),
    }
}

fn text(value: &Value) -> String {
    shown(value.as_str().unwrap_or_default())
}
