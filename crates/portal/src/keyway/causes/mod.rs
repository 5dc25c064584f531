//! `/causes?q=`: every cause, or those that a number, a code, a word or a phrase leads to.

use std::collections::BTreeMap;

use askama::Template;
use catalog::Catalog;
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
    about: "every cause, searchable by number, code, word or phrase",
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
    count: usize,
    families: BTreeMap<&'c str, Vec<Row<'c>>>,
}

struct Row<'c> {
    id: &'c str,
    title: &'c str,
}

fn show(ask: &Ask<'_>) -> Reply {
    let view = View::of(ask, &search(ask.query.get("q").unwrap_or_default()));
    shell::page(StatusCode::OK, &view, Decision::served("the list of causes"))
}

fn search(typed: &str) -> String {
    typed.trim().chars().take(MOST_SEARCH).collect()
}

impl<'c> View<'c> {
    fn of(ask: &Ask<'c>, search: &str) -> Self {
        let mut families: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let all = Catalog::embedded().causes().iter();
        let mut count = 0;
        for cause in all.filter(|cause| search.is_empty() || cause.is_about(search)) {
            count += 1;
            families.entry(cause.meta.family.as_str()).or_default().push(Row {
                id: &cause.id,
                title: &cause.article.title,
            });
        }
        Self {
            frame: ask.frame(),
            search: shown(search),
            count,
            families,
        }
    }
}
