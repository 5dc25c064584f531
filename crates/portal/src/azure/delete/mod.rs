//! `/apps/{app}/delete`: deletes the registration, after asking.

use askama::Template;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::Value;

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/delete",
    about: "deletes a registration, after asking",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/delete/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    problem: Option<String>,
    id: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let mut problem = None;
    if ask.call.method == Method::POST {
        if ask.form.get("sure").is_some() {
            desk.act(ask, "deleteApp", &Value::Null).await?;
            return Ok(ask.done("/apps", format!("“{}” was deleted.", desk.menu("").name)));
        }
        problem = Some("Nothing was deleted. Tick that you understand, then delete.".to_owned());
    }
    let (status, decision) = match &problem {
        Some(why) => (StatusCode::BAD_REQUEST, Decision::refused(why.clone())),
        None => (
            StatusCode::OK,
            Decision::served("whether a registration shall be deleted"),
        ),
    };
    let view = View {
        frame: ask.frame(),
        menu: desk.menu(""),
        base: desk.at(""),
        problem,
        id: desk.app.id.to_string(),
    };
    shell::page(status, &view, decision)
}
