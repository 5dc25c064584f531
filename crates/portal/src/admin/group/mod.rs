//! `/groups/{group}`: the members of one group.

use askama::Template;
use directory::Account;
use evidence::Decision;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
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
    path: "/groups/{group}",
    about: "the members of one group",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How many stand on a page.
const EACH: usize = 50;

/// Where the group of that name is.
pub(super) fn path(group: &str) -> String {
    format!("/groups/{}", utf8_percent_encode(group, NON_ALPHANUMERIC))
}

#[derive(Template)]
#[template(path = "admin/group/template.html")]
struct View {
    frame: Frame,
    group: String,
    action: String,
    /// Id, name, user name.
    rows: Vec<(String, String, String)>,
    paging: Paging,
    typed: String,
    may_manage: bool,
}

fn group<'a>(ask: &'a Ask<'_>) -> Result<&'a str, Stop> {
    let group = ask.param("group").trim();
    match group.is_empty() {
        true => Err(Stop::Missing("No group was named".into())),
        false => Ok(group),
    }
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(change(ask), async |wrong| show(ask, wrong)).await
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let group = group(ask)?;
    let tenant = ask.tenant()?;
    let mut members: Vec<&Account> = tenant
        .accounts()
        .filter(|account| !account.deleted && account.groups.contains(group))
        .collect();
    members.sort_by_cached_key(|account| (account.name.to_lowercase(), account.upn.key()));
    let (members, paging) = paged(ask, members, EACH);
    let view = View {
        frame: ask.frame().with(wrong),
        group: shown(group),
        action: path(group),
        rows: members
            .into_iter()
            .map(|account| {
                let upn = shown(account.upn.as_str());
                (account.id.to_string(), shown(&account.name), upn)
            })
            .collect(),
        paging,
        typed: shown(ask.field("account")),
        may_manage: rights::has(ask, rights::MANAGE),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the members of a group"))
}

async fn change(ask: &Ask<'_>) -> Reply {
    rights::only(ask, rights::MANAGE)?;
    let group = group(ask)?;
    let tenant = ask.tenant()?.id().to_string();
    let account = ask.field("account");
    if account.is_empty() {
        return Err(Stop::wrong("Nobody was named.", "Type a user name."));
    }
    let (operation, said) = match ask.field("do") {
        "leave" => ("removeMember", "left"),
        _ => ("addMember", "joined"),
    };
    let named = [
        ("tenant", tenant.as_str()),
        ("group", group),
        ("account", account),
    ];
    ask.act(operation, &named, &Value::Null).await?;
    let who = match account.parse().ok().and_then(|id| ask.tenant().ok()?.account(id)) {
        Some(known) => known.upn.to_string(),
        None => account.to_owned(),
    };
    Ok(ask.done(&path(group), format!("{who} {said} the group.")))
}
