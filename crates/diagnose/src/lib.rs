//! Evidence or pasted text in; ranked causes, proof, ruled-out causes and the next step out.
//!
//! `read` turns text into facts, one file per format; the catalog judges facts; [`Diagnosis`] is what comes out,
//! the same for a pasted text and for what a doctor saw. Nothing here does I/O beyond the reader it is given.

mod bearing;
mod blocks;
mod bundle;
mod diagnosis;
mod grams;
mod input;
mod mail_tests;
mod page;
mod prefilter;
mod read;
pub mod report;
mod stream;
mod turn;

pub use bundle::{Bundle, NoEvidence};
pub use diagnosis::{Diagnosis, Evidence, Found, NotIt, Verdict};
pub use input::Unreadable;
pub use read::{READERS, Reader};
pub use stream::{Explainer, Incident, Reading};
