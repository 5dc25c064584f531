//! `/causes?q=&version=`: every cause, or those that a number, a code, a word or a phrase leads to, or that were
//! described for a version.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use catalog::{Catalog, Cause};
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/causes",
    about: "every cause, searchable by number, code, word or phrase, filtered by version",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

/// The longest search, in characters: no phrase is longer.
const MOST_SEARCH: usize = 200;

#[derive(Template)]
#[template(path = "keyway/causes/template.html")]
struct View<'c> {
    frame: Frame,
    search: String,
    /// The version that was chosen.
    version: String,
    /// Newest first.
    versions: Vec<&'c str>,
    count: usize,
    families: BTreeMap<&'c str, Vec<Row<'c>>>,
}

struct Row<'c> {
    id: &'c str,
    title: &'c str,
}

fn show(ask: &Ask<'_>) -> Reply {
    let version = ask.searched("version");
    let view = View::of(ask, &search(ask.query.get("q").unwrap_or_default()), &version);
    shell::page(StatusCode::OK, &view, Decision::served("the list of causes"))
}

fn search(typed: &str) -> String {
    typed.trim().chars().take(MOST_SEARCH).collect()
}

impl<'c> View<'c> {
    fn of(ask: &Ask<'c>, search: &str, version: &str) -> Self {
        let mut families: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let all = Catalog::embedded().causes();
        let versions: BTreeSet<_> = all.iter().flat_map(|cause| &cause.meta.versions).collect();
        let fits = |cause: &&Cause| {
            let of_version = version.is_empty() || cause.meta.versions.iter().any(|known| known == version);
            of_version && (search.is_empty() || cause.is_about(search))
        };
        let mut count = 0;
        for cause in all.iter().filter(fits) {
            count += 1;
            families.entry(cause.meta.family.as_str()).or_default().push(Row {
                id: &cause.id,
                title: &cause.article.title,
            });
        }
        Self {
            frame: ask.frame(),
            search: shown(search),
            version: shown(version),
            versions: versions.into_iter().rev().map(String::as_str).collect(),
            count,
            families,
        }
    }
}
