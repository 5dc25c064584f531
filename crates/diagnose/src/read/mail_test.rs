//! How the three tests of a mail server's profile ended: Test Connection, the Remote Connectivity Analyzer, and Test & Enable
//! Mailboxes. Which of them decides is told by `mail_tests`.

use catalog::Words;
use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "mail_test",
    about: "how Test Connection, the connectivity analyzer and Test & Enable Mailboxes ended",
    read,
};

/// A test's name, and what is seen when it went well or not.
struct Test {
    names: &'static [&'static [&'static str]],
    ok: &'static str,
    failed: &'static str,
}

const TESTS: [Test; 3] = [
    Test {
        names: &[&["test", "connection"]],
        ok: "test-connection-ok",
        failed: "test-connection-failed",
    },
    Test {
        names: &[
            &["connectivity", "analyzer"],
            &["remote", "analyzer"],
            &["testconnectivity"],
        ],
        ok: "analyzer-ok",
        failed: "analyzer-failed",
    },
    Test {
        names: &[&["test", "enable"], &["test", "and", "enable"]],
        ok: "mailboxes-ok",
        failed: "mailboxes-failed",
    },
];

/// Words for an end that is good.
const OK: [&str; 15] = [
    "fine",
    "green",
    "ok",
    "okay",
    "pass",
    "passed",
    "passes",
    "succeed",
    "succeeded",
    "succeeds",
    "success",
    "successful",
    "successfully",
    "works",
    "worked",
];
/// The beginnings of words for one that is not.
const FAILED: [&str; 6] = ["fail", "error", "unsuccess", "401", "timed", "timeout"];
/// What turns the next word round.
const NOT: [&str; 3] = ["not", "no", "never"];
/// What may stand between.
const LITTLE: [&str; 5] = ["a", "any", "be", "been", "even"];
/// What makes of an end one that has not come yet.
const OPEN: [&str; 7] = ["if", "when", "whether", "should", "until", "unless", "once"];

/// How many words behind a test's name its end may stand.
const GAP: usize = 12;

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    let words = page.words();
    let mut at = 0;
    while at < words.len() {
        let Some((test, behind)) = named(words, at) else {
            at += 1;
            continue;
        };
        let is_open = at > 0 && OPEN.contains(&words.text(at - 1));
        if !is_open && let Some((went_well, line)) = end(words, behind) {
            notes.see(Kind::Mail, if went_well { test.ok } else { test.failed }, line);
        }
        at = behind;
    }
}

/// The test that is named here, and the word behind its name.
fn named(words: &Words, at: usize) -> Option<(&'static Test, usize)> {
    let is = |name: &[&str]| {
        let mut each = (at..).zip(name);
        at + name.len() <= words.len() && each.all(|(at, word)| words.text(at) == *word)
    };
    TESTS.iter().find_map(|test| {
        let name = test.names.iter().find(|name| is(name))?;
        Some((test, at + name.len()))
    })
}

/// Whether what was named went well, by the first word of the paragraph that tells, before another test is named; and
/// the line of that word.
fn end(words: &Words, from: usize) -> Option<(bool, usize)> {
    let paragraph = words.word(from.checked_sub(1)?)?.paragraph;
    let mut turned = false;
    for at in from..words.len().min(from + GAP) {
        let (word, place) = (words.text(at), words.word(at)?);
        if place.paragraph != paragraph || OPEN.contains(&word) || named(words, at).is_some() {
            return None;
        }
        let is_failure = FAILED.iter().any(|beginning| word.starts_with(beginning));
        if is_failure || OK.contains(&word) {
            return Some((is_failure == turned, place.line as usize));
        }
        turned = NOT.contains(&word) || (turned && LITTLE.contains(&word));
    }
    None
}

#[cfg(test)]
mod tests {
    use evidence::Kind::Mail;

    use crate::read::tests::{reads, silent};

    #[test]
    fn how_each_test_ended() {
        for (text, seen) in [
            ("Test Connection fails with (401)", "test-connection-failed"),
            ("Test Connection: Success", "test-connection-ok"),
            (
                "the test connection button does not even work, Test & Enable works",
                "mailboxes-ok",
            ),
            (
                "Test & Enable Mailboxes: Success / Success / Success",
                "mailboxes-ok",
            ),
            ("Test and Enable did not succeed", "mailboxes-failed"),
            ("Test & Enable gives no error", "mailboxes-ok"),
            (
                "The Remote Connectivity Analyzer\nsays that it passed",
                "analyzer-ok",
            ),
            (
                "testconnectivity.microsoft.com times out: the test failed",
                "analyzer-failed",
            ),
        ] {
            reads(text, Mail, seen);
        }
        for text in [
            "If Test & Enable succeeds, disregard the dialog.",
            "Run the connectivity analyzer; if it succeeds, go on.",
            "Press Test Connection.\n\nSomething else failed.",
            "Test Connection, Test & Enable, the analyzer: which of them decides?",
        ] {
            silent(text, Mail);
        }
    }
}
