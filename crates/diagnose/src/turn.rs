//! In which order the parts of a text count, where several of them are proof: of a log the first in time, of an
//! exception the innermost. What stands further out, or comes later, follows from it.

use std::collections::HashMap;

use evidence::{Fact, Facts, Kind};

use crate::page::stamp;

/// What stands between an exception and the one inside it (.NET, Java, Node).
const INWARD: [&str; 3] = ["--->", "Caused by:", "[cause]:"];
/// What stands between an exception and the one around it (Python).
const OUTWARD: [&str; 2] = [
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
];
/// Where the frames of an inner exception end, and those of the one around it go on (.NET).
const INNER_ENDS: &str = "--- End of inner exception stack trace ---";

/// A chain with more marks than this is nobody's; what follows belongs to the last.
const DEEPEST: usize = 64;

/// The part in which each fact is seen first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(HashMap<(Kind, String), usize>);

impl Turns {
    /// Reads each part of a text alone.
    pub(crate) fn of(text: &str, read: impl Fn(&str) -> Facts) -> Self {
        let parts = parts(text);
        let mut turns = HashMap::new();
        if parts.len() > 1 {
            for (turn, part) in parts.iter().enumerate() {
                for fact in read(part).iter() {
                    turns.entry((fact.kind, fact.value.clone())).or_insert(turn);
                }
            }
        }
        Self(turns)
    }

    /// When it is a fact's turn. What no part shows alone comes last.
    pub(crate) fn turn(&self, fact: &Fact) -> usize {
        let key = (fact.kind, fact.value.clone());
        self.0.get(&key).copied().unwrap_or(usize::MAX)
    }
}

/// The parts of a text, those that count first before the others.
fn parts(text: &str) -> Vec<String> {
    entries(text).iter().flat_map(|entry| links(entry)).collect()
}

/// The entries of a log, also of one that tells the newest first, in the order of time: each begins with a stamped line. A text without stamps is one.
fn entries(text: &str) -> Vec<String> {
    let mut entries: Vec<(Option<String>, String)> = Vec::new();
    for line in text.lines() {
        let time = stamp(line).map(time);
        match entries.last_mut() {
            Some((_, entry)) if time.is_none() => {
                entry.push('\n');
                entry.push_str(line);
            }
            _ => entries.push((time, line.to_owned())),
        }
    }
    let is_backwards = newest_first(entries.iter().filter_map(|(time, _)| time.as_deref()));
    let mut entries: Vec<String> = entries.into_iter().map(|(_, entry)| entry).collect();
    if is_backwards {
        entries.reverse();
    }
    entries
}

/// Whether stamps go backwards all the way. Those with the day first are not compared.
fn newest_first<'t>(times: impl Iterator<Item = &'t str>) -> bool {
    let times: Vec<&str> = times.collect();
    let begins = |time: &str, digits: usize, mark: &[char]| {
        let rest = time.trim_start_matches(|c: char| c.is_ascii_digit());
        time.len() - rest.len() == digits && rest.starts_with(mark)
    };
    let dated = times.iter().all(|time| begins(time, 4, &['-', '/', '.']));
    let timed = times.iter().all(|time| begins(time, 2, &[':']));
    (dated || timed) && times.is_sorted_by(|a, b| a >= b) && times.first() > times.last()
}

/// Whether lines, of which some are stamped, go backwards in time.
pub(crate) fn is_newest_first<'t>(lines: impl Iterator<Item = &'t str>) -> bool {
    let times: Vec<String> = lines.filter_map(stamp).map(time).collect();
    newest_first(times.iter().map(String::as_str))
}

/// The digits of a stamp and the marks between them, as they are compared.
fn time(stamp: &str) -> String {
    let begins = stamp.trim_start_matches(|c: char| !c.is_ascii_digit());
    let of_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | '/' | '.' | ',' | 'T' | ' ');
    let end = begins.find(|c| !of_time(c)).unwrap_or(begins.len());
    begins[..end].trim_end().to_owned()
}

/// The exceptions of an entry, the innermost first, each with its own frames.
fn links(entry: &str) -> Vec<String> {
    let marks = INWARD.iter().chain(&OUTWARD).copied().chain([INNER_ENDS]);
    let mut marks: Vec<(usize, &str)> = marks.flat_map(|mark| entry.match_indices(mark)).collect();
    marks.sort_unstable();
    marks.truncate(DEEPEST);
    let mut links: Vec<String> = vec![String::new()];
    // Exceptions that are open, the innermost last.
    let mut open = vec![0];
    let mut from = 0;
    for (at, mark) in marks {
        links[open.last().copied().unwrap_or_default()].push_str(&entry[from..at]);
        from = at + mark.len();
        if mark == INNER_ENDS {
            if open.len() > 1 {
                open.pop();
            }
        } else if OUTWARD.contains(&mark) {
            // What was read so far is inside of what follows.
            links.insert(0, String::new());
            open = vec![0];
        } else {
            links.push(String::new());
            open.push(links.len() - 1);
        }
    }
    links[open.last().copied().unwrap_or_default()].push_str(&entry[from..]);
    links.reverse();
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_exception_comes_first_with_its_own_frames() {
        let net = "A: one ---> B: two ---> C: three\n at c()\n--- End of inner exception stack trace ---\n at b()\n\
                   --- End of inner exception stack trace ---\n at a()";
        let links = links(net);
        let has = |at: usize, words: [&str; 2]| words.iter().all(|word| links[at].contains(word));
        assert!(has(0, ["C: three", "c()"]), "{links:?}");
        assert!(has(1, ["B: two", "b()"]), "{links:?}");
        assert!(has(2, ["A: one", "a()"]), "{links:?}");
        assert_eq!(
            super::links("Outer: x\nCaused by: Inner: y"),
            [" Inner: y", "Outer: x\n"]
        );
        let python = format!("Inner: y\n\n{}\n\nOuter: x", OUTWARD[0]);
        let [inner, outer] = &super::links(&python)[..] else {
            panic!("two links");
        };
        assert!(
            inner.contains("Inner") && outer.contains("Outer"),
            "{inner} {outer}"
        );
    }

    #[test]
    fn a_log_is_told_from_its_first_moment_whichever_way_it_is_written() {
        let (first, later) = ("2026-11-22 10:00:00 one\n more of it", "2026-11-22 10:00:05 two");
        assert_eq!(entries(&format!("{first}\n{later}")), [first, later]);
        assert_eq!(entries(&format!("{later}\n{first}")), [first, later]);
        let days = ["22/11/2026 10:00:00 one", "01/12/2026 10:00:00 two"];
        assert_eq!(entries(&days.join("\n")), days);
        assert_eq!(entries("no stamps\nat all").len(), 1);
    }
}
