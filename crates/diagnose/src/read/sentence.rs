//! Sentences: the kernels that the catalog's rules ask for, and the tables of what programs say about the network, about
//! themselves, about success, and about what is only spoken of.

use std::{collections::HashMap, iter, sync::OnceLock};

use catalog::{Catalog, Phrase};
use evidence::Kind;

use super::{Context, Notes, Reader, bearing, good, network, program};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "sentence",
    about: "sentences of dialogs, logs and people, by their kernels",
    read,
};

/// A line of a table: the fact, and the sentences that say it.
pub(super) type Says = (Kind, &'static str, &'static [&'static str]);

/// Every sentence that is looked for, by the word it begins with.
pub(crate) struct Sentences<'c> {
    list: Vec<Sentence<'c>>,
    /// The last of those that begin with a word; each leads to the one before it.
    by_word: HashMap<&'c str, usize>,
    /// The same for those whose first word is a beginning, by the beginning's first three bytes.
    by_beginning: HashMap<[u8; 3], usize>,
    /// And for those whose beginning is shorter.
    short: Option<usize>,
    firsts: Vec<First<'c>>,
}

struct Sentence<'c> {
    phrase: &'c Phrase,
    kind: Kind,
    value: &'c str,
}

/// A word that a sentence begins with.
struct First<'c> {
    word: &'c str,
    sentence: usize,
    before: Option<usize>,
}

/// The tables' sentences, parsed.
fn tables() -> &'static [(Kind, &'static str, Phrase)] {
    static TABLES: OnceLock<Vec<(Kind, &str, Phrase)>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let lines = [network::SAYS, program::SAYS, good::SAYS, bearing::SAYS]
            .into_iter()
            .flatten();
        let each =
            lines.flat_map(|(kind, value, patterns)| patterns.iter().map(move |says| (kind, value, says)));
        // Whether each of them is a pattern is tested below.
        each.filter_map(|(kind, value, says)| Some((*kind, *value, Phrase::parse(says).ok()?)))
            .collect()
    })
}

impl<'c> Sentences<'c> {
    /// The catalog's, and those of the tables.
    pub(crate) fn new(catalog: &'c Catalog) -> Self {
        let mut list: Vec<Sentence<'c>> = Vec::new();
        for phrase in catalog.phrases() {
            let (kind, value) = (Kind::Says, phrase.pattern());
            list.push(Sentence { phrase, kind, value });
        }
        for (kind, value, phrase) in tables() {
            let kind = *kind;
            list.push(Sentence { phrase, kind, value });
        }
        let mut sentences = Self {
            by_word: HashMap::with_capacity(list.len()),
            by_beginning: HashMap::new(),
            short: None,
            firsts: Vec::with_capacity(list.len() * 2),
            list: Vec::new(),
        };
        // From the last to the first, so that each leads to the next one.
        for (number, sentence) in list.iter().enumerate().rev() {
            for (word, is_beginning) in sentence.phrase.first_words() {
                sentences.index(word, is_beginning, number);
            }
        }
        sentences.list = list;
        sentences
    }

    fn index(&mut self, word: &'c str, is_beginning: bool, sentence: usize) {
        let at = self.firsts.len();
        let before = match (is_beginning, word.as_bytes().first_chunk()) {
            (true, Some(start)) => self.by_beginning.insert(*start, at),
            (true, None) => self.short.replace(at),
            (false, _) => self.by_word.insert(word, at),
        };
        self.firsts.push(First {
            word,
            sentence,
            before,
        });
    }

    /// The sentences that may begin with a word.
    fn beginning_with(&self, word: &str) -> impl Iterator<Item = usize> {
        let start = word.as_bytes().first_chunk::<3>();
        let exact = self.chain(self.by_word.get(word).copied());
        let begun = self.chain(start.and_then(|start| self.by_beginning.get(start)).copied());
        let begun = begun.chain(self.chain(self.short));
        let begun = begun.filter(move |first| word.starts_with(first.word));
        exact.chain(begun).map(|first| first.sentence)
    }

    fn chain(&self, last: Option<usize>) -> impl Iterator<Item = &First<'c>> {
        let first = |at: Option<usize>| self.firsts.get(at?);
        iter::successors(first(last), move |one| first(one.before))
    }

    /// The literals of each fact's sentences.
    pub(crate) fn cores(&self) -> Cores<'c> {
        let mut cores = Cores::default();
        for sentence in &self.list {
            let of_fact = cores.0.entry((sentence.kind, sentence.value)).or_default();
            of_fact.extend(sentence.phrase.cores());
        }
        cores
    }
}

/// Literals one of which is in every sentence that shows a fact.
#[derive(Default)]
pub(crate) struct Cores<'c>(HashMap<(Kind, &'c str), Vec<&'c str>>);

impl Cores<'_> {
    /// Of one fact; `*` stands for any value.
    pub(crate) fn of(&self, kind: Kind, value: &str) -> Vec<String> {
        let any = |(of, _): &(&(Kind, &str), _)| of.0 == kind;
        let those: Vec<&Vec<&str>> = if value == "*" {
            self.0.iter().filter(any).map(|(_, cores)| cores).collect()
        } else {
            self.0.get(&(kind, value)).into_iter().collect()
        };
        those
            .into_iter()
            .flatten()
            .map(|core| (*core).to_owned())
            .collect()
    }
}

fn read(page: &Page, context: &Context<'_>, notes: &mut Notes<'_>) {
    let sentences = context.sentences;
    let words = page.words();
    let mut found = vec![false; sentences.list.len()];
    for at in 0..words.len() {
        for number in sentences.beginning_with(words.text(at)) {
            let Some(sentence) = sentences.list.get(number).filter(|_| !found[number]) else {
                continue;
            };
            if sentence.phrase.match_at(words, at).is_some() {
                found[number] = true;
                let line = words.word(at).map_or(0, |word| word.line as usize);
                notes.see(sentence.kind, sentence.value, line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_of_the_tables_is_a_pattern() {
        for (kind, value, patterns) in [network::SAYS, program::SAYS, good::SAYS].into_iter().flatten() {
            for pattern in *patterns {
                assert!(Phrase::parse(pattern).is_ok(), "{kind} {value}: {pattern}");
            }
        }
    }
}
