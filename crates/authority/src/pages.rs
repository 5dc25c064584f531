//! What every page of the sign-in service has in common: its guard, its style sheet, and the pages that only say
//! something. Pages need no script. Those of a sign-in are in [`crate::sign_in`].

use askama::Template;
use evidence::Decision;
use http::{StatusCode, header};
use types::{CorrelationId, Form, Timestamp, Upn};
use url::Url;
use wire::{Answer, Call, aadsts::Refusal};

use crate::{
    Service,
    redirect::Target,
    stop::{Done, Note},
};

/// What every form of a sign-in shows and carries.
pub(crate) struct Sheet {
    /// Where it posts to.
    pub(crate) action: String,
    /// What binds it to the browser.
    pub(crate) ctx: String,
    /// The application.
    pub(crate) app: String,
    /// The person, as far as known; may be empty.
    pub(crate) user: String,
    /// What was proved, sealed.
    pub(crate) who: Option<String>,
    /// What was wrong the last time.
    pub(crate) message: Option<String>,
    /// What more there is to say of it.
    pub(crate) told: Option<Told>,
    /// "Can't access your account?"
    pub(crate) access: Option<String>,
}

/// What a page says of a refusal beside its sentence.
pub(crate) struct Told {
    /// What to do.
    pub(crate) next: &'static str,
    /// What whoever helps will ask for.
    pub(crate) details: [(&'static str, String); 3],
    /// Where the journal says why.
    pub(crate) journal: Option<String>,
    /// Where the cause is explained.
    pub(crate) cause: Option<String>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    title: &'a str,
    lines: &'a [&'a str],
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    error: &'a str,
    told: Told,
    again: Option<String>,
}

/// The pages' style sheet.
const STYLE: &str = include_str!("../templates/sign-in.css");

/// A rendered page with the headers that keep it from being framed, cached or scripted. Its form may be answered by a
/// redirect to the application: browsers hold that against `form-action` too (CSP 3, 6.4.1), so the target's origin,
/// and no other, is let through.
pub(crate) fn page(template: &impl Template, target: Option<&Target>) -> Done<Answer> {
    let origin = target
        .map(|target| format!(" {}", target.origin()))
        .unwrap_or_default();
    guarded(template, &format!("form-action 'self'{origin}"))
}

/// A page that opens others unseen, at these origins and no other.
pub(crate) fn page_with_frames(template: &impl Template, frames: &[Url]) -> Done<Answer> {
    let origins: Vec<_> = frames
        .iter()
        .map(|url| url.origin().ascii_serialization())
        .collect();
    let frames = match origins.is_empty() {
        true => String::new(),
        false => format!("; frame-src {}", origins.join(" ")),
    };
    guarded(template, &format!("form-action 'self'{frames}"))
}

fn guarded(template: &impl Template, allowed: &str) -> Done<Answer> {
    let policy =
        format!("default-src 'none'; style-src 'self'; {allowed}; frame-ancestors 'none'; base-uri 'none'");
    Ok(Answer::html(StatusCode::OK, template.render()?)
        .no_store()
        .with(header::CONTENT_SECURITY_POLICY, &policy)
        .with(header::X_FRAME_OPTIONS, "DENY")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(header::REFERRER_POLICY, "no-referrer"))
}

/// The same page, for somebody who must wait (RFC 6585 4).
pub(crate) fn wait(mut answer: Answer, seconds: u64) -> Answer {
    answer.status = StatusCode::TOO_MANY_REQUESTS;
    answer.with(header::RETRY_AFTER, &seconds.to_string())
}

/// The style sheet; it changes with the program only.
pub(crate) fn style() -> (Answer, Decision) {
    let answer = Answer::new(StatusCode::OK, "text/css; charset=utf-8", STYLE)
        .with(header::CACHE_CONTROL, "public, max-age=3600")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    (answer, Decision::served("the style sheet of the sign-in pages"))
}

/// A page that only says something.
pub(crate) fn message(title: &str, lines: &[&str]) -> Done<Answer> {
    page(&MessagePage { title, lines }, None)
}

/// The same sign-in with another person: the address that was asked, without the name that it gave. Of use where a
/// person was refused and not the application, and where the request is all in its address.
fn again(call: &Call, note: &Note) -> Option<String> {
    note.subject.as_ref()?.parse::<Upn>().ok()?;
    if call.query.is_empty() {
        return None;
    }
    let asked = form_urlencoded::parse(call.query.as_bytes());
    let kept = asked.filter(|(name, _)| !matches!(&**name, "login_hint" | "prompt"));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("prompt", "select_account")
        .finish();
    Some(format!("{}?{query}", call.path))
}

impl Service {
    /// The page an interactive refusal ends on when it must not be carried to the application
    /// (facts/identity.md 1.3). Status 200, as the service has long answered (unverified: 400 at times).
    pub(crate) fn refused(
        &self,
        call: &Call,
        refusal: &Refusal,
        note: &Note,
        now: Timestamp,
    ) -> Done<Answer> {
        let error = format!("{}: {}", refusal.code(), refusal.sentence());
        page(
            &RefusedPage {
                error: &error,
                told: self.told(call, refusal, note.correlation, now),
                again: again(call, note),
            },
            None,
        )
    }

    /// What to say of a refusal beside its sentence.
    pub(crate) fn told(
        &self,
        call: &Call,
        refusal: &Refusal,
        correlation: CorrelationId,
        now: Timestamp,
    ) -> Told {
        let cause = Some(refusal.entry.cause).filter(|cause| !cause.is_empty());
        Told {
            next: refusal.entry.next,
            details: [
                ("Request Id", call.request.to_string()),
                ("Correlation Id", correlation.to_string()),
                ("Timestamp", now.rfc3339_seconds()),
            ],
            journal: self.keyway_page(call, &format!("/journal?request={}", call.request)),
            cause: cause.and_then(|cause| self.keyway_page(call, &format!("/causes/{cause}"))),
        }
    }

    /// A page of Keyway's own. Those are on `localhost` and the stand-in's own port, which a call by a true name does
    /// not tell.
    fn keyway_page(&self, call: &Call, path: &str) -> Option<String> {
        let port = match call.form {
            Form::Localhost { port } => port,
            Form::True => self.port?,
        };
        Some(match port {
            443 => format!("https://localhost{path}"),
            port => format!("https://localhost:{port}{path}"),
        })
    }
}
