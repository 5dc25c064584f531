//! *Check my settings*: what a platform was given, held against the registration and the organization before anybody
//! tries (rows 004-10, 004-12 to 004-15, 004-19, 004-20).
//!
//! It asks nobody and sends nothing: the contradictions among settings are those that the doctor's preflight finds
//! (`client::mistakes`), the others follow from the state. Nothing that was given is kept, and a secret is not shown
//! again. To add a check: in [`state`] when the registration decides it, in [`pasted`] when what was pasted does.

mod pasted;
mod state;

use authority::{App, Registrations};
use directory::Tenant;
use organization::Org;
use serde::Serialize;
use types::{RegionTable, Secret, Timestamp};

/// When a secret that ends soon is pointed out, in days.
pub const SOON: u64 = 30;

/// A day as lists and findings show it.
pub fn day(moment: Timestamp) -> String {
    moment.rfc3339_seconds().chars().take(10).collect()
}

/// The days that are left, in words.
pub fn in_words(days: u64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// How bad a finding is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// It will not work.
    Fails,
    /// It may not, or not for long.
    Risk,
    /// It is right.
    Fine,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    what: String,
    /// The next step; empty where there is none.
    fix: String,
    /// The catalog's cause.
    cause: Option<&'static str>,
}

impl Finding {
    fn fails(
        cause: impl Into<Option<&'static str>>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Fails,
            what: what.into(),
            fix: fix.into(),
            cause: cause.into(),
        }
    }

    fn risk(cause: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            level: Level::Risk,
            ..Self::fails(cause, what, fix)
        }
    }

    fn fine(what: impl Into<String>) -> Self {
        Self {
            level: Level::Fine,
            what: what.into(),
            fix: String::new(),
            cause: None,
        }
    }
}

/// What the program was given; addresses in their true names. What is empty is not looked at.
pub(crate) struct Given {
    /// The program signs in by itself, without a person.
    pub(crate) by_itself: bool,
    pub(crate) client_id: String,
    pub(crate) secret: Secret,
    pub(crate) redirect: String,
    pub(crate) authorize: String,
    pub(crate) token: String,
}

/// What is known here.
pub(crate) struct Known<'k> {
    pub(crate) app: &'k App,
    pub(crate) here: &'k Registrations,
    pub(crate) tenant: &'k Tenant,
    /// The organization that was chosen.
    pub(crate) org: Option<&'k Org>,
    pub(crate) now: Timestamp,
    pub(crate) regions: &'k RegionTable,
}

/// Everything there is to say, the worst first.
pub(crate) fn findings(given: &Given, known: &Known<'_>) -> Vec<Finding> {
    let mut all = state::look(given, known);
    all.extend(pasted::look(given, known));
    all.sort_by_key(|finding| finding.level);
    all
}
