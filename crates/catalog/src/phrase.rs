//! `says` patterns: the kernel of a sentence.
//!
//! Words in order; `…` is up to [`GAP`] other words of the same paragraph, `_` one unknown token, `(a|b c)` one of
//! several, and `word~` any word that begins so. Matching goes word by word, in time proportional to text and pattern:
//! no text makes it go back.

use serde::{Deserialize, Serialize};

use crate::{
    part::{Part, Piece, Span, each_choice, pieces, weight},
    words::Words,
};

/// How many words `…` may stand for: some eighty characters.
const GAP: usize = 14;

/// A pattern, parsed.
///
/// Thousands are read whenever the program starts, so each is flat: one text, and parts that point into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// As it was written, in lower case; behind that, words that are compared in another form.
    text: String,
    written: u16,
    parts: Vec<Part>,
}

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhrase {
    /// A parenthesis without its partner, or one within another.
    #[error("a parenthesis is not closed, or stands within another")]
    Parenthesis,
    /// It begins or ends with something that is no word.
    #[error("it must begin and end with a word")]
    Open,
    /// Nothing in it would narrow a search.
    #[error("it needs a word of three letters or more that is always there")]
    NoCore,
    /// Nobody's sentence is that long.
    #[error("it is longer than 65,535 bytes")]
    Long,
}

impl Phrase {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, BadPhrase> {
        let lower = text.to_lowercase();
        let mut phrase = Self {
            written: place(lower.len())?,
            text: lower,
            parts: Vec::new(),
        };
        let mut rest = text;
        while let Some(open) = rest.find('(') {
            phrase.sequence(&rest[..open])?;
            let close = rest
                .find(')')
                .filter(|close| *close > open)
                .ok_or(BadPhrase::Parenthesis)?;
            let inner = &rest[open + 1..close];
            if inner.contains('(') {
                return Err(BadPhrase::Parenthesis);
            }
            phrase.headed(Part::OneOf, |phrase| {
                inner
                    .split('|')
                    .try_for_each(|choice| phrase.headed(Part::Choice, |phrase| phrase.sequence(choice)))
            })?;
            rest = &rest[close + 1..];
        }
        if rest.contains(')') {
            return Err(BadPhrase::Parenthesis);
        }
        phrase.sequence(rest)?;
        let is_open = |part: Option<&Part>| matches!(part, None | Some(Part::Gap | Part::Token));
        let ends_in_choice = matches!(pieces(&phrase.parts).last(), Some(Piece::OneOf(_)));
        if is_open(phrase.parts.first()) || (is_open(phrase.parts.last()) && !ends_in_choice) {
            return Err(BadPhrase::Open);
        }
        if phrase.cores().is_empty() {
            return Err(BadPhrase::NoCore);
        }
        Ok(phrase)
    }

    /// Parts with a head before them that says how many they are.
    fn headed(
        &mut self,
        head: fn(u16) -> Part,
        parts: impl FnOnce(&mut Self) -> Result<(), BadPhrase>,
    ) -> Result<(), BadPhrase> {
        let at = self.parts.len();
        self.parts.push(head(0));
        parts(self)?;
        let behind = self.parts.len() - at - 1;
        self.parts[at] = head(place(behind)?);
        Ok(())
    }

    /// Words, gaps and tokens.
    fn sequence(&mut self, text: &str) -> Result<(), BadPhrase> {
        let text = text.replace("...", "…").replace('…', " … ");
        for token in text.split_whitespace() {
            match token {
                "…" => self.parts.push(Part::Gap),
                "_" => self.parts.push(Part::Token),
                _ => {
                    let mut words = Words::default();
                    words.push_line(token.trim_end_matches('~'), 1);
                    let last = words.len().saturating_sub(1);
                    for at in 0..words.len() {
                        let span = self.keep(words.text(at))?;
                        self.parts.push(if at == last && token.ends_with('~') {
                            Part::Beginning(span)
                        } else {
                            Part::Word(span)
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, word: &str) -> Result<Span, BadPhrase> {
        let start = self.text.find(word).unwrap_or_else(|| {
            self.text.push_str(word);
            self.text.len() - word.len()
        });
        Ok(Span {
            start: place(start)?,
            end: place(start + word.len())?,
        })
    }

    /// As it was written, in lower case.
    pub fn pattern(&self) -> &str {
        self.text.get(..usize::from(self.written)).unwrap_or_default()
    }

    /// How telling it is: the number of its words that always stand there.
    pub fn weight(&self) -> usize {
        weight(&self.parts)
    }

    /// The words one of which begins every match, and whether each is only a word's beginning.
    pub fn first_words(&self) -> impl Iterator<Item = (&str, bool)> {
        let first = pieces(&self.parts).next();
        let (alone, choices) = match first {
            Some(Piece::One(part)) => (Some(part), None),
            Some(Piece::OneOf(inner)) => (None, Some(each_choice(inner).filter_map(<[Part]>::first))),
            None => (None, None),
        };
        let parts = alone.into_iter().chain(choices.into_iter().flatten());
        parts.filter_map(|part| match part {
            Part::Word(span) => Some((self.word(*span), false)),
            Part::Beginning(span) => Some((self.word(*span), true)),
            _ => None,
        })
    }

    /// Literals one of which is in every text that matches: the rarest word, or one for each choice.
    pub fn cores(&self) -> Vec<&str> {
        self.cores_of(&self.parts)
    }

    fn cores_of(&self, parts: &[Part]) -> Vec<&str> {
        let word = pieces(parts)
            .filter_map(|piece| match piece {
                Piece::One(Part::Word(span) | Part::Beginning(span)) => Some(self.word(*span)),
                _ => None,
            })
            .filter(|word| word.len() >= 3)
            .max_by_key(|word| rarity(word));
        let choices = pieces(parts).find_map(|piece| match piece {
            Piece::OneOf(inner) => {
                let each: Vec<_> = each_choice(inner).map(|choice| self.cores_of(choice)).collect();
                let complete = each.iter().all(|cores| !cores.is_empty());
                complete.then(|| each.concat())
            }
            Piece::One(_) => None,
        });
        match (word, choices) {
            (Some(word), Some(choices)) => {
                let weakest = choices.iter().map(|word| rarity(word)).min().unwrap_or(0);
                if weakest > rarity(word) {
                    choices
                } else {
                    vec![word]
                }
            }
            (Some(word), None) => vec![word],
            (None, Some(choices)) => choices,
            (None, None) => Vec::new(),
        }
    }

    /// Whether it stands in the text from word `at` on; the number of the word behind it.
    ///
    /// Open ways (behind a gap, behind a choice) are tried one after another, which nearly always ends soon. A text that
    /// makes it go back more than [`TRIES`] times is matched along all ways at once, as a set of places: nothing is tried
    /// twice, and a set holds no more places than the pattern is long with its gaps filled, whatever the text.
    pub fn match_at(&self, words: &Words, at: usize) -> Option<usize> {
        let paragraph = words.word(at)?.paragraph;
        let mut tries = TRIES;
        let text = Text { words, paragraph };
        match self.try_ways(&self.parts, text, at, &mut tries) {
            Some(end) => Some(end),
            None if tries == 0 => self.all_ways(&self.parts, text, vec![at]).first().copied(),
            None => None,
        }
    }

    /// One way after another, as long as there are tries left.
    fn try_ways(&self, parts: &[Part], text: Text<'_>, at: usize, tries: &mut u32) -> Option<usize> {
        let Some((part, rest)) = parts.split_first() else {
            return Some(at);
        };
        *tries = tries.checked_sub(1)?;
        match part {
            Part::Gap => {
                (at..=at.saturating_add(GAP)).find_map(|next| self.try_ways(rest, text, next, tries))
            }
            Part::OneOf(length) => {
                let (choices, rest) = rest.split_at_checked(usize::from(*length))?;
                each_choice(choices).find_map(|choice| {
                    let next = self.try_ways(choice, text, at, tries)?;
                    self.try_ways(rest, text, next, tries)
                })
            }
            _ => self.try_ways(rest, text, self.one_word(*part, text, at)?, tries),
        }
    }

    /// Where matches that begin at any of these places end, in order and each once.
    fn all_ways(&self, parts: &[Part], text: Text<'_>, starts: Vec<usize>) -> Vec<usize> {
        let mut places = starts;
        for piece in pieces(parts) {
            places = match piece {
                Piece::One(Part::Gap) => filled(&places),
                Piece::OneOf(choices) => each_choice(choices)
                    .flat_map(|choice| self.all_ways(choice, text, places.clone()))
                    .collect(),
                Piece::One(part) => {
                    let behind = places.iter();
                    behind.filter_map(|at| self.one_word(*part, text, *at)).collect()
                }
            };
            places.sort_unstable();
            places.dedup();
            if places.is_empty() {
                break;
            }
        }
        places
    }

    /// The number of the word behind a part that is a word or a token.
    fn one_word(&self, part: Part, text: Text<'_>, at: usize) -> Option<usize> {
        let words = text.words;
        let word = words.word(at).filter(|word| word.paragraph == text.paragraph)?;
        match part {
            Part::Word(wanted) => (words.bytes(word) == self.bytes(wanted)).then_some(at + 1),
            Part::Beginning(wanted) => words
                .bytes(word)
                .starts_with(self.bytes(wanted))
                .then_some(at + 1),
            Part::Token => Some(words.behind_chunk(at)),
            _ => None,
        }
    }

    /// The same as a regular expression over text in lower case, for measuring other tools with the same rules.
    pub fn to_regex(&self) -> String {
        self.regex_of(&self.parts)
    }

    fn regex_of(&self, parts: &[Part]) -> String {
        let mut out = String::new();
        for (at, piece) in pieces(parts).enumerate() {
            let separator = if at == 0 || matches!(piece, Piece::One(Part::Gap)) {
                ""
            } else {
                r"\W{1,6}"
            };
            match piece {
                Piece::One(Part::Word(span)) => out.push_str(&format!("{separator}{}", self.word(*span))),
                Piece::One(Part::Beginning(span)) => {
                    out.push_str(&format!(r"{separator}{}\w*", self.word(*span)));
                }
                Piece::One(Part::Gap) => out.push_str(".{0,80}"),
                Piece::One(_) => out.push_str(&format!(r"{separator}\S+")),
                Piece::OneOf(choices) => {
                    let each: Vec<_> = each_choice(choices).map(|choice| self.regex_of(choice)).collect();
                    out.push_str(&format!("{separator}(?:{})", each.join("|")));
                }
            }
        }
        out
    }

    fn word(&self, span: Span) -> &str {
        str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// The same for comparing, where nobody asks whether a character ends there.
    fn bytes(&self, span: Span) -> &[u8] {
        let bytes = self.text.as_bytes();
        bytes
            .get(usize::from(span.start)..usize::from(span.end))
            .unwrap_or_default()
    }
}

fn place(at: usize) -> Result<u16, BadPhrase> {
    u16::try_from(at).map_err(|_| BadPhrase::Long)
}

/// The text that is matched, and the paragraph that a match stays in.
#[derive(Clone, Copy)]
struct Text<'w> {
    words: &'w Words,
    paragraph: u32,
}

/// Words so common in the logs of this field that a search for them finds every line.
const COMMON: [&str; 24] = [
    "microsoft",
    "dynamics",
    "server",
    "error",
    "exception",
    "system",
    "connection",
    "user",
    "account",
    "service",
    "outlook",
    "organization",
    "message",
    "request",
    "client",
    "email",
    "information",
    "following",
    "please",
    "mailbox",
    "contact",
    "administrator",
    "https",
    "with",
];

/// How well a literal narrows a search: long is good, common is bad.
pub fn rarity(word: &str) -> usize {
    if COMMON.contains(&word) { 1 } else { word.len() }
}

/// How many parts are tried one way after another before all ways are followed at once.
const TRIES: u32 = 256;

/// The places up to a gap behind these.
fn filled(places: &[usize]) -> Vec<usize> {
    let mut filled: Vec<usize> = Vec::with_capacity(places.len() + GAP);
    for at in places {
        let from = filled.last().map_or(*at, |last| (last + 1).max(*at));
        filled.extend(from..=at.saturating_add(GAP));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        let phrase = Phrase::parse(pattern).expect("a pattern");
        let mut words = Words::default();
        for (at, line) in text.lines().enumerate() {
            words.push_line(line, u32::try_from(at).unwrap_or(0));
        }
        (0..words.len()).any(|at| phrase.match_at(&words, at).is_some())
    }

    #[test]
    fn words_in_order_however_they_are_wrapped_and_pointed() {
        assert!(found(
            "not been assigned a security role",
            "has NOT been\nassigned \"a security\" role, and"
        ));
        assert!(!found(
            "not been assigned a security role",
            "been assigned a security role"
        ));
        assert!(!found("security role", "security\n\nrole"));
        assert!(found(
            "we can't authenticate",
            "because we cannot authenticate your"
        ));
    }

    #[test]
    fn gaps_choices_tokens_and_beginnings() {
        assert!(found(
            "password … (changed|was reset)",
            "My password, as I said, was reset by IT"
        ));
        assert!(!found(
            "password … changed",
            &format!("password {} changed", "and ".repeat(20))
        ));
        assert!(found(
            "mailbox _ could not be found",
            "Mailbox j.doe@contoso.com couldn't be found"
        ));
        assert!(found("synchroniz~ failed", "The synchronisation failed"));
        assert!(!found("mailbox _ is", "mailbox is"));
    }

    #[test]
    fn no_text_makes_it_go_back() {
        let gaps = "password … password … password … password … password … password … password … password … password … password … reset";
        let bait = "password ".repeat(2_000);
        let choices = format!("account {} locked", "(is|is is|is is is) ".repeat(12));
        // With going back these would be 15 to the tenth and 3 to the twelfth ways from each of 2,000 words.
        assert!(!found(gaps, &bait));
        assert!(found(gaps, &format!("{bait} reset")));
        assert!(!found(&choices, &format!("account {}", "is ".repeat(2_000))));
        assert!(found(&choices, &format!("account {} locked", "is ".repeat(12))));
        assert!(found(&choices, &format!("account {} locked", "is ".repeat(36))));
        assert!(!found(&choices, &format!("account {} locked", "is ".repeat(37))));
        assert!(!found("mailbox _ reset", &"mailbox-".repeat(20_000)));
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        assert_eq!(Phrase::parse("a (b").unwrap_err(), BadPhrase::Parenthesis);
        assert_eq!(Phrase::parse("… mailbox").unwrap_err(), BadPhrase::Open);
        assert_eq!(Phrase::parse("is it so … ok").unwrap_err(), BadPhrase::NoCore);
    }

    #[test]
    fn the_core_is_the_rarest_word() {
        let cores = |text: &str| Phrase::parse(text).expect("a pattern").cores().join(",");
        assert_eq!(cores("the Dynamics privileges"), "privileges");
        assert_eq!(cores("is (disabled|switched off)"), "disabled,switched");
    }
}
