//! What was read off a line, as people read it.

use evidence::{Fact, Kind};

use crate::{phrase::Phrase, words::Words};

/// The fact's kind and value; of a sentence, the words of the line that say it and not the pattern they fit.
pub fn read_off(fact: &Fact) -> String {
    let said = match fact.kind {
        Kind::Says => said(fact),
        _ => None,
    };
    match said {
        Some(words) => format!("{} \u{201c}{words}\u{201d}", fact.kind),
        None => format!("{} {}", fact.kind, fact.value),
    }
}

/// None where the sentence goes on beyond what is kept of the line.
fn said(fact: &Fact) -> Option<String> {
    let phrase = Phrase::parse(&fact.value).ok()?;
    let mut words = Words::default();
    words.push_line(&fact.text, 1);
    let (from, to) = (0..words.len()).find_map(|at| Some((at, phrase.match_at(&words, at)?)))?;
    let words: Vec<&str> = (from..to).map(|at| words.text(at)).collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use evidence::Place;

    use super::*;

    #[test]
    fn a_sentence_is_told_by_its_words() {
        let said = |text: &str| {
            let pattern = "(firewall|proxy) … (blocks|blocked)";
            read_off(&Fact::new(Kind::Says, pattern, Place::Line(1), text))
        };
        assert_eq!(
            said("Our proxy has blocked it."),
            "says \u{201c}proxy has blocked\u{201d}"
        );
        assert_eq!(
            said("Our proxy, on the next line,"),
            "says (firewall|proxy) … (blocks|blocked)"
        );
        let code = Fact::new(Kind::Aadsts, "50126", Place::Line(1), "AADSTS50126");
        assert_eq!(read_off(&code), "aadsts 50126");
    }
}
