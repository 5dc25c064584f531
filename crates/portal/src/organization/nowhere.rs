//! The page of an address where no organization is: the region that the name lives in, where it lives in another
//! (row 003-23). The organization crate says it; a program that asks gets that answer as it is.

use askama::Template;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Reply},
    shell,
};

#[derive(Template)]
#[template(path = "organization/nowhere.html")]
struct View {
    frame: Frame,
    why: String,
    cause: Option<String>,
    home: String,
}

/// Says that nobody is here.
pub(crate) async fn nowhere(ask: &Ask<'_>) -> Reply {
    let (answer, decision) = ask.portal.stage.organizations.handle(ask.call).await;
    let reads_pages = ask
        .call
        .header("accept")
        .is_some_and(|kinds| kinds.contains("text/html"));
    if !reads_pages || answer.status != StatusCode::NOT_FOUND {
        return Ok((answer, decision));
    }
    let view = View {
        frame: ask.frame(),
        why: decision.why.clone(),
        cause: decision
            .cause
            .as_ref()
            .map(|cause| ask.keyway(&format!("/causes/{cause}"))),
        home: ask.address("home.dynamics.com", "/"),
    };
    shell::page(StatusCode::NOT_FOUND, &view, decision)
}
