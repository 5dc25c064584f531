//! `/groups`: every security group, and a new one.

use std::collections::BTreeMap;

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::Value;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/groups",
    about: "every security group with the number of its members",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
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
    typed: [String; 2],
    may_manage: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(create(ask), async |wrong| show(ask, wrong)).await
}

/// A group is there with its first member.
async fn create(ask: &Ask<'_>) -> Reply {
    rights::only(ask, rights::MANAGE)?;
    let tenant = ask.tenant()?.id().to_string();
    let (group, account) = (ask.field("group"), ask.field("account"));
    if group.is_empty() || account.is_empty() {
        return Err(Stop::wrong(
            "A group needs a name and a first member.",
            "Fill in both.",
        ));
    }
    let named = [
        ("tenant", tenant.as_str()),
        ("group", group),
        ("account", account),
    ];
    ask.act("addMember", &named, &Value::Null).await?;
    Ok(ask.done(&super::group::path(group), "The group was made."))
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
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
        frame: ask.frame().with(wrong),
        typed: ["group", "account"].map(|name| shown(ask.field(name))),
        rows,
        paging,
        may_manage: rights::has(ask, rights::MANAGE),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the list of groups"))
}
