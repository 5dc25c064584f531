//! `/apps/{app}/owners`: who may edit the registration without an administrator's role.

use askama::Template;
use authority::App;
use directory::Account;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};
use types::ObjectId;
use wire::Answer;

use super::desk::{self, Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/owners",
    about: "Owners: who may edit a registration without an administrator's role",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/owners/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    rows: Vec<Row>,
    /// What was typed, where it could not be done.
    typed: String,
    /// The visitor may edit it by a role, and so also when nobody owns it.
    by_role: bool,
}

struct Row {
    id: String,
    name: String,
    /// It is the visitor.
    own: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(change(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let visitor = ask.visitor()?;
    let mut rows: Vec<_> = desk
        .app
        .owners
        .iter()
        .map(|id| Row {
            id: id.to_string(),
            name: name(visitor.tenant.account(*id), *id),
            own: *id == visitor.account.id,
        })
        .collect();
    rows.sort_by_cached_key(|row| row.name.to_lowercase());
    let view = View {
        typed: match &wrong {
            Some(_) => shown(ask.field("account")),
            None => String::new(),
        },
        frame: ask.frame().with(wrong),
        menu: desk.menu("/owners"),
        base: desk.at("/owners"),
        rows,
        by_role: desk::manages_all(&visitor.account),
    };
    shell::page(StatusCode::OK, &view, Decision::served("a registration's owners"))
}

fn name(account: Option<&Account>, id: ObjectId) -> String {
    match account {
        Some(account) => shown(&format!("{} ({})", account.name, account.upn)),
        None => id.to_string(),
    }
}

async fn change(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let (app, account) = (desk.app.id.to_string(), ask.field("account"));
    if account.is_empty() {
        return Err(Stop::wrong("Nobody was named.", "Type a user name."));
    }
    let named = [
        ("tenant", desk.tenant.as_str()),
        ("app", app.as_str()),
        ("account", account),
    ];
    match ask.field("do") {
        "add" => {
            ask.act("addOwner", &named, &Value::Null).await?;
            let said = format!("{account} is an owner now, and may edit this registration.");
            Ok(ask.done(&desk.at("/owners"), said))
        }
        "remove" => {
            let left = ask.act("removeOwner", &named, &Value::Null).await?;
            removed(ask, desk, account, left["owners"] == json!([]))
        }
        _ => Err(Stop::no_button()),
    }
}

/// Who leaves may not see the page any more; that the last one left is said.
fn removed(ask: &Ask<'_>, desk: &Desk, account: &str, nobody: bool) -> Result<(Answer, Decision), Stop> {
    let visitor = ask.visitor()?;
    let known = account.parse().ok();
    let gone = known.and_then(|id| visitor.tenant.account(id));
    let who = gone.map_or(account, |gone| gone.upn.as_str());
    let App { name, .. } = &desk.app;
    let mut said = format!("{who} no longer owns “{name}”.");
    if nobody {
        said.push_str(" Nobody owns it now: only administrators of applications may edit it.");
    }
    let leaves = known == Some(visitor.account.id) && !desk::manages_all(&visitor.account);
    let next = match leaves {
        true => "/apps".to_owned(),
        false => desk.at("/owners"),
    };
    Ok(ask.done(&next, said))
}
