//! `/apps/{app}/permissions/add/{api}`: tick permissions of one API, then Add permissions (row 004-06).

use askama::Template;
use authority::Required;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::AppId;

use super::{
    apis::{self, Api},
    desk::{Desk, Menu},
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/permissions/add/{api}",
    about: "Request API permissions: tick them and add them",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// Each permission is a field of its own, by this and its value.
const TICK: &str = "tick:";

#[derive(Template)]
#[template(path = "azure/permission_pick/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    name: String,
    id: AppId,
    dataverse: bool,
    /// Value, words, already configured.
    scopes: Vec<(String, String, bool)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    let missing = || Stop::Missing("There is no such API".into());
    let id: AppId = ask.param("api").parse().map_err(|_| missing())?;
    let api = &apis::find(&desk.here, id).ok_or_else(missing)?;
    ask.form(add(ask, desk, api), async |wrong| show(ask, desk, api, wrong))
        .await
}

async fn add(ask: &Ask<'_>, desk: &Desk, api: &Api) -> Reply {
    let ticked = |value: &String| ask.form.get(&format!("{TICK}{value}")).is_some();
    let values = api.scopes.iter().map(|scope| scope.value.clone());
    let chosen: Vec<String> = values.filter(ticked).collect();
    if chosen.is_empty() {
        return Err(Stop::wrong("No permission was chosen", "Tick at least one."));
    }
    let mut requires = desk.app.requires.clone();
    let notice = format!("{} › {} was added.", api.name, chosen.join(", "));
    match requires.iter_mut().find(|required| required.resource == api.id) {
        Some(required) => required.scopes.extend(chosen),
        None => requires.push(Required {
            resource: api.id,
            scopes: chosen.into_iter().collect(),
        }),
    }
    desk.act(ask, "changeApp", &json!({ "requires": requires }))
        .await?;
    Ok(ask.done(&desk.at("/permissions"), notice))
}

fn show(ask: &Ask<'_>, desk: &Desk, api: &Api, wrong: Option<Wrong>) -> Reply {
    let listed = |value: &str| {
        let of = desk
            .app
            .requires
            .iter()
            .filter(|required| required.resource == api.id);
        of.flat_map(|required| &required.scopes)
            .any(|scope| scope == value)
    };
    let view = View {
        frame: ask.frame().with(wrong),
        menu: desk.menu("/permissions"),
        base: desk.at("/permissions"),
        name: api.name.clone(),
        id: api.id,
        dataverse: api.id == AppId::DATAVERSE,
        scopes: api
            .scopes
            .iter()
            .map(|scope| (scope.value.clone(), scope.about.clone(), listed(&scope.value)))
            .collect(),
    };
    let decision = Decision::served("an API's permissions");
    shell::page(StatusCode::OK, &view, decision)
}
