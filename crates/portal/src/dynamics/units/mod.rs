//! `/organizations/{organization}/units`: business units, which users and security roles belong to.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::BusinessUnit;
use serde_json::json;

use super::place::{Place, Tabs};
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
    path: "/organizations/{organization}/units",
    about: "the business units of an organization",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How many stand on a page.
const EACH: usize = 50;
/// The longest name, in characters.
const MOST_NAME: usize = 160;

#[derive(Template)]
#[template(path = "dynamics/units/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
    paging: Paging,
    typed: String,
}

struct Row {
    id: String,
    name: String,
    above: String,
    root: bool,
    disabled: bool,
    users: usize,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = &Place::of(ask).await?;
    ask.form(change(ask, place), async |wrong| show(ask, place, wrong))
        .await
}

fn show(ask: &Ask<'_>, place: &Place, wrong: Option<Wrong>) -> Reply {
    let org = place.org()?;
    let name = |unit: &BusinessUnit| shown(&unit.name);
    let mut rows: Vec<_> = org
        .units()
        .map(|unit| Row {
            id: unit.id.to_string(),
            name: name(unit),
            above: unit
                .parent
                .and_then(|id| org.unit(id))
                .map(name)
                .unwrap_or_default(),
            root: unit.parent.is_none(),
            disabled: unit.disabled,
            users: org.users().filter(|user| user.unit == Some(unit.id)).count(),
        })
        .collect();
    rows.sort_by(|a, b| (!a.root, &a.name).cmp(&(!b.root, &b.name)));
    let (rows, paging) = paged(ask, rows, EACH);
    let view = View {
        tabs: place.tabs(ask)?,
        rows,
        paging,
        typed: shown(ask.field("name")),
        frame: ask.frame().with(wrong),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the business units"))
}

async fn change(ask: &Ask<'_>, place: &Place) -> Reply {
    let org = place.org()?;
    let unit = || {
        let found = ask.field("unit").parse().ok().and_then(|id| org.unit(id));
        found.ok_or_else(|| Stop::wrong("There is no such business unit.", "Choose one from the list."))
    };
    let said = match ask.field("do") {
        "add" => {
            let name: String = ask.field("name").chars().take(MOST_NAME).collect();
            if name.is_empty() {
                return Err(Stop::wrong("The business unit needs a name.", "Type one."));
            }
            let parent = unit()?.id;
            place
                .act(
                    ask,
                    "addBusinessUnit",
                    &[],
                    &json!({ "name": name, "parent": parent }),
                )
                .await?;
            format!("The business unit {name} was added, with its own copies of the security roles.")
        }
        what @ ("disable" | "enable") => {
            let unit = unit()?;
            let id = unit.id.to_string();
            let body = json!({ "disabled": what == "disable" });
            place
                .act(ask, "changeBusinessUnit", &[("unit", &id)], &body)
                .await?;
            format!("The business unit {} was {what}d.", unit.name)
        }
        _ => return Err(Stop::no_button()),
    };
    place.done(ask, "/units", said)
}
