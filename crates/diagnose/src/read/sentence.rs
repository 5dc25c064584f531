//! Sentences: the kernels that the catalog's rules ask for, and the tables of what programs say about the network, about
//! themselves, and about success.

use std::collections::HashMap;

use catalog::{Catalog, Phrase};
use evidence::Kind;

use super::{Context, Notes, Reader, good, network, program};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "sentence",
    about: "sentences of dialogs, logs and people, by their kernels",
    read,
};

/// A line of a table: the fact, and the sentences that say it.
pub(super) type Says = (Kind, &'static str, &'static [&'static str]);

/// Every sentence that is looked for, by the word it begins with.
pub(crate) struct Sentences {
    list: Vec<Sentence>,
    /// By what they show.
    by_fact: HashMap<(Kind, String), Vec<usize>>,
    by_word: HashMap<String, Vec<usize>>,
    /// Those whose first word is a beginning, by the beginning's first three bytes.
    by_beginning: HashMap<[u8; 3], Vec<(String, usize)>>,
    /// Those whose beginning is shorter.
    by_short_beginning: Vec<(String, usize)>,
}

struct Sentence {
    phrase: Phrase,
    kind: Kind,
    value: String,
}

impl Sentences {
    /// The catalog's, and those of the tables.
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut sentences = Self {
            list: Vec::new(),
            by_fact: HashMap::new(),
            by_word: HashMap::new(),
            by_beginning: HashMap::new(),
            by_short_beginning: Vec::new(),
        };
        for phrase in catalog.phrases() {
            let value = phrase.text.to_lowercase();
            sentences.add(phrase.clone(), Kind::Says, &value);
        }
        for (kind, value, patterns) in [network::SAYS, program::SAYS, good::SAYS].into_iter().flatten() {
            for pattern in *patterns {
                // Whether each of them is a pattern is tested below.
                if let Ok(phrase) = Phrase::parse(pattern) {
                    sentences.add(phrase, *kind, value);
                }
            }
        }
        sentences
    }

    fn add(&mut self, phrase: Phrase, kind: Kind, value: &str) {
        let at = self.list.len();
        for (word, is_beginning) in phrase.first_words() {
            let entry = (word.to_owned(), at);
            match (is_beginning, word.as_bytes().first_chunk()) {
                (true, Some(start)) => self.by_beginning.entry(*start).or_default().push(entry),
                (true, None) => self.by_short_beginning.push(entry),
                (false, _) => self.by_word.entry(entry.0).or_default().push(at),
            }
        }
        self.by_fact.entry((kind, value.to_owned())).or_default().push(at);
        self.list.push(Sentence {
            phrase,
            kind,
            value: value.to_owned(),
        });
    }

    /// Literals one of which is in every sentence that shows a fact; `*` stands for any value.
    pub(crate) fn cores_of(&self, kind: Kind, value: &str) -> Vec<String> {
        if value == "*" {
            let those = self.list.iter().filter(|sentence| sentence.kind == kind);
            return those.flat_map(Sentence::cores).collect();
        }
        let those = self.by_fact.get(&(kind, value.to_owned()));
        let those = those.into_iter().flatten().filter_map(|at| self.list.get(*at));
        those.flat_map(Sentence::cores).collect()
    }
}

impl Sentence {
    fn cores(&self) -> impl Iterator<Item = String> {
        self.phrase.cores().into_iter().map(str::to_owned)
    }
}

fn read(page: &Page, context: &Context<'_>, notes: &mut Notes<'_>) {
    let sentences = context.sentences;
    let words = page.words();
    let mut found = vec![false; sentences.list.len()];
    for at in 0..words.len() {
        let word = words.text(at);
        let exact = sentences.by_word.get(word).map_or(&[][..], Vec::as_slice);
        let start = word.as_bytes().first_chunk();
        let begun = start.and_then(|start| sentences.by_beginning.get(start));
        let begun = begun
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .chain(&sentences.by_short_beginning)
            .filter(|(beginning, _)| word.starts_with(beginning.as_str()))
            .map(|(_, sentence)| sentence);
        for number in exact.iter().chain(begun) {
            let Some(sentence) = sentences.list.get(*number).filter(|_| !found[*number]) else {
                continue;
            };
            if sentence.phrase.match_at(words, at).is_some() {
                found[*number] = true;
                let line = words.word(at).map_or(0, |word| word.line as usize);
                notes.see(sentence.kind, &sentence.value, line);
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
