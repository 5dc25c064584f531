//! What every page carries: the frame, the style, the script, and the headers that keep everything else out.

use askama::Template;
use evidence::Decision;
use http::{HeaderName, StatusCode, header};
use standin::edge::Handled;
use wire::{Answer, Call};

use crate::{Page, Portal, ready};

pub(crate) const STYLE: Page = Page {
    path: "/portal.css",
    about: "how pages look, light and dark",
    most_body: 0,
    handle: style,
};

pub(crate) const SCRIPT: Page = Page {
    path: "/portal.js",
    about: "drag and drop, a convenience",
    most_body: 0,
    handle: script,
};

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The page with its headers; or a failure, where the template cannot be filled in.
pub(crate) fn page(status: StatusCode, template: &impl Template, decision: Decision) -> (Answer, Decision) {
    match template.render() {
        Ok(text) => (guarded(Answer::html(status, text)).no_store(), decision),
        Err(error) => (
            Answer::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "text/plain; charset=utf-8",
                "500: the page could not be made.\n",
            ),
            Decision::failed(format!("a template could not be filled in: {error}")),
        ),
    }
}

fn guarded(answer: Answer) -> Answer {
    answer
        .with(HeaderName::from_static("content-security-policy"), POLICY)
        .with(header::X_FRAME_OPTIONS, "DENY")
        .with(header::REFERRER_POLICY, "no-referrer")
}

#[derive(Template)]
#[template(path = "missing.html")]
struct Missing<'a> {
    what: &'a str,
}

/// 404, with the way back.
pub(crate) fn missing(what: &str) -> (Answer, Decision) {
    page(
        StatusCode::NOT_FOUND,
        &Missing { what },
        Decision::refused("there is no such page"),
    )
}

fn style<'a>(_: &'a Portal, _: &'a Call) -> Handled<'a> {
    file("text/css; charset=utf-8", include_str!("portal.css"))
}

fn script<'a>(_: &'a Portal, _: &'a Call) -> Handled<'a> {
    file("text/javascript; charset=utf-8", include_str!("portal.js"))
}

fn file<'a>(kind: &'static str, text: &'static str) -> Handled<'a> {
    let answer = guarded(Answer::new(StatusCode::OK, kind, text)).with(header::CACHE_CONTROL, "max-age=3600");
    ready((answer, Decision::served("a file of the pages")))
}
