//! Inputs that somebody made to do harm, or that a machine made by accident: an answer comes, in bounded time, whatever
//! they are. The fuzz targets look for more of them; what they find comes here.

#![cfg(test)]

use std::{io::Read, path::Path, sync::LazyLock, time::Duration};

use catalog::Catalog;
use diagnose::{
    Diagnosis, Explainer, READERS, Unreadable,
    report::{self, Report},
};
use types::{Stopwatch, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const MEBIBYTE: usize = 1024 * 1024;
/// Far beyond what any of them takes in an unoptimized build on a busy machine; what goes with the square of a length
/// takes hours.
const BOUND: Duration = Duration::from_secs(60);

fn explain(from: impl Read) -> Result<Diagnosis, Unreadable> {
    static EXPLAINER: LazyLock<Explainer<'static>> = LazyLock::new(|| Explainer::new(Catalog::embedded()));
    let watch = Stopwatch::start();
    let explained = EXPLAINER.explain(from, NOW);
    assert!(watch.elapsed() < BOUND, "{:?}", watch.elapsed());
    explained
}

/// Every form of the report, which must not act on a terminal.
fn reported(text: &[u8]) -> String {
    let diagnosis = explain(text).expect("a diagnosis");
    let report = Report {
        subject: "text",
        diagnosis: &diagnosis,
    };
    let all = [
        report::text(report),
        report::markdown(report),
        report::junit(&[report]),
        report::sarif(&[report], "0").to_string(),
    ]
    .concat();
    assert!(!all.contains('\u{1b}') && !all.contains('\u{7}'), "{all}");
    all
}

#[test]
fn what_holds_no_text_says_so() {
    assert!(matches!(explain(&b""[..]), Err(Unreadable::Empty)));
    assert!(matches!(explain(&[b' '; 1000][..]), Err(Unreadable::Empty)));
    // A bomb is not unpacked: nothing in here unpacks anything.
    assert!(matches!(
        explain(&b"PK\x03\x04\x14\0\0\0\x08\0"[..]),
        Err(Unreadable::Binary(_))
    ));
    assert!(matches!(
        explain(&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..]),
        Err(Unreadable::Binary(_))
    ));
    assert!(matches!(explain(&[0; 4096][..]), Err(Unreadable::Binary(_))));
    // Nothing but the mark of an encoding, whole or cut off.
    for mark in [
        &b"\xff\xfe"[..],
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xff\xfe\0",
    ] {
        let _ = explain(mark);
    }
}

#[test]
fn bytes_that_are_no_text_behind_a_readable_beginning_are_read_around() {
    let mut text = "nothing happened\n".repeat(6_000).into_bytes();
    text.extend((0..MEBIBYTE).map(|at| (at * 31 % 251) as u8));
    text.extend(b"\nAADSTS50053: locked\n");
    let diagnosis = explain(&text[..]).expect("a diagnosis");
    assert_eq!(
        diagnosis.causes.first().map(|cause| cause.id.as_str()),
        Some("account-locked")
    );
}

#[test]
fn one_line_without_an_end_is_bounded() {
    for piece in [
        "x",
        "AADSTS50053 ",
        "aadsts",
        "<",
        "\\",
        "{\"code\":\"",
        "a.b(",
        "https://",
        "0x80",
        "=",
        "\u{1b}[",
    ] {
        let line = piece.repeat(MEBIBYTE / piece.len());
        explain(line.as_bytes()).expect("a diagnosis");
    }
}

#[test]
fn nothing_is_too_deep() {
    for (open, close) in [
        ("{\"a\":", "}"),
        ("[", "]"),
        ("<a>", "</a>"),
        ("(", ")"),
        ("> ", "\n"),
    ] {
        let text = format!("{}AADSTS50053{}", open.repeat(40_000), close.repeat(40_000));
        explain(text.as_bytes()).expect("a diagnosis");
        let short = format!("{}AADSTS50053{}", open.repeat(4_000), close.repeat(4_000));
        explain(short.as_bytes()).expect("a diagnosis");
    }
    // A token whose claims are a thousand arrays deep, in base64url.
    let token = format!("eyJhbGciOiJub25lIn0.{}.x", "W1tb".repeat(10_000));
    explain(token.as_bytes()).expect("a diagnosis");
}

#[test]
fn entities_are_text() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                  <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
                  <s:Fault><faultcode>s:Client</faultcode><faultstring>AADSTS50053 &c;&x;</faultstring></s:Fault>";
    let said = reported(laughs.as_bytes());
    assert!(
        said.contains("account-locked") && !said.contains("root:"),
        "{said}"
    );
    assert!(!said.contains("lollol"), "{said}");
}

#[test]
fn what_would_act_on_a_terminal_is_taken_out() {
    let said = reported(
        b"\x1b]0;title\x07\x1b[2J\x1b[31mAADSTS50053\x1b[0m: locked \x1b]8;;https://evil.test\x07click\n",
    );
    assert!(said.contains("account-locked"), "{said}");
    reported(b"\x1b[\x1b[\x1b[\x1b");
    reported("AADSTS50053 \u{9b}31m \u{202e}dekcol\u{202c}".as_bytes());
}

#[test]
fn bait_for_sentences_is_bounded() {
    let catalog = Catalog::embedded();
    let phrases = catalog.phrases();
    let gapped: Vec<_> = phrases
        .iter()
        .filter(|phrase| phrase.pattern().matches('…').count() >= 2)
        .collect();
    assert!(!gapped.is_empty(), "some sentences have gaps");
    // Every first word over and over; then every sentence without its last word.
    let mut firsts = String::new();
    let mut cut = String::new();
    for phrase in &phrases {
        for (word, _) in phrase.first_words() {
            firsts.push_str(word);
            firsts.push(' ');
        }
        let words = phrase.pattern().replace(['…', '(', ')', '|', '~', '_'], " ");
        cut.push_str(words.rsplit_once(' ').map_or("", |(most, _)| most));
        cut.push(' ');
    }
    for bait in [firsts, cut] {
        let short: String = bait.chars().take(40_000).collect();
        explain(short.as_bytes()).expect("a diagnosis");
        explain(bait.repeat(MEBIBYTE / bait.len() + 1).as_bytes()).expect("a diagnosis");
    }
    for phrase in gapped.iter().take(8) {
        let word = phrase
            .first_words()
            .next()
            .map_or("", |(word, _)| word)
            .to_owned()
            + " ";
        explain(word.repeat(40_000 / word.len()).as_bytes()).expect("a diagnosis");
    }
}

#[test]
fn a_reader_that_breaks_is_told_as_such() {
    struct Broken(usize);
    impl Read for Broken {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let some = self.0.min(to.len());
            self.0 -= some;
            to[..some].fill(b'x');
            if some == 0 {
                Err(std::io::Error::other("gone"))
            } else {
                Ok(some)
            }
        }
    }
    for length in [0, 10, 100_000, 5 * MEBIBYTE] {
        assert!(matches!(explain(Broken(length)), Err(Unreadable::Io(_))));
    }
}

#[test]
fn every_reader_has_a_fuzz_target() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for reader in READERS {
        assert!(
            targets.join(format!("{}.rs", reader.name)).is_file(),
            "{}",
            reader.name
        );
    }
}
