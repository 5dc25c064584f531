//! `/redeem?token=`: who invites whom, before anybody signs in.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::{Invitation, read};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::sentence,
    text::query,
};

pub(crate) const PAGE: Page = Page {
    path: "/redeem",
    about: "who invites whom",
    needs: Needs::Form,
    most_body: 0,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "invitation/redeem/template.html")]
struct View {
    frame: Frame,
    /// None without a link.
    found: Option<Result<Invitation, (String, String)>>,
    /// Where a Microsoft account is made on the invited address.
    sign_up: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let token = ask.query.get("token").unwrap_or_default();
    if token.is_empty() {
        return without_link(ask);
    }
    let (status, found, decision) = match read(ask, token).await? {
        Ok(found) => {
            let why = format!("{} is invited by {}", found.address, found.from);
            (StatusCode::OK, Ok(found), Decision::served(why))
        }
        Err(problem) => {
            let told = (sentence(problem.message()), sentence(problem.next()));
            let why = format!("an invitation: {}", problem.message());
            (problem.status(), Err(told), Decision::refused(why))
        }
    };
    let fields = found
        .as_ref()
        .map(|found| query(&[("address", &found.address), ("invitation", &found.token)]));
    let view = View {
        frame: ask.frame(),
        sign_up: ask.address("signup.live.com", &format!("/?{}", fields.unwrap_or_default())),
        found: Some(found),
    };
    shell::page(status, &view, decision)
}

/// The address without a link's value, typed or bookmarked.
pub(super) fn without_link(ask: &Ask<'_>) -> Reply {
    let view = View {
        frame: ask.frame(),
        found: None,
        sign_up: String::new(),
    };
    let decision = Decision::served("the page of an invitation, without a link");
    shell::page(StatusCode::OK, &view, decision)
}
