//! What every answer carries: the headers that keep everything else out, and the files that pages load.

use askama::Template;
use evidence::Decision;
use http::{HeaderName, Method, StatusCode, header};
use wire::{Answer, Call};

use crate::stop::Stop;

/// A file that pages load: the same on every site, for everybody.
struct File {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

const FILES: &[File] = &[
    // How pages look, light and dark.
    File {
        path: "/portal.css",
        kind: "text/css; charset=utf-8",
        text: include_str!("portal.css"),
    },
    // Drag and drop, copying, a clock: conveniences that no page needs.
    File {
        path: "/portal.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("portal.js"),
    },
];

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

/// Whether a file stands at that path.
pub(crate) fn is_file(path: &str) -> bool {
    FILES.iter().any(|file| file.path == path)
}

/// The file that a request asks for, if it asks for one.
pub(crate) fn file(call: &Call) -> Option<(Answer, Decision)> {
    let file = FILES.iter().find(|file| file.path == call.path)?;
    if !is_read(call) {
        return Some(not_allowed("GET, HEAD"));
    }
    let answer = guarded(Answer::new(StatusCode::OK, file.kind, file.text));
    let answer = answer.with(header::CACHE_CONTROL, "max-age=3600");
    Some((answer, Decision::served("a file of the pages")))
}

/// Whether a request only reads.
pub(crate) fn is_read(call: &Call) -> bool {
    call.method.is_safe() && call.method != Method::OPTIONS
}

/// What a request with another method than these is told.
pub(crate) fn not_allowed(methods: &'static str) -> (Answer, Decision) {
    let answer = Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, methods);
    (answer, Decision::refused("the page does not take this method"))
}
