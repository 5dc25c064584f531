//! `/pages`: every page of every site, for people who look around and for the test that opens them all.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use crate::{
    SITES,
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(crate) const PAGE: Page = Page {
    path: "/pages",
    about: "every page of every site",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

#[derive(Template)]
#[template(path = "keyway/pages/template.html")]
struct View {
    frame: Frame,
    sites: Vec<Site>,
}

struct Site {
    name: &'static str,
    /// Its true host; an organization's where every organization has one of its own.
    host: String,
    pages: Vec<Row>,
}

struct Row {
    path: &'static str,
    /// Where it can be opened as it stands.
    url: Option<String>,
    about: &'static str,
    who: &'static str,
}

fn show(ask: &Ask<'_>) -> Reply {
    let ready = &ask.portal.stage.ready;
    let organization = ready.organizations.first().and_then(|organization| {
        let host = organization.true_url.strip_prefix("https://")?;
        Some(host.trim_end_matches('/').to_owned())
    });
    let sites = SITES.iter().filter_map(|site| {
        let host = site
            .host
            .map(ToOwned::to_owned)
            .or_else(|| organization.clone())?;
        let row = |page: &Page| Row {
            path: page.path,
            url: (!page.path.contains('{')).then(|| address(ask, &host, page.path)),
            about: page.about,
            who: who(page.needs),
        };
        let pages = site.every_page().filter(|page| !page.path.contains('.'));
        let pages = pages.map(row).collect();
        Some(Site {
            name: site.name,
            host,
            pages,
        })
    });
    let view = View {
        frame: ask.frame(),
        sites: sites.collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the list of pages"))
}

/// The stand-in's own name has no dressed form.
fn address(ask: &Ask<'_>, host: &str, path: &str) -> String {
    match host == ask.call.host.as_str() {
        true => path.to_owned(),
        false => ask.address(host, path),
    }
}

fn who(needs: Needs) -> &'static str {
    match needs {
        Needs::Nothing | Needs::Form => "anybody",
        Needs::Tester => "whoever tests",
        Needs::Visitor => "whoever is signed in",
        Needs::Role(_) => "administrators",
    }
}
