//! What was tried and seen, and what was decided and why.
//!
//! Two sides of one coin. The calling side leaves [`Step`]s: this was tried, that was seen; and [`Facts`], the
//! same in words a catalog of causes can speak about. The serving side leaves one [`JournalLine`] for every request, with the decision and its reason. Both are redacted when
//! they are made, so that nothing downstream has to remember to.

mod fact;
mod findings;
mod journal;
mod redact;
mod shown;
mod step;

pub use fact::{Fact, Facts, Kind, Place, UnknownKind};
pub use findings::{Findings, Open, Said};
pub use journal::{Decision, JournalLine, Outcome};
pub use redact::redact;
pub use shown::shown;
pub use step::{Seen, Step, Steps};
