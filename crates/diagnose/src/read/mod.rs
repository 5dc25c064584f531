//! The readers: from text to facts, one file per format.
//!
//! All of them read every page; which of them spoke is told with the answer. To add one: a file with a `read`
//! function, and its line in [`READERS`].

mod address;
mod alert;
mod bearing;
mod dotnet;
mod good;
mod http;
mod mail_test;
mod network;
mod number;
mod oauth;
mod program;
mod request;
mod sentence;
mod setting;
mod token;

use evidence::{Facts, Kind};
use types::Timestamp;

pub(crate) use sentence::{Cores, Sentences};

use crate::page::Page;

/// What a reader is given beside the page.
pub(crate) struct Context<'s> {
    /// Every sentence that some rule or table asks for.
    pub(crate) sentences: &'s Sentences<'s>,
    /// Now, for what expires.
    pub(crate) now: Timestamp,
}

/// One format.
pub struct Reader {
    /// Its name, as the answer tells it.
    pub name: &'static str,
    /// What it reads.
    pub about: &'static str,
    pub(crate) read: fn(&Page, &Context<'_>, &mut Notes<'_>),
}

/// Every reader.
pub const READERS: &[Reader] = &[
    number::READER,
    oauth::READER,
    http::READER,
    dotnet::READER,
    alert::READER,
    address::READER,
    setting::READER,
    request::READER,
    mail_test::READER,
    token::READER,
    bearing::READER,
    sentence::READER,
];

/// Where a reader puts what it finds.
pub(crate) struct Notes<'f> {
    page: &'f Page,
    facts: &'f mut Facts,
    count: usize,
}

impl<'f> Notes<'f> {
    /// For one page.
    pub(crate) fn new(page: &'f Page, facts: &'f mut Facts) -> Self {
        Self {
            page,
            facts,
            count: 0,
        }
    }

    /// Keeps a fact, seen on a line of the page.
    pub(crate) fn see(&mut self, kind: Kind, value: &str, line: usize) {
        let (place, text) = self.page.place(line);
        self.facts.see(kind, value, place, text);
        self.count += 1;
    }

    /// Whether the reader said something.
    pub(crate) fn spoke(&self) -> bool {
        self.count > 0
    }
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;

    use super::*;

    fn facts(text: &str) -> Facts {
        let catalog = Catalog::default();
        let sentences = Sentences::new(&catalog);
        let context = Context {
            sentences: &sentences,
            now: Timestamp::from_seconds(1_800_000_000),
        };
        let page = Page::new((1..).zip(text.lines()));
        let mut facts = Facts::default();
        for reader in READERS {
            let mut notes = Notes::new(&page, &mut facts);
            (reader.read)(&page, &context, &mut notes);
        }
        facts
    }

    /// Asserts that a fact is read from a text.
    pub(super) fn reads(text: &str, kind: Kind, value: &str) {
        let facts = facts(text);
        let seen: Vec<_> = facts
            .iter()
            .map(|fact| format!("{} {}", fact.kind, fact.value))
            .collect();
        assert!(
            facts.get(kind, value).is_some(),
            "{kind} {value} is not among {seen:?} of: {text}"
        );
    }

    /// Asserts that no fact of a kind is read from a text.
    pub(super) fn silent(text: &str, kind: Kind) {
        let facts = facts(text);
        let seen: Vec<_> = facts.of(kind).map(|fact| &fact.value).collect();
        assert!(seen.is_empty(), "{kind} {seen:?} of: {text}");
    }
}
