//! `/apps/{app}/endpoints?url=`: every address that a program is given, of both versions, and the authorization endpoint
//! with an organization's address encoded in it (rows 004-13 to 004-15, 004-19, 004-20).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::Organizations;
use wire::address::{Address, Kind, Online, encode};

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::sentence,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/endpoints",
    about: "Endpoints of both versions, and the authorization endpoint for an organization",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/endpoints/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    single: bool,
    tables: Vec<Table>,
    typed: String,
    problem: Option<String>,
    made: Option<Made>,
    organizations: Vec<String>,
}

struct Table {
    title: String,
    rows: Vec<(&'static str, String)>,
}

/// What was made of an organization's address.
struct Made {
    url: String,
    encoded: String,
    notes: Vec<String>,
    /// Name and address.
    addresses: Vec<(String, String)>,
}

/// What the portal's list calls each, and its path behind the tenant.
const PATHS: &[(&str, &str)] = &[
    ("OAuth 2.0 authorization endpoint (v2)", "/oauth2/v2.0/authorize"),
    ("OAuth 2.0 token endpoint (v2)", "/oauth2/v2.0/token"),
    ("OAuth 2.0 authorization endpoint (v1)", "/oauth2/authorize"),
    ("OAuth 2.0 token endpoint (v1)", "/oauth2/token"),
    (
        "OAuth 2.0 device authorization endpoint (v2)",
        "/oauth2/v2.0/devicecode",
    ),
    (
        "OpenID Connect metadata document",
        "/v2.0/.well-known/openid-configuration",
    ),
    ("Admin consent (v2)", "/v2.0/adminconsent"),
];

async fn show(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let single = !desk.app.audience.is_multi_tenant();
    let table = |title: &str, segment: &str| Table {
        title: title.to_owned(),
        rows: PATHS
            .iter()
            .map(|(name, path)| {
                (
                    *name,
                    ask.address("login.microsoftonline.com", &format!("/{segment}{path}")),
                )
            })
            .collect(),
    };
    let typed = ask.query.get("url").unwrap_or_default().trim();
    let (made, problem) = match typed {
        "" => (None, None),
        typed => match Address::read(typed, &ask.portal.stage.regions) {
            Address {
                kind: Kind::Online(online),
                notes,
            } => (Some(make(&online, &notes, &desk.tenant)), None),
            other => (None, Some(not_online(typed, &other))),
        },
    };
    let organizations = ask
        .portal
        .stage
        .store
        .view::<Organizations>(ask.tenant()?.id())
        .await?;
    let mut known: Vec<String> = organizations
        .iter()
        .map(|org| ask.call.form.url(&org.record.host, "/"))
        .collect();
    known.sort();
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/endpoints"),
        base: desk.at("/endpoints"),
        single,
        tables: vec![
            table("This directory", &desk.tenant),
            table("Any directory (common)", "common"),
        ],
        typed: shown(typed),
        problem,
        made,
        organizations: known,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("a registration's endpoints"),
    )
}

fn not_online(typed: &str, read: &Address) -> String {
    let what = sentence(&format!("“{}” is {}", shown(typed), shown(&read.kind.sentence())));
    match read.kind.corrected() {
        Some(meant) => format!("{what} Did you mean {}?", shown(&meant)),
        None => format!(
            "{what} Give the address of an organization, such as https://orgfb974624.crm4.dynamics.com/."
        ),
    }
}

/// The endpoints of version 1, by the old name and by today's, for all directories and for this one.
fn make(online: &Online, notes: &[String], tenant: &str) -> Made {
    let here = |url: &str| url.replacen("/common/", &format!("/{tenant}/"), 1);
    let today = |url: &str| url.replacen("login.windows.net", "login.microsoftonline.com", 1);
    let (authorize, token) = (online.authorization_v1(), online.token_v1());
    let addresses = vec![
        ("Authorization endpoint, this directory", today(&here(&authorize))),
        ("Token endpoint, this directory", today(&here(&token))),
        (
            "Authorization endpoint, any directory, by the old name",
            authorize,
        ),
        ("Token endpoint, any directory, by the old name", token),
    ];
    Made {
        url: online.url(),
        encoded: encode(&online.url()),
        notes: notes.iter().map(|note| shown(note)).collect(),
        addresses: addresses
            .into_iter()
            .map(|(name, url)| (name.to_owned(), url))
            .collect(),
    }
}
