//! How a diagnosis is told: to people, to programs, to CI, to a ticket. One file each; all say the same.

mod junit;
mod markdown;
mod picture;
mod sarif;
mod text;

use serde::Serialize;

use crate::diagnosis::{Diagnosis, Verdict};

pub use junit::junit;
pub use markdown::markdown;
pub use picture::{picture, stations};
pub use sarif::sarif;
pub use text::text;

/// A diagnosis of something: a file, an address, a connection.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Report<'d> {
    /// What was examined.
    pub subject: &'d str,
    /// What came out.
    #[serde(flatten)]
    pub diagnosis: &'d Diagnosis,
}

impl Report<'_> {
    /// What is said before all else: the incidents that the service reports.
    fn first(self) -> Option<String> {
        let incidents = &self.diagnosis.incidents;
        let (what, one) = match incidents.len() {
            0 => return None,
            1 => ("an incident", "it is"),
            _ => ("incidents", "one of them is"),
        };
        Some(format!(
            "Microsoft reports {what} as open: {}. If {one} what you meet, it is for Microsoft to act, and waiting is the \
             fix; change nothing meanwhile. Else read on.",
            incidents.join("; ")
        ))
    }

    /// The verdict's name, as programs read it.
    pub const fn verdict(self) -> &'static str {
        match self.diagnosis.verdict {
            Verdict::Healthy => "healthy",
            Verdict::CauseFound => "cause-found",
            Verdict::Unknown => "unknown",
            Verdict::NotMeasurable => "not-measurable",
            Verdict::NotAuthoritative => "not-authoritative",
        }
    }

    /// The verdict as a headline.
    pub fn headline(self) -> String {
        let diagnosis = self.diagnosis;
        match (diagnosis.verdict, diagnosis.causes.first()) {
            (Verdict::CauseFound | Verdict::NotAuthoritative, Some(first)) => first.title.clone(),
            (Verdict::Healthy, _) => "Nothing is wrong here".to_owned(),
            (Verdict::NotMeasurable, _) => "It cannot be measured from here".to_owned(),
            (_, Some(_)) => "It cannot be told for sure".to_owned(),
            (_, None) => "No known cause is recognized in it".to_owned(),
        }
    }
}
