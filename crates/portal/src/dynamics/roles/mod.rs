//! `/organizations/{organization}/roles`: the security roles, of each business unit its own; a new one, or a copy.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::place::{Place, Tabs};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/organizations/{organization}/roles",
    about: "the security roles of an organization",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How many stand on a page.
const EACH: usize = 60;

#[derive(Template)]
#[template(path = "dynamics/roles/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
    paging: Paging,
    /// Who may give them.
    administrators: Vec<String>,
    /// Id and name of each business unit, and of each role that can be copied.
    units: Vec<(String, String)>,
    models: Vec<(String, String)>,
    typed: String,
}

struct Row {
    id: String,
    name: String,
    unit: String,
    privileges: usize,
    holders: usize,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = &Place::of(ask).await?;
    ask.form(change(ask, place), async |wrong| show(ask, place, wrong))
        .await
}

fn show(ask: &Ask<'_>, place: &Place, wrong: Option<Wrong>) -> Reply {
    let org = place.org()?;
    let mut rows: Vec<_> = org
        .roles()
        .map(|role| Row {
            id: role.id.to_string(),
            name: shown(&role.name),
            unit: org
                .unit(role.unit)
                .map(|unit| shown(&unit.name))
                .unwrap_or_default(),
            privileges: role.privileges.len(),
            holders: org.users().filter(|user| user.roles.contains(&role.id)).count(),
        })
        .collect();
    rows.sort_by(|a, b| (&a.name, &a.unit).cmp(&(&b.name, &b.unit)));
    let (rows, paging) = paged(ask, rows, EACH);
    let root = org.root_unit().map(|unit| unit.id);
    let mut units: Vec<_> = org.units().collect();
    units.sort_by_key(|unit| (Some(unit.id) != root, &unit.name));
    let mut models: Vec<_> = org.roles().filter(|role| Some(role.unit) == root).collect();
    models.sort_by_key(|role| &role.name);
    let view = View {
        units: units
            .iter()
            .map(|unit| (unit.id.to_string(), shown(&unit.name)))
            .collect(),
        models: models
            .iter()
            .map(|role| (role.id.to_string(), shown(&role.name)))
            .collect(),
        typed: shown(ask.field("name")),
        frame: ask.frame().with(wrong),
        tabs: place.tabs(ask)?,
        rows,
        paging,
        administrators: org
            .administrators()
            .map(|user| shown(&format!("{} ({})", user.full_name(), user.domain_name)))
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the security roles"))
}

/// A new role; its own page comes next.
async fn change(ask: &Ask<'_>, place: &Place) -> Reply {
    let name = ask.field("name");
    let mut body = json!({ "name": name, "unit": ask.field("unit") });
    if !ask.field("copy").is_empty() {
        body["copy"] = json!(ask.field("copy"));
    }
    let made = place.act(ask, "createSecurityRole", &[], &body).await?;
    let id = made["id"].as_str().unwrap_or_default();
    let said = match body["copy"].is_null() {
        true => format!("The security role {name} was made. It allows nothing yet: give it privileges."),
        false => format!("The security role {name} was made, with the privileges of the other."),
    };
    place.done(ask, &format!("/roles/{id}"), said)
}
