//! Every message of every protocol, read and written once, for both sides. No I/O.
//!
//! A message has one module here. The stand-in writes what the client reads and the other way round, from the
//! same type, so the two can never drift apart. What a module states about the real service names its
//! source: an RFC section, or a section of the fact sheets. To add a message: one module, its golden test
//! both ways, and its line below.

pub mod aadsts;
pub mod address;
pub mod announcements;
pub mod call;
pub mod challenge;
pub mod claims;
pub mod dataverse;
pub mod federation;
pub mod form;
pub mod grade;
pub mod instance;
pub mod markup;
pub mod oauth;
pub mod odata;
pub mod rst2;

pub use call::{Answer, Call};
pub use grade::Grade;
