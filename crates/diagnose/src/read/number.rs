//! Numbers that mean one thing: AADSTS codes, 32-bit results, numbered messages, Windows events, mail replies.

mod announced;
mod mail;

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
        mail::enhanced(chunk, notes);
    }
    announced::read(page, notes);
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
