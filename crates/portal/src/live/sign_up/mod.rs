//! `/`: a new Microsoft account, on any address (row 000-16).
//!
//! Where a mail is sent, the answer is the same for an address that has an account already: its owner is told by mail.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::again::typed_address;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::{query, shown},
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/",
    about: "a new Microsoft account, on any address",
    needs: Needs::Form,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "live/sign_up/template.html")]
struct View {
    frame: Frame,
    name: String,
    address: String,
    /// The invitation that is accepted afterwards.
    invitation: String,
    sign_in: String,
}

/// What a field holds, or, before the form was sent, what the link that led here gives for it.
fn given<'a>(ask: &'a Ask<'_>, name: &str) -> &'a str {
    match ask.sent() {
        true => ask.field(name),
        false => ask.query.get(name).unwrap_or_default(),
    }
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(create(ask), async |wrong| show(ask, wrong)).await
}

async fn create(ask: &Ask<'_>) -> Reply {
    ask.not_too_often()?;
    let name = ask.field("name");
    if name.is_empty() {
        return Err(Stop::wrong("An account needs a name.", "Type yours."));
    }
    let address = typed_address(ask)?;
    let password = ask.form.get("password").unwrap_or_default();
    if password != ask.form.get("again").unwrap_or_default() {
        return Err(Stop::wrong(
            "The two passwords are not the same.",
            "Type both again.",
        ));
    }
    let body = json!({ "address": address, "name": name, "password": password });
    let made = ask
        .portal
        .pace
        .evenly(ask.act("requestAccount", &[], &body))
        .await?;
    let address = shown(made["address"].as_str().unwrap_or(address.as_str()));
    let next = match given(ask, "invitation") {
        "" => String::new(),
        token => format!("?{}", query(&[("invitation", token)])),
    };
    Ok(match made["mailed"] == true {
        true => ask.done(
            &format!("/sent{next}"),
            format!("We sent a message to {address}."),
        ),
        false => ask.done(
            &format!("/ready{next}"),
            format!("The account {address} is ready."),
        ),
    })
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let view = View {
        frame: ask.frame().with(wrong),
        name: shown(ask.field("name")),
        address: shown(given(ask, "address")),
        invitation: shown(given(ask, "invitation")),
        sign_in: ask.address("account.live.com", "/"),
    };
    let decision = Decision::served("the page for a new Microsoft account");
    shell::page(StatusCode::OK, &view, decision)
}
