//! What every answer carries: the headers that keep everything else out, and the files that pages load.

use askama::Template;
use evidence::Decision;
use http::{HeaderName, StatusCode, header};
use wire::Answer;

use crate::{
    page::{Needs, Page, Replying},
    stop::Stop,
};

/// How pages look, on every site.
pub(crate) const STYLE: Page = Page {
    path: "/portal.css",
    about: "how pages look, light and dark",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |_| file("text/css; charset=utf-8", include_str!("portal.css")),
};

/// Conveniences, on every site; no page needs them.
pub(crate) const SCRIPT: Page = Page {
    path: "/portal.js",
    about: "drag and drop, copying, a clock: conveniences",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |_| file("text/javascript; charset=utf-8", include_str!("portal.js")),
};

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self' https://login.microsoftonline.com https://login.microsoftonline.com.localhost:*; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The page with its headers.
///
/// # Errors
/// The template cannot be filled in.
pub(crate) fn page(
    status: StatusCode,
    template: &impl Template,
    decision: Decision,
) -> Result<(Answer, Decision), Stop> {
    Ok((
        guarded(Answer::html(status, template.render()?)).no_store(),
        decision,
    ))
}

/// A line of text, where there is no page to stand in.
pub(crate) fn plain(status: StatusCode, why: &str) -> (Answer, Decision) {
    let text = format!("{}: {why}.\n", status.as_u16());
    (
        guarded(Answer::new(status, "text/plain; charset=utf-8", text)),
        Decision::refused(why),
    )
}

/// After a form was sent: the browser asks for another page, and repeating that repeats nothing.
pub(crate) fn see_other(location: &str) -> Answer {
    guarded(Answer::empty(StatusCode::SEE_OTHER).with(header::LOCATION, location)).no_store()
}

fn guarded(answer: Answer) -> Answer {
    answer
        .with(HeaderName::from_static("content-security-policy"), POLICY)
        .with(header::X_FRAME_OPTIONS, "DENY")
        // Not `no-referrer`: with that a browser sends `Origin: null` with our own forms too.
        .with(header::REFERRER_POLICY, "same-origin")
}

fn file<'a>(kind: &'static str, text: &'static str) -> Replying<'a> {
    let answer = guarded(Answer::new(StatusCode::OK, kind, text)).with(header::CACHE_CONTROL, "max-age=3600");
    Box::pin(async move { Ok((answer, Decision::served("a file of the pages"))) })
}
