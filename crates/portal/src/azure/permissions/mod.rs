//! `/apps/{app}/permissions`: what the registration asks for, and what was granted of it (rows 004-06 and 004-07).

use std::collections::BTreeSet;

use askama::Template;
use authority::{App, Consent};
use directory::UserConsent;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    apis,
    desk::{self, Desk, Menu},
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/permissions",
    about: "API permissions: configured and granted",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/permissions/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    organization: String,
    rows: Vec<Row>,
    grants: Vec<Grant>,
    missing: bool,
    may_consent: bool,
    /// What happens to people while consent is missing.
    until_then: &'static str,
    people: Vec<String>,
}

/// A configured permission.
struct Row {
    api: String,
    resource: String,
    /// As it is kept.
    scope: String,
    /// As it is shown.
    text: String,
    about: String,
    granted: bool,
}

/// Something granted, to all or to one person.
struct Grant {
    api: String,
    scopes: String,
    who: String,
    /// Where it is taken back.
    revoke: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    if !ask.sent() {
        return show(ask, &desk);
    }
    let (resource, scope) = (ask.field("resource"), ask.field("scope"));
    let patch = without(&desk.app, resource, scope)?;
    desk.act(ask, "changeApp", &patch).await?;
    let notice = format!("The permission {} was removed.", shown(scope));
    Ok(ask.done(&desk.at("/permissions"), notice))
}

fn without(app: &App, resource: &str, scope: &str) -> Result<Value, Stop> {
    let mut requires = app.requires.clone();
    let mut removed = false;
    for required in &mut requires {
        if required.resource.to_string() == resource {
            removed |= required.scopes.remove(scope);
        }
    }
    requires.retain(|required| !required.scopes.is_empty());
    match removed {
        true => Ok(json!({ "requires": requires })),
        false => Err(Stop::wrong(
            "This permission is no longer configured.",
            "Open the page again to see what is.",
        )),
    }
}

fn show(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let visitor = ask.visitor()?;
    let here = &desk.here;
    let app = &desk.app;
    let rows: Vec<Row> = app
        .requires
        .iter()
        .flat_map(|required| {
            let granted = here.granted(app.id, required.resource, None);
            required.scopes.iter().map(move |scope| Row {
                api: apis::name(here, required.resource),
                resource: required.resource.to_string(),
                scope: scope.clone(),
                text: shown(scope),
                about: apis::about(here, required.resource, scope),
                granted: granted.contains(scope),
            })
        })
        .collect();
    let mut consents: Vec<&Consent> = here.consents().iter().filter(|c| c.app == app.id).collect();
    consents.sort_by_key(|consent| consent.key());
    let grants = consents.into_iter().map(|consent| {
        let who = match consent.user {
            None => "Everybody (admin consent)".to_owned(),
            Some(user) => match visitor.tenant.account(user) {
                Some(account) => shown(account.upn.as_str()),
                None => user.to_string(),
            },
        };
        Grant {
            api: apis::name(here, consent.resource),
            scopes: shown(&list(&consent.scopes)),
            who,
            revoke: desk.at(&format!("/permissions/revoke/{}", consent.key())),
        }
    });
    let grants = grants.collect();
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/permissions"),
        base: desk.at("/permissions"),
        organization: desk::organization(ask)?,
        missing: rows.iter().any(|row| !row.granted),
        rows,
        grants,
        may_consent: visitor.account.may_grant_admin_consent(),
        until_then: match visitor.tenant.settings.user_consent {
            UserConsent::Allowed => "each person is asked for consent at the first sign-in",
            UserConsent::AdminOnly => {
                "everybody but an administrator is refused at sign-in (AADSTS90094, or AADSTS65001 where nobody can be asked)"
            }
            UserConsent::AdminWorkflow => {
                "everybody but an administrator is refused at sign-in, and may ask for approval (AADSTS90095)"
            }
        },
        people: desk::managers(visitor),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("a registration's permissions"),
    )
}

fn list(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
