//! `/groups`: every security group, and a new one.

use std::collections::BTreeMap;

use askama::Template;
use evidence::Decision;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::shown,
    wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/groups",
    about: "every security group with the number of its members",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

/// How many stand on a page.
const EACH: usize = 50;

#[derive(Template)]
#[template(path = "admin/groups/template.html")]
struct View {
    frame: Frame,
    /// Address, name, members.
    rows: Vec<(String, String, usize)>,
    paging: Paging,
    may_manage: bool,
}

fn show(ask: &Ask<'_>) -> Reply {
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for account in ask.tenant()?.accounts().filter(|account| !account.deleted) {
        for group in &account.groups {
            *groups.entry(group).or_default() += 1;
        }
    }
    let rows = groups
        .into_iter()
        .map(|(name, members)| (super::group::path(name), shown(name), members))
        .collect();
    let (rows, paging) = paged(ask, rows, EACH);
    let view = View {
        frame: ask.frame(),
        rows,
        paging,
        may_manage: rights::has(ask, rights::MANAGE),
    };
    shell::page(wrong::status(None), &view, Decision::served("the list of groups"))
}
