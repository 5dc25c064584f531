//! The pages a person sees while signing in. They need no script. The full set comes with the portal.

use askama::Template;
use http::{HeaderName, StatusCode};
use types::Timestamp;
use wire::{Answer, Call, aadsts::Refusal};

use crate::stop::{Done, Note};

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage<'a> {
    pub(crate) action: &'a str,
    pub(crate) ctx: &'a str,
    pub(crate) app: &'a str,
    pub(crate) login: &'a str,
    pub(crate) message: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "code.html")]
pub(crate) struct CodePage<'a> {
    pub(crate) action: &'a str,
    pub(crate) ctx: &'a str,
    pub(crate) who: &'a str,
    pub(crate) user: &'a str,
    pub(crate) message: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage<'a> {
    pub(crate) action: &'a str,
    pub(crate) ctx: &'a str,
    pub(crate) who: &'a str,
    pub(crate) user: &'a str,
    pub(crate) app: &'a str,
    pub(crate) permissions: &'a [String],
    pub(crate) for_all: bool,
}

#[derive(Template)]
#[template(path = "user_code.html")]
pub(crate) struct UserCodePage<'a> {
    pub(crate) action: &'a str,
    pub(crate) message: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    title: &'a str,
    lines: &'a [&'a str],
    error: Option<&'a str>,
    details: &'a [(&'a str, String)],
}

/// A rendered page with the headers that keep it from being framed, cached or scripted.
pub(crate) fn page(template: &impl Template) -> Done<Answer> {
    Ok(guarded(Answer::html(StatusCode::OK, template.render()?)))
}

fn guarded(answer: Answer) -> Answer {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    answer
        .no_store()
        .with(HeaderName::from_static("content-security-policy"), policy)
        .with(HeaderName::from_static("x-frame-options"), "DENY")
        .with(HeaderName::from_static("referrer-policy"), "no-referrer")
}

/// A page that only says something.
pub(crate) fn message(title: &str, lines: &[&str]) -> Done<Answer> {
    page(&MessagePage {
        title,
        lines,
        error: None,
        details: &[],
    })
}

/// The page an interactive refusal ends on when it must not be carried to the application
/// (facts/identity.md 1.3). Status 200, as the service has long answered (unverified: 400 at times).
pub(crate) fn refused(call: &Call, refusal: &Refusal, note: &Note, now: Timestamp) -> Done<Answer> {
    let error = format!("{}: {}", refusal.code(), refusal.sentence());
    let details = [
        ("Request Id", call.request.to_string()),
        ("Correlation Id", note.correlation.to_string()),
        ("Timestamp", now.rfc3339_seconds()),
        ("Next step", refusal.entry.next.to_owned()),
    ];
    page(&MessagePage {
        title: "Sign in",
        lines: &["Sorry, but we’re having trouble signing you in."],
        error: Some(&error),
        details: &details,
    })
}
