//! `/apps/{app}/permissions/revoke/{consent}`: takes a grant back, after asking.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::Value;

use super::{
    apis,
    desk::{Desk, MANAGERS, Menu},
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/permissions/revoke/{consent}",
    about: "takes consent back, after asking",
    needs: Needs::Role(MANAGERS),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/revoke/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    api: String,
    scopes: String,
    who: String,
    key: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let key = ask.param("consent");
    // Of this registration: the page of one is no way to another's.
    let consents = desk.here.consents().iter();
    let consent = consents
        .filter(|consent| consent.app == desk.app.id)
        .find(|consent| consent.key() == key)
        .ok_or_else(|| Stop::Missing("This consent was taken back already".into()))?;
    if ask.sent() {
        let named = [("tenant", desk.tenant.as_str()), ("consent", key)];
        ask.act("revokeConsent", &named, &Value::Null).await?;
        return Ok(ask.done(&desk.at("/permissions"), "The consent was revoked."));
    }
    let who = match consent.user {
        None => "everybody".to_owned(),
        Some(user) => match ask.tenant()?.account(user) {
            Some(account) => shown(account.upn.as_str()),
            None => user.to_string(),
        },
    };
    let scopes: Vec<&str> = consent.scopes.iter().map(String::as_str).collect();
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/permissions"),
        base: desk.at("/permissions"),
        api: apis::name(&desk.here, consent.resource),
        scopes: shown(&scopes.join(", ")),
        who,
        key: consent.key(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("whether a consent shall be taken back"),
    )
}
