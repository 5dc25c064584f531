//! Numbers that mean one thing: AADSTS codes, 32-bit results, numbered messages, Windows events, mail replies.

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "number",
    about: "AADSTS numbers, result codes, numbered messages, event ids, mail server replies",
    read,
};

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    for chunk in page.chunks() {
        for part in chunk
            .text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        {
            of_part(part, chunk.line, notes);
        }
        for part in chunk.text.split(|c: char| !(c.is_ascii_digit() || c == '.')) {
            if let Some(code) = enhanced(part) {
                notes.see(Kind::Smtp, code, chunk.line);
            }
        }
    }
    in_sentences(page, notes);
}

fn of_part(part: &str, line: usize, notes: &mut Notes<'_>) {
    let lower = part.to_ascii_lowercase();
    if let Some(at) = lower.find("aadsts") {
        let digits: String = lower[at + 6..]
            .trim_start_matches('-')
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        notes.see(Kind::Aadsts, &digits, line);
        return;
    }
    if let Some(code) = result_code(&lower) {
        notes.see(Kind::Code, &code, line);
    }
    if let Some(id) = numbered(&lower) {
        notes.see(Kind::Id, id, line);
    }
}

/// A 32-bit result with its high bit set, as `0x80072560`, `80072560` with letters or a known facility, or `-2147015328`.
fn result_code(part: &str) -> Option<String> {
    if let Some(hex) = part.strip_prefix("0x") {
        let digits: String = hex.chars().take_while(char::is_ascii_hexdigit).collect();
        let whole = digits.len() == hex.len() && (5..=8).contains(&digits.len());
        return whole.then(|| format!("0x{digits:0>8}"));
    }
    if let Some(decimal) = part.strip_prefix('-') {
        let number: i32 = format!("-{decimal}")
            .parse()
            .ok()
            .filter(|_| decimal.len() == 10)?;
        return Some(format!("0x{:08x}", number.cast_unsigned()));
    }
    // Without a mark it is one only in the facilities of the platform, the network and certificates.
    let bare = part.len() == 8
        && ["8004", "8005", "8006", "8007", "8009", "800b", "800c", "8013"]
            .iter()
            .any(|facility| part.starts_with(facility))
        && part.bytes().all(|b| b.is_ascii_hexdigit());
    bare.then(|| format!("0x{part}"))
}

/// `msis7058`, `id3242`, `idx10205`, `ws1086`: a prefix of the identity stack and digits.
fn numbered(part: &str) -> Option<&str> {
    let digits = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = &part[..part.len() - digits.len()];
    let known = ["msis", "id", "idx", "ws", "acs", "adal", "pii", "sec", "wif"].contains(&prefix);
    (known && (3..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(part)
}

/// An enhanced mail status (RFC 3463): `5.7.139`.
fn enhanced(part: &str) -> Option<&str> {
    let part = part.trim_matches('.');
    let numbers: Vec<&str> = part.split('.').collect();
    let [class, subject, detail] = numbers[..] else {
        return None;
    };
    let fits = ["4", "5"].contains(&class) && subject.len() == 1 && (1..=3).contains(&detail.len());
    fits.then_some(part)
}

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

/// Numbers whose meaning stands in the words before them.
fn in_sentences(page: &Page, notes: &mut Notes<'_>) {
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
        if is_reply(page, at) {
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

/// A three-digit mail reply: before an enhanced status, or behind words that speak of mail.
fn is_reply(page: &Page, at: usize) -> bool {
    let words = page.words();
    let text = words.text(at);
    if text.len() != 3 || !text.starts_with(['4', '5']) {
        return false;
    }
    let line = |at: usize| words.word(at).map(|word| word.line);
    let begins_line = at.checked_sub(1).is_none_or(|before| line(before) != line(at));
    if begins_line && line(at + 1) == line(at) && page.speaks_of_mail() {
        return true;
    }
    let enhanced = text.get(..1) == Some(words.text(at + 1))
        && words.text(at + 2).len() == 1
        && words.text(at + 2).bytes().all(|b| b.is_ascii_digit());
    let before = (1..=6).filter_map(|steps| at.checked_sub(steps)).any(|at| {
        matches!(
            words.text(at),
            "smtp"
                | "smtpexception"
                | "smtpfailedrecipientexception"
                | "mailfrom"
                | "rcpt"
                | "ehlo"
                | "starttls"
        ) || (words.text(at) == "response" && at.checked_sub(1).is_some_and(|at| words.text(at) == "server"))
    });
    enhanced || before
}

#[cfg(test)]
mod tests {
    use evidence::Kind::{Aadsts, Code, Event, Id, Smtp};

    use crate::read::tests::{reads, silent};

    #[test]
    fn each_form_of_a_number() {
        reads("aadsts50126: no", Aadsts, "50126");
        reads("AADSTS-700016", Aadsts, "700016");
        reads("{\"error_codes\":[50126],", Aadsts, "50126");
        for text in [
            "Error Code: 53003",
            "Fehlercode: 53003",
            "Code d'erreur : 53003",
            "Código de error: 53003",
        ] {
            reads(text, Aadsts, "53003");
        }
        reads("\"code\":\"0x80072560\"", Code, "0x80072560");
        reads("Error Code: -2147015328", Code, "0x80072560");
        reads("Crm.80042f09.UserNotAssignedRoles", Code, "0x80042f09");
        reads("HR=0x80072f19.", Code, "0x80072f19");
        reads("SocketException (10061)", Code, "0x8007274d");
        reads("Error : MSIS7058: Access Denied.", Id, "msis7058");
        reads("Event: 16941 A problem", Event, "16941");
        reads("Event ID: 17972", Event, "17972");
        reads("535 5.7.139 Authentication unsuccessful", Smtp, "535");
        reads("535 5.7.139 Authentication unsuccessful", Smtp, "5.7.139");
        reads("x-ms-clitelem: 1,50055,0,,", Aadsts, "50055");
        reads("sending mail fails\n421 Service not available", Smtp, "421");
        reads("SmtpException: The server response was: 550 no", Smtp, "550");
    }

    #[test]
    fn numbers_that_are_none() {
        silent("version 9.2.23114.00185 of 2025-10-05, 535 items", Smtp);
        silent("call +49 214 7015328 or 80072", Code);
        silent("error code 404", Aadsts);
    }
}
