//! `/apps/{app}/secrets/{secret}/value`: the value of a new secret, once (row 004-10).

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::{
    desk::{Desk, Menu, day},
    once::Once,
};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/secrets/{secret}/value",
    about: "the value of a new client secret, shown once",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/secret_value/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    name: String,
    id: String,
    ends: String,
    value: Option<String>,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let id = ask.param("secret");
    let secret = desk.app.secrets.iter().find(|secret| secret.id.to_string() == id);
    let secret = secret.ok_or_else(|| Stop::Missing("This client secret was deleted".into()))?;
    let once = Once::carried(ask, id);
    let decision = match once {
        Some(_) => Decision::served("the value of a new client secret, once"),
        None => Decision::refused("the value of a client secret is shown once, and it was"),
    };
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/secrets"),
        base: desk.at("/secrets"),
        name: shown(&secret.name),
        id: secret.id.to_string(),
        ends: day(secret.ends),
        value: once.map(|once| once.value),
    };
    let (answer, decision) = shell::page(StatusCode::OK, &view, decision)?;
    Ok((Once::forget(answer), decision))
}
