//! What every endpoint of Entra answers when it refuses (facts/identity.md 3.1; RFC 6749 5.2).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The refusal. `error` and `suberror` are for programs, the last AADSTS code and its sentence for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthError {
    /// The RFC's word: `invalid_grant`.
    pub error: Cow<'static, str>,
    /// `AADSTS50126: …` and, behind the sentence, the ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// The numbers in the description, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub error_codes: Vec<u32>,
    /// `2024-05-01 10:20:30Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The service's id for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The caller's id for the request, or one made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Where the code is explained; only when such a page exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_uri: Option<String>,
    /// A finer word: `basic_action`, `consent_required`, `bad_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suberror: Option<Cow<'static, str>>,
    /// JSON in text: what the next interactive request must repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// With 50055: where a person changes the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_change_url: Option<String>,
}

impl OAuthError {
    /// The code that is the cause: the last in the description, else the last in `error_codes`.
    pub fn code(&self) -> Option<u32> {
        self.aadsts()
            .map(|found| found.code)
            .or_else(|| self.error_codes.last().copied())
    }

    /// The cause's sentence without the tail of ids; the whole description where it holds no code.
    pub fn sentence(&self) -> Option<&str> {
        let text = self.error_description.as_deref()?;
        Some(
            self.aadsts()
                .map_or_else(|| without_ids(text), |found| found.sentence),
        )
    }

    /// The correlation id, from its member or out of the description.
    pub fn correlation(&self) -> Option<&str> {
        self.correlation_id
            .as_deref()
            .or_else(|| tail_value(self.error_description.as_deref()?, "Correlation ID:"))
    }

    /// The trace id, from its member or out of the description.
    pub fn trace(&self) -> Option<&str> {
        self.trace_id
            .as_deref()
            .or_else(|| tail_value(self.error_description.as_deref()?, "Trace ID:"))
    }

    /// The time of the refusal, from its member or out of the description.
    pub fn time(&self) -> Option<&str> {
        self.timestamp
            .as_deref()
            .or_else(|| tail_value(self.error_description.as_deref()?, "Timestamp:"))
    }

    fn aadsts(&self) -> Option<Aadsts<'_>> {
        Aadsts::last_in(self.error_description.as_deref()?)
    }
}

/// One AADSTS code and its sentence, found in a text of any kind: a description, a page, a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aadsts<'t> {
    /// The number: 50126.
    pub code: u32,
    /// What follows it, up to the ids.
    pub sentence: &'t str,
}

impl<'t> Aadsts<'t> {
    /// The last code of a chain, which is the cause: `AADSTS70002: … AADSTS70008: …` is 70008.
    pub fn last_in(text: &'t str) -> Option<Self> {
        Self::all_in(text).last()
    }

    /// Every `AADSTS<digits>:` in reading order; each sentence ends where the next code or the ids begin.
    pub fn all_in(text: &'t str) -> impl Iterator<Item = Self> {
        let mut rest = text;
        std::iter::from_fn(move || {
            loop {
                let at = rest.find(PREFIX)?;
                let after = &rest[at + PREFIX.len()..];
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                rest = &after[digits..];
                // A number without its colon is a mention, not an error.
                if let (Ok(code), Some(tail)) = (after[..digits].parse(), rest.strip_prefix(':')) {
                    rest = tail;
                    let end = next_code(tail).unwrap_or(tail.len());
                    return Some(Self {
                        code,
                        sentence: without_ids(&tail[..end]),
                    });
                }
            }
        })
    }
}

const PREFIX: &str = "AADSTS";

/// Where the next `AADSTS<digits>:` begins.
fn next_code(text: &str) -> Option<usize> {
    text.match_indices(PREFIX).map(|(at, _)| at).find(|at| {
        let after = &text[at + PREFIX.len()..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && after[digits..].starts_with(':')
    })
}

/// Cuts `Trace ID: … Correlation ID: … Timestamp: …` off, whichever comes first.
fn without_ids(text: &str) -> &str {
    let end = ["Trace ID:", "Correlation ID:", "Timestamp:"]
        .iter()
        .filter_map(|name| text.find(name))
        .min();
    text[..end.unwrap_or(text.len())].trim()
}

/// The value behind `name` in a tail of ids: separated by a line break in old texts, a space in new ones.
fn tail_value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text[text.rfind(name)? + name.len()..].trim_start_matches(' ');
    let line = rest.split(['\r', '\n']).next().unwrap_or_default();
    let end = ["Trace ID:", "Correlation ID:", "Timestamp:"]
        .iter()
        .filter_map(|next| line.find(next))
        .min();
    Some(line[..end.unwrap_or(line.len())].trim()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::golden::both_ways;
    use proptest::prelude::*;

    #[test]
    fn a_refusal_survives_both_ways() {
        let read: OAuthError = both_ways(include_str!("../../golden/oauth/error.json"));
        assert_eq!(read.code(), Some(50055));
        assert_eq!(read.sentence(), Some("The password is expired."));
        assert_eq!(read.correlation(), Some("5b2b1f7e-6a55-4f3e-8b0a-2f9a0a4d5e1c"));
    }

    #[test]
    fn the_last_of_a_chain_is_the_cause() {
        let chained = OAuthError {
            error: "invalid_grant".into(),
            error_description: Some(
                "AADSTS70002: Error validating credentials. AADSTS70008: The provided authorization code or \
                 refresh token is expired. Send a new interactive authorization request for this user and \
                 resource.\r\nTrace ID: 1f\r\nCorrelation ID: 5b\r\nTimestamp: 2024-05-01 10:20:30Z"
                    .to_owned(),
            ),
            ..OAuthError::default()
        };
        assert_eq!(chained.code(), Some(70008));
        assert!(
            chained
                .sentence()
                .unwrap()
                .ends_with("for this user and resource.")
        );
        assert_eq!(
            (chained.trace(), chained.correlation(), chained.time()),
            (Some("1f"), Some("5b"), Some("2024-05-01 10:20:30Z"))
        );
        let codes: Vec<u32> = Aadsts::all_in(chained.error_description.as_deref().unwrap())
            .map(|found| found.code)
            .collect();
        assert_eq!(codes, [70002, 70008]);
    }

    #[test]
    fn ids_on_one_line_are_found() {
        let refusal = OAuthError {
            error_description: Some(
                "AADSTS1: A. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2024-05-01 10:20:30Z".to_owned(),
            ),
            ..OAuthError::default()
        };
        assert_eq!(
            (refusal.trace(), refusal.correlation()),
            (Some("t-1"), Some("c-1"))
        );
        assert_eq!(refusal.time(), Some("2024-05-01 10:20:30Z"));
        assert_eq!(refusal.sentence(), Some("A."));
    }

    #[test]
    fn a_mention_is_no_cause_and_numbers_stand_in() {
        assert_eq!(
            Aadsts::last_in("see AADSTS50126 and AADSTS: and AADSTS99999999999999:"),
            None
        );
        let bare = OAuthError {
            error_codes: vec![70002, 50012],
            ..OAuthError::default()
        };
        assert_eq!((bare.code(), bare.sentence()), (Some(50012), None));
        let plain = OAuthError {
            error_description: Some("the user canceled".to_owned()),
            ..OAuthError::default()
        };
        assert_eq!(
            (plain.code(), plain.sentence()),
            (None, Some("the user canceled"))
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(AADSTS|[0-9]{1,3}|: |Trace ID:|é|\r\n|\\PC{0,5}){0,12}") {
            let refusal = OAuthError { error_description: Some(text), ..OAuthError::default() };
            let _ = (refusal.code(), refusal.sentence(), refusal.trace(), refusal.correlation(), refusal.time());
        }
    }
}
