//! `/again`: another verification link. Who is asked for is not told apart: the answer is the same for every address.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::Upn;

use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
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
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(send(ask), async |wrong| show(ask, wrong)).await
}

async fn send(ask: &Ask<'_>) -> Reply {
    ask.not_too_often()?;
    let address = typed_address(ask)?;
    let sent = ask
        .portal
        .pace
        .evenly(ask.act("sendVerification", &[], &json!({ "address": address })))
        .await;
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

/// The address that was typed.
///
/// # Errors
/// It is none.
pub(super) fn typed_address(ask: &Ask<'_>) -> Result<Upn, Stop> {
    let typed = ask.field("address").parse();
    typed.map_err(|_| {
        Stop::wrong(
            "That is no email address.",
            "Type a whole one, like you@example.com.",
        )
    })
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let view = View {
        frame: ask.frame().with(wrong),
        address: shown(ask.field("address")),
    };
    let decision = Decision::served("the page for another verification link");
    shell::page(StatusCode::OK, &view, decision)
}
