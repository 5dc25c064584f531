//! `/`: a new Microsoft account, on any address (row 000-16).
//!
//! Where a mail is sent, the answer is the same for an address that has an account already: its owner is told by mail.

use askama::Template;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::json;

use crate::{
    even::evenly,
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    reset::forgot::{busy, too_often},
    shell,
    stop::{Stop, sentence},
    text::shown,
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
    problem: Option<String>,
    sign_in: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    if ask.call.method != Method::POST {
        return show(ask, None);
    }
    if let Err(wait) = ask.portal.forms.ask(ask.call.peer, ask.portal.stage.clock.now()) {
        return too_often(show(ask, Some(busy(wait)))?, wait);
    }
    let (name, address) = (ask.field("name"), ask.field("address"));
    let password = ask.form.get("password").unwrap_or_default();
    let problem = if name.is_empty() {
        Some("Type your name.")
    } else if address.parse::<types::Upn>().is_err() {
        Some("Type a whole email address, like you@example.com.")
    } else if password != ask.form.get("again").unwrap_or_default() {
        Some("The two passwords are not the same. Type both again.")
    } else {
        None
    };
    if let Some(problem) = problem {
        return show(ask, Some(problem.to_owned()));
    }
    let body = json!({ "address": address, "name": name, "password": password });
    let made = match evenly(ask.act("requestAccount", &[], &body)).await {
        Ok(made) => made,
        Err(Stop::Refused(problem)) => {
            let told = format!("{} {}", sentence(problem.message()), sentence(problem.next()));
            return show(ask, Some(told));
        }
        Err(other) => return Err(other),
    };
    let address = shown(made["address"].as_str().unwrap_or(address));
    Ok(match made["mailed"] == true {
        true => ask.done("/sent", format!("We sent a message to {address}.")),
        false => ask.done("/ready", format!("The account {address} is ready.")),
    })
}

fn show(ask: &Ask<'_>, problem: Option<String>) -> Reply {
    let decision = match &problem {
        None => Decision::served("the page for a new Microsoft account"),
        Some(problem) => Decision::refused(format!("no new account: {problem}")),
    };
    let view = View {
        frame: ask.frame(),
        name: shown(ask.field("name")),
        address: shown(ask.field("address")),
        problem,
        sign_in: ask.address("account.live.com", "/"),
    };
    shell::page(StatusCode::OK, &view, decision)
}
