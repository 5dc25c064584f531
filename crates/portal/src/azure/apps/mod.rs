//! `/apps?view=&q=&page=`: the registrations of the tenant, all or the visitor's own (row 004-03).

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::desk;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps",
    about: "App registrations: all or owned, searchable",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// Rows on one page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "azure/apps/template.html")]
struct View {
    frame: Frame,
    search: String,
    owned: bool,
    count: usize,
    rows: Vec<Row>,
    /// Where more are, and where fewer.
    more: Option<String>,
    back: Option<String>,
    may_register: bool,
}

struct Row {
    name: String,
    id: String,
    credentials: &'static str,
    troubled: bool,
    /// The visitor may open it.
    opens: bool,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let search = shown(ask.query.get("q").unwrap_or_default().trim());
    let wanted = search.to_lowercase();
    let owned = match ask.query.get("view") {
        Some(view) => view == "owned",
        None => !desk::manages_all(&visitor.account),
    };
    let here = desk::registrations(ask).await?;
    let mut rows: Vec<Row> = here
        .apps()
        .filter(|app| !owned || app.owners.contains(&visitor.account.id))
        .filter(|app| app.name.to_lowercase().contains(&wanted) || app.id.to_string().starts_with(&wanted))
        .map(|app| {
            let valid = app.secrets.iter().any(|secret| visitor.now < secret.ends);
            let (credentials, troubled) = match (app.secrets.is_empty(), app.certificates.is_empty()) {
                (_, false) => ("Current", false),
                (false, _) if valid => ("Current", false),
                (false, _) => ("Expired", true),
                (true, true) => ("None", false),
            };
            Row {
                name: shown(&app.name),
                id: app.id.to_string(),
                credentials,
                troubled,
                opens: desk::manages(visitor, app),
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        a.name
            .to_lowercase()
            .cmp(&b.name.to_lowercase())
            .then(a.id.cmp(&b.id))
    });
    let count = rows.len();
    let page: usize = ask
        .query
        .get("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(0);
    let page = page.min(count / ROWS);
    let link = |page: usize| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("view", if owned { "owned" } else { "all" })
            .append_pair("q", &search)
            .append_pair("page", &page.to_string())
            .finish();
        format!("/apps?{query}")
    };
    let view = View {
        frame: ask.frame(),
        more: (count > (page + 1) * ROWS).then(|| link(page + 1)),
        back: page.checked_sub(1).map(link),
        rows: rows.into_iter().skip(page * ROWS).take(ROWS).collect(),
        search,
        owned,
        count,
        may_register: desk::hindrance_to_register(&visitor.tenant.settings, &visitor.account).is_none(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the list of registrations"),
    )
}
