//! A name is typed. What comes of it depends, to whoever typed it, on its domain alone.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::{TenantId, Upn};

use super::{Place, organization};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    reset::link,
    shell,
    stop::Stop,
    text::{query, shown},
    wrong::Wrong,
};

pub(crate) const WORK: Page = Page {
    path: "/",
    about: "reset your Dynamics 365 Online password: the name",
    needs: Needs::Form,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// A mail's link leads to the same address.
pub(crate) const PERSONAL: Page = Page {
    path: "/password/reset",
    about: "reset a Microsoft account's password: the name, and the link of the mail",
    needs: Needs::Form,
    most_body: FORM,
    handle: |ask| {
        Box::pin(async move {
            match ask.query.get("token").is_some() || ask.form.get("link").is_some() {
                true => link::answer(ask).await,
                false => answer(ask).await,
            }
        })
    },
};

#[derive(Template)]
#[template(path = "reset/forgot/template.html")]
struct View {
    frame: Frame,
    place: Place,
    path: &'static str,
    name: String,
    /// Where the other kind of account is reset.
    other: String,
    /// Whether the name is of the other kind.
    is_other: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = Place::of(ask);
    let name = match ask.sent() {
        true => ask.field("username"),
        false => ask.query.get("username").unwrap_or_default(),
    };
    ask.form(send(ask, place), async |wrong| show(ask, place, name, wrong))
        .await
}

async fn send(ask: &Ask<'_>, place: Place) -> Reply {
    ask.not_too_often()?;
    let name: Upn = ask.field("username").parse().map_err(|_| {
        Stop::wrong(
            "That is no whole user name.",
            "Type one like user@contoso.com or user@contoso.onmicrosoft.com.",
        )
    })?;
    let tenant = match (place, organization(ask, &name).await?) {
        (Place::Work, Some(tenant)) => tenant,
        (Place::Personal, None) => TenantId::CONSUMERS,
        _ => return elsewhere(ask, place, &name),
    };
    let body = json!({ "user": name });
    let id = tenant.to_string();
    let named = [("tenant", id.as_str())];
    ask.portal
        .pace
        .evenly(ask.act("forgotPassword", &named, &body))
        .await?;
    let request = ask.call.request.to_string();
    let query = query(&[("username", name.as_str()), ("request", &request)]);
    let next = format!("{}?{query}", place.paths()[1]);
    let decision = decided(ask, tenant, &name).await?;
    Ok((shell::see_other(&next), decision))
}

/// What became of it, for the journal.
async fn decided(ask: &Ask<'_>, tenant: TenantId, name: &Upn) -> Result<Decision, Stop> {
    let view = ask.portal.stage.store.view::<directory::Tenant>(tenant).await?;
    let account = view.account_named(name).filter(|account| !account.deleted);
    let decision = match account.map(|account| view.may_reset_itself(account)) {
        None => Decision::refused(format!("nobody has the name {name}, so no mail was sent")),
        Some(Ok(_)) => Decision::served(format!("{name} forgot the password: a link was sent by mail")),
        Some(Err(no)) => Decision::refused(format!(
            "no reset link was sent, and a mail says why: {no}; {}",
            no.next()
        ))
        .cause("password-forgotten"),
    };
    Ok(decision.tenant(tenant).subject(name.as_str()))
}

fn show(ask: &Ask<'_>, place: Place, name: &str, wrong: Option<Wrong>) -> Reply {
    let view = View {
        frame: ask.frame().with(wrong),
        place,
        path: place.paths()[0],
        name: shown(name),
        other: place.other(ask, name),
        is_other: false,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the page for a forgotten password"),
    )
}

/// A name of the other kind: by its domain, whoever has it or nobody.
fn elsewhere(ask: &Ask<'_>, place: Place, name: &Upn) -> Reply {
    let view = View {
        frame: ask.frame(),
        place,
        path: place.paths()[0],
        name: shown(name.as_str()),
        other: place.other(ask, name.as_str()),
        is_other: true,
    };
    let why = format!(
        "the password of an address at {} is not kept here: shown where it is",
        name.domain()
    );
    shell::page(StatusCode::OK, &view, Decision::served(why))
}
