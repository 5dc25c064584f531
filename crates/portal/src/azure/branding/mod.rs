//! `/apps/{app}/branding`: the name, and whether the application is disabled as a whole.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    wrong::Wrong,
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
    name: String,
    disabled: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(save(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

async fn save(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let patch = json!({ "name": ask.field("name"), "disabled": is_ticked(ask) });
    desk.act(ask, "changeApp", &patch).await?;
    Ok(ask.done(&desk.at("/branding"), "The properties were saved."))
}

fn is_ticked(ask: &Ask<'_>) -> bool {
    ask.form.get("disabled").is_some()
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let (name, disabled) = match &wrong {
        Some(_) => (ask.field("name"), is_ticked(ask)),
        None => (desk.app.name.as_str(), desk.app.disabled),
    };
    let view = View {
        menu: desk.menu("/branding"),
        base: desk.at("/branding"),
        name: name.to_owned(),
        disabled,
        frame: ask.frame().with(wrong),
    };
    let decision = Decision::served("a registration's properties");
    shell::page(StatusCode::OK, &view, decision)
}
