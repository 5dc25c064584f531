//! The refusals of the sign-in service: one table owns every code, sentence and status.
//!
//! Source of all of it: facts/identity.md section 3. A sentence has one of three grades, and none goes
//! without: *literal* was seen on the wire, *reconstructed* follows the wording or the gist of Microsoft's
//! documented table, *recalled* is from memory and unverified. The same goes for `error` and the status,
//! which the fact sheet marks with `?` for many codes: they carry the grade of their entry or better.
//!
//! To add a refusal: a line in the family file it belongs to, real state in `directory` or `authority` that
//! leads to it, and a row in the refusal suite, which fails while a code of this table is not reached.

mod account;
mod application;
mod consent;
mod grant;
mod policy;
mod request;
mod tenant;

use std::fmt::Write as _;

use types::{CorrelationId, Timestamp, Uuid};

pub use account::*;
pub use application::*;
pub use consent::*;
pub use grant::*;
pub use policy::*;
pub use request::*;
pub use tenant::*;

use crate::{grade::Grade, oauth::OAuthError};

/// Where an interactive request is answered with this refusal. Elsewhere it is JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// On a page of ours: the redirect target is not trusted, or the person must read it.
    Page,
    /// At the application's redirect URI.
    Redirect,
}

/// One code of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number behind `AADSTS`.
    pub code: u32,
    /// The OAuth `error`.
    pub error: &'static str,
    /// The `suberror`, or nothing.
    pub suberror: &'static str,
    /// The HTTP status of a JSON answer.
    pub status: u16,
    /// How sure we are of the sentence.
    pub grade: Grade,
    /// Where an interactive request meets it.
    pub place: Place,
    /// The catalog's cause, or nothing.
    pub cause: &'static str,
    /// The sentence, with `{names}` to fill in.
    pub sentence: &'static str,
    /// What to do about it.
    pub next: &'static str,
}

/// Declares a family of entries: a named static each, and the family's list.
macro_rules! entries {
    ($family:ident: $($(#[$doc:meta])* $name:ident = $code:literal $error:ident $(/ $sub:ident)? $status:literal
        $grade:ident $place:ident $($cause:literal)? : $sentence:literal => $next:literal;)*) => {
        $(
            $(#[$doc])*
            #[doc = concat!("AADSTS", $code, ": ", $sentence)]
            pub static $name: $crate::aadsts::Entry = $crate::aadsts::Entry {
                code: $code,
                error: stringify!($error),
                suberror: concat!($(stringify!($sub))?),
                status: $status,
                grade: $crate::grade::Grade::$grade,
                place: $crate::aadsts::Place::$place,
                cause: concat!($($cause)?),
                sentence: $sentence,
                next: $next,
            };
        )*
        pub(super) static $family: &[&$crate::aadsts::Entry] = &[$(&$name),*];
    };
}
use entries;

/// Every entry, family by family.
pub fn table() -> impl Iterator<Item = &'static Entry> {
    let families = [APPLICATION, TENANT, ACCOUNT, POLICY, CONSENT, GRANT, REQUEST];
    families.into_iter().flatten().copied()
}

/// A code that was met: the entry, what fills its sentence, and why, for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The table's entry.
    pub entry: &'static Entry,
    fields: Vec<(&'static str, String)>,
    /// Why, for the journal: what was compared with what. Never sent to the caller.
    pub why: String,
    /// Another `error` than the entry's, where one endpoint differs.
    pub error: &'static str,
    /// Another `suberror` than the entry's.
    pub suberror: &'static str,
    /// Seconds to wait, for `Retry-After`.
    pub retry_after: Option<u64>,
    /// Where to change an expired password.
    pub password_change_url: Option<&'static str>,
}

impl Refusal {
    /// Refuses with `entry`, because of `why`.
    pub fn new(entry: &'static Entry, why: impl Into<String>) -> Self {
        Self {
            entry,
            fields: Vec::new(),
            why: why.into(),
            error: entry.error,
            suberror: entry.suberror,
            retry_after: None,
            password_change_url: None,
        }
    }

    /// Fills `{name}` in the sentence.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "ids and texts are given as they are, owned or not"
    )]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }

    /// Answers another `error` than the table's.
    #[must_use]
    pub fn as_error(mut self, error: &'static str) -> Self {
        self.error = error;
        self
    }

    /// Answers another `suberror` than the table's.
    #[must_use]
    pub fn as_suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = suberror;
        self
    }

    /// `AADSTS50126`.
    pub fn code(&self) -> String {
        format!("AADSTS{}", self.entry.code)
    }

    /// The sentence, filled in, without code and ids. A name that nothing fills stays visible.
    pub fn sentence(&self) -> String {
        let mut out = self.entry.sentence.to_owned();
        for (name, value) in &self.fields {
            out = out.replace(&format!("{{{name}}}"), value);
        }
        out
    }

    /// `AADSTS50126: sentence Trace ID: … Correlation ID: … Timestamp: …`, on one line as the service has
    /// written it since 2023 (facts/identity.md 3.1).
    pub fn description(&self, trace: Uuid, correlation: CorrelationId, now: Timestamp) -> String {
        let mut out = format!("{}: {}", self.code(), self.sentence());
        // A String takes every write.
        let _ = write!(
            out,
            " Trace ID: {trace} Correlation ID: {correlation} Timestamp: {}",
            now.entra()
        );
        out
    }

    /// The error body (facts/identity.md 3.1). `host` stands in `error_uri`.
    pub fn body(&self, login: &str, trace: Uuid, correlation: CorrelationId, now: Timestamp) -> OAuthError {
        OAuthError {
            error: self.error.into(),
            error_description: Some(self.description(trace, correlation, now)),
            error_codes: vec![self.entry.code],
            timestamp: Some(now.entra()),
            trace_id: Some(trace.to_string()),
            correlation_id: Some(correlation.to_string()),
            error_uri: Some(format!("{login}/error?code={}", self.entry.code)),
            suberror: (!self.suberror.is_empty()).then(|| self.suberror.into()),
            claims: None,
            password_change_url: self.password_change_url.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_entry_and_every_entry_a_next_step() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in table() {
            assert!(seen.insert(entry.code), "{} stands twice", entry.code);
            assert!(
                entry.next.ends_with('.') && entry.next.len() > 10,
                "{}",
                entry.code
            );
            assert!(
                [400, 401, 405, 413, 429, 500, 503].contains(&entry.status),
                "{}",
                entry.code
            );
        }
        assert!(seen.len() >= 80, "{}", seen.len());
    }

    #[test]
    fn sentences_are_filled_in() {
        let refusal = Refusal::new(&UNKNOWN_TENANT, "no such domain").with("tenant", "nowhere.example");
        let at = Timestamp::from_seconds(1_714_558_830);
        let text = refusal.description(Uuid::nil(), Uuid::nil().into(), at);
        assert!(
            text.starts_with("AADSTS90002: Tenant 'nowhere.example' not found. Check"),
            "{text}"
        );
        assert!(text.ends_with("Timestamp: 2024-05-01 10:20:30Z"), "{text}");
        assert_eq!(
            refusal
                .body("https://h", Uuid::nil(), Uuid::nil().into(), at)
                .error_codes,
            [90002]
        );
    }
}
