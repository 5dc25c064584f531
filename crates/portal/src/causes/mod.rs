//! `/causes?q=`: every cause, or those that a number, a code, a word or a phrase leads to.

use std::collections::BTreeMap;

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use standin::edge::Handled;
use wire::Call;

use crate::{Page, Portal, ready, shell, text::shown};

pub(crate) const PAGE: Page = Page {
    path: "/causes",
    about: "every cause, searchable by number, code, word or phrase",
    most_body: 0,
    handle,
};

/// The longest search, in characters: no phrase is longer.
const MOST_SEARCH: usize = 200;

#[derive(Template)]
#[template(path = "causes/template.html")]
struct View<'c> {
    search: String,
    count: usize,
    families: BTreeMap<&'c str, Vec<Row<'c>>>,
}

struct Row<'c> {
    id: &'c str,
    title: &'c str,
}

fn handle<'a>(portal: &'a Portal, call: &'a Call) -> Handled<'a> {
    let view = View::of(portal, &search(&call.query));
    ready(shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the list of causes"),
    ))
}

fn search(query: &str) -> String {
    let typed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
    let typed = typed.map(|(_, typed)| typed.into_owned()).unwrap_or_default();
    typed.trim().chars().take(MOST_SEARCH).collect()
}

impl<'c> View<'c> {
    fn of(portal: &'c Portal, search: &str) -> Self {
        let mut families: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let all = portal.catalog.causes().iter();
        let mut count = 0;
        for cause in all.filter(|cause| search.is_empty() || cause.is_about(search)) {
            count += 1;
            families.entry(cause.meta.family.as_str()).or_default().push(Row {
                id: &cause.id,
                title: &cause.article.title,
            });
        }
        Self {
            search: shown(search),
            count,
            families,
        }
    }
}
