//! `/apps/{app}/branding`: the name, and whether the application is disabled as a whole.

use askama::Template;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::json;

use super::desk::{self, Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/branding",
    about: "Branding & properties: the name, disabled or not",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/branding/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    problem: Option<String>,
    name: String,
    disabled: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let (mut name, mut disabled) = (desk.app.name.clone(), desk.app.disabled);
    let mut problem = None;
    if ask.call.method == Method::POST {
        ask.field("name").clone_into(&mut name);
        disabled = ask.form.get("disabled").is_some();
        let patch = json!({ "name": name, "disabled": disabled });
        match desk.act(ask, "changeApp", &patch).await {
            Ok(_) => return Ok(ask.done(&desk.at("/branding"), "The properties were saved.")),
            Err(stop) => problem = Some(desk::refused(stop)?),
        }
    }
    let (status, decision) = match &problem {
        Some(why) => (StatusCode::BAD_REQUEST, Decision::refused(why.clone())),
        None => (StatusCode::OK, Decision::served("a registration's properties")),
    };
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/branding"),
        base: desk.at("/branding"),
        problem,
        name,
        disabled,
    };
    shell::page(status, &view, decision)
}
