//! What mail servers answer with: replies of three digits (RFC 5321 4.2) and enhanced statuses (RFC 3463).

use evidence::Kind;

use crate::{
    page::{Chunk, Page},
    read::Notes,
};

/// The enhanced statuses in a run of characters.
pub(super) fn enhanced(chunk: Chunk<'_>, notes: &mut Notes<'_>) {
    for part in chunk.text.split(|c: char| !(c.is_ascii_digit() || c == '.')) {
        if let Some(code) = status(part) {
            notes.see(Kind::Smtp, code, chunk.line);
        }
    }
}

/// `5.7.139`.
fn status(part: &str) -> Option<&str> {
    let part = part.trim_matches('.');
    let numbers: Vec<&str> = part.split('.').collect();
    let [class, subject, detail] = numbers[..] else {
        return None;
    };
    let fits = ["4", "5"].contains(&class) && subject.len() == 1 && (1..=3).contains(&detail.len());
    fits.then_some(part)
}

/// A three-digit mail reply: before an enhanced status, or behind words that speak of mail.
pub(super) fn is_reply(page: &Page, at: usize) -> bool {
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
