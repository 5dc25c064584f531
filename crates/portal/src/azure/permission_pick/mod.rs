//! `/apps/{app}/permissions/add/{api}`: tick permissions of one API, then Add permissions (row 004-06).

use askama::Template;
use authority::Required;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::json;
use types::AppId;

use super::{
    apis,
    desk::{Desk, Menu},
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
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
    problem: Option<String>,
    name: String,
    id: AppId,
    dataverse: bool,
    /// Value, words, already configured.
    scopes: Vec<(String, String, bool)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let missing = || Stop::Missing("There is no such API".into());
    let id: AppId = ask.param("api").parse().map_err(|_| missing())?;
    let api = apis::find(&desk.here, id).ok_or_else(missing)?;
    let mut problem = None;
    if ask.call.method == Method::POST {
        let ticked = |value: &String| ask.form.get(&format!("{TICK}{value}")).is_some();
        let values = api.scopes.iter().map(|scope| scope.value.clone());
        let chosen: Vec<String> = values.filter(ticked).collect();
        if chosen.is_empty() {
            problem = Some("Tick at least one permission.".to_owned());
        } else {
            let mut requires = desk.app.requires.clone();
            let notice = format!("{} › {} was added.", api.name, chosen.join(", "));
            match requires.iter_mut().find(|required| required.resource == id) {
                Some(required) => required.scopes.extend(chosen),
                None => requires.push(Required {
                    resource: id,
                    scopes: chosen.into_iter().collect(),
                }),
            }
            desk.act(ask, "changeApp", &json!({ "requires": requires }))
                .await?;
            return Ok(ask.done(&desk.at("/permissions"), notice));
        }
    }
    let listed = |value: &str| {
        let of = desk
            .app
            .requires
            .iter()
            .filter(|required| required.resource == id);
        of.flat_map(|required| &required.scopes)
            .any(|scope| scope == value)
    };
    let (status, decision) = match &problem {
        Some(why) => (StatusCode::BAD_REQUEST, Decision::refused(why.clone())),
        None => (StatusCode::OK, Decision::served("an API's permissions")),
    };
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/permissions"),
        base: desk.at("/permissions"),
        problem,
        name: api.name,
        id,
        dataverse: id == AppId::DATAVERSE,
        scopes: api
            .scopes
            .into_iter()
            .map(|scope| {
                let known = listed(&scope.value);
                (scope.value, scope.about, known)
            })
            .collect(),
    };
    shell::page(status, &view, decision)
}
