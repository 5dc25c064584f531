//! `says` patterns: the kernel of a sentence.
//!
//! Words in order; `…` is up to [`GAP`] other words of the same paragraph, `_` one unknown token, `(a|b c)` one of
//! several, and `word~` any word that begins so. Matching goes word by word, in time proportional to text and pattern:
//! no text makes it go back.

use crate::words::Words;

/// How many words `…` may stand for: some eighty characters.
const GAP: usize = 14;

/// A pattern, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// As it was written.
    pub text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Beginning(String),
    Token,
    Gap,
    OneOf(Vec<Vec<Part>>),
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
}

impl Phrase {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, BadPhrase> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('(') {
            sequence(&rest[..open], &mut parts)?;
            let close = rest
                .find(')')
                .filter(|close| *close > open)
                .ok_or(BadPhrase::Parenthesis)?;
            let inner = &rest[open + 1..close];
            if inner.contains('(') {
                return Err(BadPhrase::Parenthesis);
            }
            let mut choices = Vec::new();
            for choice in inner.split('|') {
                let mut parts = Vec::new();
                sequence(choice, &mut parts)?;
                choices.push(parts);
            }
            parts.push(Part::OneOf(choices));
            rest = &rest[close + 1..];
        }
        if rest.contains(')') {
            return Err(BadPhrase::Parenthesis);
        }
        sequence(rest, &mut parts)?;
        let is_open = |part: Option<&Part>| matches!(part, None | Some(Part::Gap | Part::Token));
        if is_open(parts.first()) || is_open(parts.last()) {
            return Err(BadPhrase::Open);
        }
        let phrase = Self {
            text: text.to_owned(),
            parts,
        };
        if phrase.cores().is_empty() {
            return Err(BadPhrase::NoCore);
        }
        Ok(phrase)
    }

    /// How telling it is: the number of its words that always stand there.
    pub fn weight(&self) -> usize {
        weight(&self.parts)
    }

    /// The words one of which begins every match.
    pub fn first_words(&self) -> Vec<(&str, bool)> {
        first_words(&self.parts)
    }

    /// Literals one of which is in every text that matches: the rarest word, or one for each choice.
    pub fn cores(&self) -> Vec<&str> {
        cores(&self.parts)
    }

    /// Whether it stands in the text from word `at` on; the number of the word behind it.
    pub fn match_at(&self, words: &Words, at: usize) -> Option<usize> {
        let paragraph = words.word(at)?.paragraph;
        step(&self.parts, words, at, paragraph)
    }

    /// The same as a regular expression over text in lower case, for measuring other tools with the same rules.
    pub fn to_regex(&self) -> String {
        regex(&self.parts)
    }
}

fn sequence(text: &str, parts: &mut Vec<Part>) -> Result<(), BadPhrase> {
    let text = text.replace("...", "…").replace('…', " … ");
    for token in text.split_whitespace() {
        match token {
            "…" => parts.push(Part::Gap),
            "_" => parts.push(Part::Token),
            _ => {
                let mut words = Words::default();
                words.push_line(token.trim_end_matches('~'), 1);
                let last = words.len().saturating_sub(1);
                for at in 0..words.len() {
                    let word = words.text(at).to_owned();
                    parts.push(if at == last && token.ends_with('~') {
                        Part::Beginning(word)
                    } else {
                        Part::Word(word)
                    });
                }
            }
        }
    }
    Ok(())
}

fn weight(parts: &[Part]) -> usize {
    parts
        .iter()
        .map(|part| match part {
            Part::Word(_) | Part::Beginning(_) => 1,
            Part::Token | Part::Gap => 0,
            Part::OneOf(choices) => choices.iter().map(|choice| weight(choice)).min().unwrap_or(0),
        })
        .sum()
}

fn first_words(parts: &[Part]) -> Vec<(&str, bool)> {
    match parts.first() {
        Some(Part::Word(word)) => vec![(word, false)],
        Some(Part::Beginning(word)) => vec![(word, true)],
        Some(Part::OneOf(choices)) => choices.iter().flat_map(|choice| first_words(choice)).collect(),
        Some(Part::Token | Part::Gap) | None => Vec::new(),
    }
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

fn cores(parts: &[Part]) -> Vec<&str> {
    let word = parts
        .iter()
        .filter_map(|part| match part {
            Part::Word(word) | Part::Beginning(word) if word.len() >= 3 => Some(word.as_str()),
            _ => None,
        })
        .max_by_key(|word| rarity(word));
    let choices = parts.iter().find_map(|part| match part {
        Part::OneOf(choices) => {
            let each: Vec<_> = choices.iter().map(|choice| cores(choice)).collect();
            let complete = each.iter().all(|cores| !cores.is_empty());
            complete.then(|| each.concat())
        }
        _ => None,
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

/// How many parts are tried one way after another before all ways are followed at once.
const TRIES: u32 = 256;

/// Matches `parts` from word `at` on; yields the number of the word behind the match.
///
/// Ways that are open (behind a gap, behind a choice) are tried one after another, which nearly always ends soon. A text
/// that makes it go back more than [`TRIES`] times is matched along all ways at once, as a set of places: nothing is then
/// tried twice, and a set holds no more places than the pattern is long with its gaps filled, whatever the text.
fn step(parts: &[Part], words: &Words, at: usize, paragraph: u32) -> Option<usize> {
    let mut tries = TRIES;
    match try_ways(parts, words, at, paragraph, &mut tries) {
        Some(end) => Some(end),
        None if tries == 0 => all_ways(parts, words, vec![at], paragraph).first().copied(),
        None => None,
    }
}

/// One way after another, as long as there are tries left.
fn try_ways(parts: &[Part], words: &Words, at: usize, paragraph: u32, tries: &mut u32) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(at);
    };
    *tries = tries.checked_sub(1)?;
    match part {
        Part::Gap => {
            (at..=at.saturating_add(GAP)).find_map(|next| try_ways(rest, words, next, paragraph, tries))
        }
        Part::OneOf(choices) => choices.iter().find_map(|choice| {
            let next = try_ways(choice, words, at, paragraph, tries)?;
            try_ways(rest, words, next, paragraph, tries)
        }),
        _ => try_ways(
            rest,
            words,
            one_word(part, words, at, paragraph)?,
            paragraph,
            tries,
        ),
    }
}

/// Where matches that begin at any of these places end, in order and each once.
fn all_ways(parts: &[Part], words: &Words, starts: Vec<usize>, paragraph: u32) -> Vec<usize> {
    let mut places = starts;
    for part in parts {
        places = match part {
            Part::Gap => filled(&places),
            Part::OneOf(choices) => {
                let ways = choices.iter();
                ways.flat_map(|choice| all_ways(choice, words, places.clone(), paragraph))
                    .collect()
            }
            _ => {
                let behind = places.iter();
                behind
                    .filter_map(|at| one_word(part, words, *at, paragraph))
                    .collect()
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

/// The places up to a gap behind these.
fn filled(places: &[usize]) -> Vec<usize> {
    let mut filled: Vec<usize> = Vec::with_capacity(places.len() + GAP);
    for at in places {
        let from = filled.last().map_or(*at, |last| (last + 1).max(*at));
        filled.extend(from..=at.saturating_add(GAP));
    }
    filled
}

/// The number of the word behind a part that is a word or a token.
fn one_word(part: &Part, words: &Words, at: usize, paragraph: u32) -> Option<usize> {
    words.word(at).filter(|word| word.paragraph == paragraph)?;
    let text = words.text(at);
    match part {
        Part::Word(wanted) if text == wanted => Some(at + 1),
        Part::Beginning(wanted) if text.starts_with(wanted.as_str()) => Some(at + 1),
        Part::Token => Some(words.behind_chunk(at)),
        _ => None,
    }
}

fn regex(parts: &[Part]) -> String {
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        let separator = if at == 0 || matches!(part, Part::Gap) {
            ""
        } else {
            r"\W{1,6}"
        };
        match part {
            Part::Word(word) => out.push_str(&format!("{separator}{word}")),
            Part::Beginning(word) => out.push_str(&format!(r"{separator}{word}\w*")),
            Part::Token => out.push_str(&format!(r"{separator}\S+")),
            Part::Gap => out.push_str(".{0,80}"),
            Part::OneOf(choices) => {
                let each: Vec<_> = choices.iter().map(|choice| regex(choice)).collect();
                out.push_str(&format!("{separator}(?:{})", each.join("|")));
            }
        }
    }
    out
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
