//! Numbers whose meaning stands in the words before them: `Error Code: 53003`, `Event ID: 17972`, `SocketException (10061)`.

use evidence::Kind;

use super::mail;
use crate::{page::Page, read::Notes};

/// Winsock, WinINet and WinHTTP numbers and the result code that means the same.
const SYSTEM: [(&str, &str); 29] = [
    ("12002", "0x80072ee2"),
    ("12007", "0x80072ee7"),
    ("12029", "0x80072efd"),
    ("12030", "0x80072efe"),
    ("12031", "0x80072eff"),
    ("12037", "0x80072f05"),
    ("12038", "0x80072f06"),
    ("12045", "0x80072f0d"),
    ("12057", "0x80072f19"),
    ("12152", "0x80072f78"),
    ("12157", "0x80072f7d"),
    ("12163", "0x80072f83"),
    ("12164", "0x80072f84"),
    ("12165", "0x80072f85"),
    ("12166", "0x80072f86"),
    ("12167", "0x80072f87"),
    ("12169", "0x80072f89"),
    ("12170", "0x80072f8a"),
    ("12175", "0x80072f8f"),
    ("12180", "0x80072f94"),
    ("10013", "0x8007271d"),
    ("10051", "0x80072743"),
    ("10053", "0x80072745"),
    ("10054", "0x80072746"),
    ("10060", "0x8007274c"),
    ("10061", "0x8007274d"),
    ("10065", "0x80072751"),
    ("11001", "0x80072af9"),
    ("11004", "0x80072afc"),
];

/// Looks at each number of three to seven digits, and at the words before it.
pub(super) fn read(page: &Page, notes: &mut Notes<'_>) {
    let words = page.words();
    for at in 0..words.len() {
        let word = words.text(at);
        if !word.bytes().all(|b| b.is_ascii_digit()) || !(3..=7).contains(&word.len()) {
            continue;
        }
        let line = words.word(at).map_or(0, |word| word.line as usize);
        let back = |steps: usize| at.checked_sub(steps).map_or("", |at| words.text(at));
        let (one, two) = (back(1), back(2));
        let named = |names: &[&str]| {
            names.contains(&one) || (["id", "code", "no", "number"].contains(&one) && names.contains(&two))
        };
        if word.len() >= 5 && names_error_code(two, one) {
            notes.see(Kind::Aadsts, word, line);
        }
        if named(&["event", "eventid"]) {
            notes.see(Kind::Event, word, line);
        }
        let in_system = [
            "code",
            "error",
            "socketexception",
            "winhttp",
            "wininet",
            "winsock",
            "errno",
            "winerror",
        ]
        .contains(&one);
        if in_system && let Some((_, code)) = SYSTEM.iter().find(|(number, _)| *number == word) {
            notes.see(Kind::Code, code, line);
        }
        // MSAL's telemetry header: version, server error, sub-error.
        if word.len() >= 5 && one == "1" && two == "clitelem" {
            notes.see(Kind::Aadsts, word, line);
        }
        if mail::is_reply(page, at) {
            notes.see(Kind::Smtp, word, line);
        }
    }
}

/// Whether two words announce a sign-in service's number: in its JSON, and on its pages in the languages they come in.
fn names_error_code(first: &str, second: &str) -> bool {
    matches!(
        (first, second),
        (_, "error_codes" | "errorcode" | "fehlercode" | "foutcode")
            | ("error" | "sts", "code")
            | ("d", "erreur")
            | ("de", "error" | "erro")
            | ("codice", "errore")
    )
}
