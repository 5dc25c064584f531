//! What the fuzz targets do: whatever comes in, an answer comes out, without a panic, in bounded time and memory.
//!
//! libFuzzer watches the time and the memory of each input (`fuzz/run` says how much). To add a target: a file in
//! `fuzz_targets` and its `[[bin]]`; a new reader of pasted text needs both, and `run` complains until it has them.

use std::sync::OnceLock;

use catalog::{Catalog, Phrase, Words};
use diagnose::{
    Explainer, READERS,
    report::{self, Report},
};
use types::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn explainer() -> &'static Explainer<'static> {
    static EXPLAINER: OnceLock<Explainer<'static>> = OnceLock::new();
    EXPLAINER.get_or_init(|| Explainer::new(Catalog::embedded()))
}

/// One reader by its name.
pub fn reader(name: &str, text: &[u8]) {
    let reader = READERS
        .iter()
        .find(|reader| reader.name == name)
        .unwrap_or_else(|| panic!("no reader is named {name}"));
    explainer().read_by(reader, &String::from_utf8_lossy(text), NOW);
}

/// A file, and every form of the report.
pub fn explain(bytes: &[u8]) {
    let Ok(diagnosis) = explainer().explain(bytes, NOW) else {
        return;
    };
    let report = Report {
        subject: "text",
        diagnosis: &diagnosis,
    };
    assert!(
        !report::text(report).contains('\u{1b}'),
        "a report must not act on a terminal"
    );
    report::markdown(report);
    report::junit(&[report]);
    report::sarif(&[report], "0");
}

/// A file of some length in which the bytes stand in the middle.
pub fn long(bytes: &[u8]) {
    let filler = "2026-11-22T10:00:00Z INFO opportunity 17 was opened by a colleague\n".repeat(1_000);
    let whole = [filler.as_bytes(), bytes, b"\n", filler.as_bytes()].concat();
    // Bytes that are no text are not refused behind so much text; they are read around.
    let _ = explainer().explain(&whole[..], NOW);
}

/// A pattern, if it is one, at every word of a text.
pub fn phrase(pattern: &str, text: &str) {
    let Ok(phrase) = Phrase::parse(pattern) else {
        return;
    };
    let mut words = Words::default();
    for (line, text) in (1..).zip(text.lines()) {
        words.push_line(text, line);
    }
    for at in 0..words.len() {
        let end = phrase.match_at(&words, at);
        assert!(
            end.is_none_or(|end| (at..=words.len()).contains(&end)),
            "{pattern}: {end:?} from {at}"
        );
    }
}
