//! The calling side: what was tried, and what was seen.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{redact, shown};

/// What one step showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result", content = "detail")]
pub enum Seen {
    /// It worked; the detail says what was found.
    Ok(String),
    /// A server answered with the status of an error. Whether that was due, as a 401 to a question without a token is, a
    /// later step says.
    Answered(String),
    /// It did not; the detail says how.
    Failed(String),
    /// It could not be tried; the detail says why.
    Skipped(String),
}

impl Seen {
    /// What was found, or how it failed.
    pub fn detail(&self) -> &str {
        match self {
            Self::Ok(text) | Self::Answered(text) | Self::Failed(text) | Self::Skipped(text) => text,
        }
    }
}

/// One thing that was tried: `resolve contoso.crm4.dynamics.com`, `connect`, `tls`, `request token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was tried, as a verb and its object.
    pub what: String,
    /// What was seen.
    #[serde(flatten)]
    pub seen: Seen,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// The steps of one errand, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(Vec<Step>);

impl Steps {
    /// Keeps one step. Secrets are taken out of both texts here, and what a server may have put in to confuse a
    /// terminal or to fill the memory.
    pub fn push(&mut self, what: impl AsRef<str>, seen: Seen, took: Duration) {
        let seen = match seen {
            Seen::Ok(text) => Seen::Ok(fit(&text)),
            Seen::Answered(text) => Seen::Answered(fit(&text)),
            Seen::Failed(text) => Seen::Failed(fit(&text)),
            Seen::Skipped(text) => Seen::Skipped(fit(&text)),
        };
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.0.push(Step {
            what: fit(what.as_ref()),
            seen,
            millis,
        });
    }

    /// All of them, first to last.
    pub fn iter(&self) -> impl Iterator<Item = &Step> {
        self.0.iter()
    }

    /// Puts every text through `change`.
    pub(crate) fn rewrite(&mut self, change: &impl Fn(&str) -> String) {
        for step in &mut self.0 {
            step.what = change(&step.what);
            let (Seen::Ok(text) | Seen::Answered(text) | Seen::Failed(text) | Seen::Skipped(text)) =
                &mut step.seen;
            *text = change(text);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was tried.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the steps of a part of the errand.
    pub fn extend(&mut self, part: Self) {
        self.0.extend(part.0);
    }
}

/// The longest text of a step, in characters.
const LONGEST: usize = 2000;

/// Without secrets and control characters, and cut where nobody reads on.
pub(crate) fn fit(text: &str) -> String {
    let clean = shown(&redact(text));
    match clean.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &clean[..cut]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_is_made_fit() {
        let mut steps = Steps::default();
        let hostile = format!("\u{1b}]0;x\u{7} password=canary {}", "y".repeat(1_000_000));
        steps.push("GET /?code=canary", Seen::Failed(hostile), Duration::ZERO);
        let text = format!("{steps:?}");
        assert!(
            text.len() < 3000 && !text.contains("canary") && !text.contains("\\u{1b}"),
            "{text}"
        );
    }
}
