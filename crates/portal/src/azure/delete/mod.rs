//! `/apps/{app}/delete`: deletes the registration, after asking.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::Value;

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    wrong::Wrong,
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
    id: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(delete(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

async fn delete(ask: &Ask<'_>, desk: &Desk) -> Reply {
    if ask.form.get("sure").is_none() {
        return Err(Stop::wrong(
            "Nothing was deleted",
            "Tick that you understand, then delete.",
        ));
    }
    desk.act(ask, "deleteApp", &Value::Null).await?;
    Ok(ask.done("/apps", format!("“{}” was deleted.", desk.menu("").name)))
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let view = View {
        frame: ask.frame().with(wrong),
        menu: desk.menu(""),
        base: desk.at(""),
        id: desk.app.id.to_string(),
    };
    let decision = Decision::served("whether a registration shall be deleted");
    shell::page(StatusCode::OK, &view, decision)
}
