//! `/apps/{app}/permissions/consent`: Grant admin consent, confirmed with Yes (row 004-07).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    apis,
    desk::{self, Desk, MANAGERS, Menu},
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/permissions/consent",
    about: "Grant admin consent, after asking",
    needs: Needs::Role(MANAGERS),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/consent/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    organization: String,
    /// API and permission.
    wanted: Vec<(String, String)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    if desk.app.requires.is_empty() {
        return Err(Stop::wrong(
            "There is nothing to consent to: the registration lists no permission.",
            "Add a permission first.",
        ));
    }
    let organization = desk::organization(ask)?;
    if ask.sent() {
        if ask.field("answer") != "yes" {
            return Ok(ask.done(&desk.at("/permissions"), "Nothing was granted."));
        }
        grant(ask, &desk).await?;
        let notice = format!("Admin consent was granted for {organization}.");
        return Ok(ask.done(&desk.at("/permissions"), notice));
    }
    let wanted = desk.app.requires.iter().flat_map(|required| {
        let api = apis::name(&desk.here, required.resource);
        required
            .scopes
            .iter()
            .map(move |scope| (api.clone(), shown(scope)))
    });
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/permissions"),
        base: desk.at("/permissions"),
        organization,
        wanted: wanted.collect(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("whether admin consent shall be granted"),
    )
}

/// Grants what the registration lists, beside what was granted before; it makes the enterprise application where it was
/// deleted.
async fn grant(ask: &Ask<'_>, desk: &Desk) -> Result<(), Stop> {
    let app = desk.app.id;
    if desk.here.principal(app).is_none() {
        desk.act(ask, "addPrincipal", &Value::Null).await?;
    }
    for required in &desk.app.requires {
        let mut scopes = desk.here.granted(app, required.resource, None);
        scopes.extend(required.scopes.iter().cloned());
        let body = json!({ "app": app, "resource": required.resource, "scopes": scopes });
        ask.act("grantConsent", &[("tenant", &desk.tenant)], &body)
            .await?;
    }
    Ok(())
}
