//! What is said after a name was typed: the same for every name of a domain. Who can help stands here, by name (row
//! 003-10): that an organization's administrators are known to whoever knows its domain is what the row asks for.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use types::{Upn, Uuid};

use super::{Place, organization};
use crate::{
    frame::Frame,
    keyway,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const WORK: Page = Page {
    path: "/sent",
    about: "what happens after a name was typed, and who can help",
    needs: Needs::Form,
    most_body: 0,
    handle: |ask| Box::pin(answer(ask)),
};

pub(crate) const PERSONAL: Page = Page {
    path: "/password/sent",
    ..WORK
};

#[derive(Template)]
#[template(path = "reset/sent/template.html")]
struct View {
    frame: Frame,
    place: Place,
    name: String,
    again: &'static str,
    help: Option<Help>,
    other: String,
    /// The journal's line, for testers.
    why: Option<String>,
}

/// An organization's own.
struct Help {
    organization: String,
    set_up: bool,
    people: Vec<(String, String)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = Place::of(ask);
    let typed = ask.query.get("username").unwrap_or_default();
    let name = typed.parse::<Upn>().ok();
    let tenant = match (&name, place) {
        (Some(name), Place::Work) => organization(ask, name).await?,
        _ => None,
    };
    let help = match tenant {
        None => None,
        Some(tenant) => {
            let view = ask.portal.stage.store.view::<directory::Tenant>(tenant).await?;
            let people = view.administrators();
            Some(Help {
                organization: view.settings.name.clone(),
                set_up: view.settings.self_service_reset,
                people: people
                    .into_iter()
                    .map(|one| (one.name, one.upn.to_string()))
                    .collect(),
            })
        }
    };
    let request = ask.query.get("request").and_then(|id| Uuid::try_parse(id).ok());
    let view = View {
        frame: ask.frame(),
        place,
        name: shown(typed),
        again: place.paths()[0],
        help,
        other: place.other(ask, typed),
        why: request.map(|id| keyway::url(ask, &format!("/journal?request={id}"))),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("what happens after a password was forgotten"),
    )
}
