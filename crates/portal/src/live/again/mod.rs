//! `/again`: another verification link. Who is asked for is not told apart: the answer is the same for every address.

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
    stop::Stop,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/again",
    about: "another verification link",
    needs: Needs::Form,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "live/again/template.html")]
struct View {
    frame: Frame,
    address: String,
    problem: Option<String>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    if ask.call.method != Method::POST {
        return show(ask, None);
    }
    if let Err(wait) = ask.portal.forms.ask(ask.call.peer, ask.portal.stage.clock.now()) {
        return too_often(show(ask, Some(busy(wait)))?, wait);
    }
    let Ok(address) = ask.field("address").parse::<types::Upn>() else {
        let problem = "Type a whole email address, like you@example.com.";
        return show(ask, Some(problem.to_owned()));
    };
    let sent = evenly(ask.act("sendVerification", &[], &json!({ "address": address }))).await;
    let why = match sent {
        Ok(_) => format!("another verification link was sent to {address}"),
        // That there is no such account, that it is verified, or that it was asked too often, is for the journal.
        Err(Stop::Refused(problem)) if problem.status().is_client_error() => {
            format!(
                "no verification link was sent to {address}: {}",
                problem.message()
            )
        }
        Err(other) => return Err(other),
    };
    let notice = format!(
        "If {} waits to be verified, another message is on its way. Only the link in the newest one counts.",
        shown(address.as_str())
    );
    let (answer, _) = ask.done("/again", notice);
    Ok((answer, Decision::served(why).subject(address.as_str())))
}

fn show(ask: &Ask<'_>, problem: Option<String>) -> Reply {
    let view = View {
        frame: ask.frame(),
        address: shown(ask.field("address")),
        problem,
    };
    let decision = Decision::served("the page for another verification link");
    shell::page(StatusCode::OK, &view, decision)
}
