//! A page: a piece of text with everything around its words taken off.
//!
//! What people paste was quoted, wrapped, numbered and stamped with times on its way. Each line keeps its number and
//! its original, and loses quoting marks, time stamps, terminal colors and markup; words and chunks are read from the
//! rest.

use std::borrow::Cow;

use catalog::Words;
use evidence::Place;

/// One line of the text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Counted from one, in the whole text.
    pub(crate) number: u64,
    /// As it stood there.
    pub(crate) original: String,
}

/// A run of characters without a blank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'p> {
    /// Its characters.
    pub(crate) text: &'p str,
    /// Which of the page's lines it stands on.
    pub(crate) line: usize,
}

/// A piece of a text, ready to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    lines: Vec<Line>,
    clean: Vec<String>,
    words: Words,
}

impl Page {
    /// Makes a page of lines; `first` is the number of the first one.
    pub(crate) fn new<'t>(lines: impl Iterator<Item = (u64, &'t str)>) -> Self {
        let mut page = Self::default();
        for (number, original) in lines {
            let clean = clean(original);
            let at = u32::try_from(page.lines.len()).unwrap_or(u32::MAX);
            page.words.push_line(&clean, at);
            page.clean.push(clean.into_owned());
            page.lines.push(Line {
                number,
                original: original.to_owned(),
            });
        }
        page
    }

    /// Its words; the line of a word is its place in this page.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// Whether it is about mail, so that a bare number at the start of a line may be a mail server's reply.
    pub(crate) fn speaks_of_mail(&self) -> bool {
        let mail = [
            "smtp",
            "mail",
            "email",
            "mailbox",
            "imap",
            "pop3",
            "recipient",
            "sender",
        ];
        (0..self.words.len()).any(|at| mail.contains(&self.words.text(at)))
    }

    /// Its chunks, in order.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Chunk<'_>> {
        let numbered = self.clean.iter().enumerate();
        numbered.flat_map(|(line, text)| text.split_whitespace().map(move |text| Chunk { text, line }))
    }

    /// Its lines without what surrounds the words.
    pub(crate) fn clean(&self) -> impl Iterator<Item = (usize, &str)> {
        self.clean.iter().map(String::as_str).enumerate()
    }

    /// Whether a program stamped the line with a time of day.
    pub(crate) fn is_logged(&self, line: usize) -> bool {
        self.lines
            .get(line)
            .is_some_and(|line| stamp(&line.original).is_some())
    }

    /// Where a line of this page stands in the whole, and what it says there.
    pub(crate) fn place(&self, line: usize) -> (Place, &str) {
        match self.lines.get(line) {
            Some(line) => (Place::Line(line.number), &line.original),
            None => (Place::Line(0), ""),
        }
    }
}

/// Takes off what surrounds the words.
fn clean(line: &str) -> Cow<'_, str> {
    let line = unquote(line);
    let line = unstamp(line);
    let has_odd = line
        .bytes()
        .any(|b| matches!(b, 0x1b | b'`' | b'<' | b'\\' | b'*'));
    if !has_odd {
        return Cow::Borrowed(line);
    }
    Cow::Owned(unmark(line))
}

/// Takes off quoting marks: `> `, `>> `, and bars down the left side.
fn unquote(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '|' | '\u{2502}' | '\u{feff}'))
}

/// What a program put before a line it logged, if there is a time of day in it.
pub(crate) fn stamp(line: &str) -> Option<&str> {
    let line = unquote(line);
    let stamp = &line[..line.len() - unstamp(line).len()];
    let is_time = |at: &[u8]| at[0].is_ascii_digit() && at[1] == b':' && at[2].is_ascii_digit();
    stamp.as_bytes().windows(3).any(is_time).then_some(stamp)
}

/// Takes off a time stamp at the beginning, and the columns of level, thread and logger behind it.
fn unstamp(line: &str) -> &str {
    let mut rest = line;
    let (mut stamped, mut leveled) = (false, false);
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '-' | ':'));
        let trimmed = syslog(trimmed, stamped);
        let end = trimmed
            .find(|c: char| c.is_whitespace() || c == '|')
            .unwrap_or(trimmed.len());
        let column = &trimmed[..end];
        let bracketed = trimmed.starts_with('[') || trimmed.starts_with('(');
        let is_stamp = is_time(column.trim_matches(['[', ']', '(', ')', ',']));
        // `Error` may also begin the sentence; a level is told by a bar behind it, by brackets or by capitals.
        let barred = trimmed[end..].trim_start().starts_with('|');
        let is_level =
            !leveled && is_level(column) && (barred || bracketed || !column.contains(char::is_lowercase));
        let is_column =
            stamped && (is_level || is_thread(column) || (bracketed && column.ends_with([']', ')'])));
        if column.is_empty() || !(is_stamp || is_column) {
            return if stamped { trimmed } else { line };
        }
        stamped = true;
        leveled |= is_level;
        rest = &trimmed[end..];
    }
}

/// Takes off what syslog puts around a time: its priority before, host and program behind (RFC 5424, RFC 3164).
fn syslog(line: &str, stamped: bool) -> &str {
    let priority = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    if let Some((digits, rest)) = priority
        && digits.len() <= 3
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        return rest;
    }
    let mut columns = line.splitn(3, ' ');
    let program = columns.nth(1).unwrap_or_default();
    match columns.next() {
        Some(rest) if stamped && program.ends_with("]:") && program.contains('[') => rest,
        _ => line,
    }
}

/// Digits with the marks of dates and times between them, six digits at least: `2025-10-05T14:15:07.000Z`, `02:45:29`.
fn is_time(column: &str) -> bool {
    let digits = column.bytes().filter(u8::is_ascii_digit).count();
    let marks = column
        .bytes()
        .filter(|b| matches!(b, b':' | b'/' | b'-' | b'.'))
        .count();
    let only = column.bytes().all(|b| {
        b.is_ascii_digit()
            || matches!(
                b,
                b':' | b'/' | b'-' | b'.' | b',' | b'T' | b't' | b'Z' | b'z' | b'+'
            )
    });
    // A GUID or a version number is no time: there is a colon, or a date's two hyphens or slashes.
    let shaped = column.contains(':') || column.matches('-').count() == 2 || column.matches('/').count() == 2;
    only && digits >= 4 && marks >= 1 && shaped
}

fn is_level(column: &str) -> bool {
    let word = column
        .trim_matches(|c: char| !c.is_alphabetic())
        .to_ascii_lowercase();
    let levels = [
        "error",
        "err",
        "e",
        "warn",
        "warning",
        "w",
        "info",
        "information",
        "i",
        "debug",
        "d",
        "verbose",
        "v",
        "trace",
        "fatal",
        "utc",
    ];
    levels.contains(&word.as_str())
}

fn is_thread(column: &str) -> bool {
    column
        .strip_prefix("0x")
        .is_some_and(|hex| hex.len() <= 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Takes terminal colors, markup tags, emphasis and escapes out of a line.
fn unmark(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['\u{1b}', '`', '<', '\\', '*']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let (instead, length) = mark(tail);
        out.push_str(instead);
        rest = &tail[length..];
    }
    out.push_str(rest);
    out
}

/// What stands instead of the mark that `text` begins with, and how long the mark is.
fn mark(text: &str) -> (&'static str, usize) {
    let bytes = text.as_bytes();
    match bytes {
        [0x1b, b'[', ..] => {
            let end = text[2..].find(|c: char| c.is_ascii_alphabetic());
            ("", end.map_or(text.len(), |end| 2 + end + 1))
        }
        // The arity of a generic type goes with its back-tick.
        [b'`', b'1'..=b'9', ..] => ("", 2),
        [b'\\', b'`', b'1'..=b'9', ..] => ("", 3),
        [0x1b | b'`', ..] => ("", 1),
        [b'*', b'*', ..] => ("", 2),
        [b'*', ..] => ("*", 1),
        [b'<', b'/' | b'a'..=b'z' | b'A'..=b'Z' | b'!', ..] => tag(text),
        [b'\\', b'r', b'\\', b'n', ..] => (" ", 4),
        [b'\\', b'`', ..] => ("", 2),
        [b'\\', b'"', ..] => ("\"", 2),
        [b'\\', b'/', ..] => ("/", 2),
        [b'\\', b'u', b'0', b'0', b'2', b'7', ..] => ("'", 6),
        [b'\\', b'u', b'0', b'0', b'2', b'2', ..] => ("\"", 6),
        [b'<', ..] => ("<", 1),
        _ => ("\\", 1),
    }
}

/// Names of HTML elements whose tags stand between words; other tags are XML, whose names may mean something.
const HTML: [&str; 22] = [
    "a", "b", "i", "p", "br", "div", "span", "td", "tr", "table", "h1", "h2", "h3", "li", "ul", "ol",
    "strong", "em", "code", "pre", "font", "u",
];

fn tag(text: &str) -> (&'static str, usize) {
    let name: String = text[1..]
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    match text.find('>') {
        Some(end) if HTML.contains(&name.as_str()) => (" ", end + 1),
        _ => ("<", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_stamps_and_markup_come_off() {
        assert_eq!(clean("> > The **user** is"), "The user is");
        assert_eq!(
            clean("2025-10-05T14:15:07.000Z | 0x1a4c | Error | The security token"),
            "The security token"
        );
        assert_eq!(
            clean("[2025-05-02T14:35:33.000] [E] [crm.client] Microsoft.Xrm"),
            "Microsoft.Xrm"
        );
        assert_eq!(
            clean("02:45:29| Error| Error connecting to URL: x"),
            "Error connecting to URL: x"
        );
        assert_eq!(clean("Error| Error connecting"), "Error| Error connecting");
        assert_eq!(
            clean("ClientAuthProvider\\`1.SignIn()"),
            "ClientAuthProvider.SignIn()"
        );
        assert_eq!(
            clean("\u{1b}[31mred\u{1b}[0m <b>bold</b> <S:Fault>"),
            "red  bold  <S:Fault>"
        );
        assert_eq!(
            clean("<11>2025-10-12T23:44:27.037 srv-app3 crm[2217]: the text"),
            "the text"
        );
        assert_eq!(clean("8.2.1.411 is a version"), "8.2.1.411 is a version");
        assert_eq!(
            clean("{\"message\":\"can\\u0027t\\r\\nsign in\"}"),
            "{\"message\":\"can't sign in\"}"
        );
    }

    #[test]
    fn a_page_keeps_the_numbers_of_its_lines() {
        let page = Page::new([(7, "> AADSTS50126: no"), (8, "more")].into_iter());
        assert_eq!(page.place(0), (Place::Line(7), "> AADSTS50126: no"));
        assert_eq!(page.chunks().next().map(|chunk| chunk.text), Some("AADSTS50126:"));
        assert_eq!(page.words().text(0), "aadsts50126");
    }
}
