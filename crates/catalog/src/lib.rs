//! The catalog: every cause that a connection can fail by, one folder under `catalog/`.
//!
//! A folder holds `cause.toml` (whose move it is, how facts recognize it, where that is documented),
//! `explain.en.md` (title, symptoms, cause, resolution) and `samples/`. This crate loads and checks them and
//! matches their recognizers against facts; it knows neither where facts come from nor how answers look.
//! To add a cause: a folder. Its texts and tests follow from it.

mod article;
mod cause;
mod condition;
mod index;
mod judge;
mod load;
mod part;
mod phrase;
mod play;
mod profile;
mod read_off;
pub mod samples;
mod station;
mod words;

pub use article::Article;
pub use cause::{Cause, Confidence, Exclusion, Meta, Mover, Platform, Reference, Rule};
pub use condition::{Condition, Need};
pub use index::Index;
pub use judge::{Judgement, Match, RuledOut};
pub use load::{Catalog, Problem};
pub use phrase::{Phrase, rarity};
pub use play::{Play, Start};
pub use profile::{Profiles, Resemblance};
pub use read_off::read_off;
pub use station::Station;
pub use words::{Word, Words};
