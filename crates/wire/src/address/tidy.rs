//! From pasted text to scheme, authority, path and query. Every repair leaves a note.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// How often an address is decoded at most; more is no accident.
const DECODED: usize = 3;

/// The parts of an address, unchecked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'t> {
    /// `https` or `http`; `None` when none was written.
    pub(super) scheme: Option<&'static str>,
    /// Host and port.
    pub(super) authority: &'t str,
    /// From the first slash, without query and fragment.
    pub(super) path: &'t str,
    /// Behind the question mark.
    pub(super) query: &'t str,
}

/// Every way to write or mistype the beginning of an address, longest first.
const SCHEMES: [(&str, &str); 10] = [
    ("https://", "https"),
    ("http://", "http"),
    ("https:/", "https"),
    ("http:/", "http"),
    ("https//", "https"),
    ("http//", "http"),
    ("htps://", "https"),
    ("htpps://", "https"),
    ("htttps://", "https"),
    ("hhttps://", "https"),
];

/// Decodes an address whose own place is percent-encoded; a query may hold what is encoded by right.
pub(super) fn decode<'t>(text: &'t str, notes: &mut Vec<String>) -> Cow<'t, str> {
    let mut plain = Cow::Borrowed(text);
    let mut times = 0;
    while times < DECODED && place(&plain).contains('%') {
        let decoded = percent_decode_str(&plain).decode_utf8_lossy().into_owned();
        if decoded == plain {
            break;
        }
        plain = Cow::Owned(decoded);
        times += 1;
    }
    let times = match times {
        0 => return plain,
        1 => "once",
        2 => "twice",
        _ => "more than twice",
    };
    let mut note = format!("The address is percent-encoded {times}.");
    let shown = plain.split(['?', '#']).next().unwrap_or_default();
    // Before an @ may stand a password.
    if !shown.contains('@') {
        note = format!("The address is percent-encoded {times}; decoded it is `{shown}`.");
    }
    notes.push(note);
    plain
}

/// From the beginning to where the host ends.
fn place(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Takes off what surrounds an address in mails, logs and connection strings, and turns back slashes round.
pub(super) fn unwrap(text: &str, notes: &mut Vec<String>) -> String {
    let is_noise = |c: char| c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c) || c == '\u{feff}';
    let mut clean: String = text
        .chars()
        .filter(|c| !is_noise(*c) || c.is_whitespace())
        .collect();
    if clean.chars().count() != text.chars().count() {
        notes.push(
            "Invisible characters were taken out; they come along when copying from a page or a mail.".into(),
        );
    }
    if clean.contains('\\') && (clean.contains(":\\") || clean.starts_with("\\\\")) {
        clean = clean.replace('\\', "/");
        notes.push("Backslashes were turned into slashes.".into());
    }
    let around = |c: char| c.is_whitespace() || "\"'`<>()[]{}“”‘’«»,;|".contains(c);
    let mut inner = clean.trim_matches(around);
    let lower = inner.to_ascii_lowercase();
    // An address inside a sentence or a connection string; one inside a query belongs to the address before it.
    let begin = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| lower.find(scheme))
        .min();
    if let Some(begin) =
        begin.filter(|at| *at > 0 && lower[..*at].ends_with([' ', '=', '\t', '\n', '"', '\'', '(', '<']))
    {
        inner = &inner[begin..];
        notes.push("The address was taken out of the text around it.".into());
    }
    let ends = |c: char| c.is_whitespace() || "\"'<>;".contains(c);
    let inner = if begin.is_some() {
        inner.split(ends).next().unwrap_or_default()
    } else {
        inner
    };
    inner.trim_end_matches(['.', ',', '!', ')']).trim().to_owned()
}

/// Splits, tolerating a mistyped scheme.
pub(super) fn split<'t>(text: &'t str, notes: &mut Vec<String>) -> Parts<'t> {
    let lower = text.to_ascii_lowercase();
    let found = SCHEMES.iter().find(|(written, _)| lower.starts_with(written));
    let (scheme, rest) = match found {
        Some((written, scheme)) => {
            if *written != format!("{scheme}://") {
                notes.push(format!("`{}` was read as `{scheme}://`.", &text[..written.len()]));
            }
            (Some(*scheme), &text[written.len()..])
        }
        None => (None, text.strip_prefix("//").unwrap_or(text)),
    };
    let rest = if found.is_some() {
        rest.trim_start_matches('/')
    } else {
        rest
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let tail = tail.split('#').next().unwrap_or_default();
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    Parts {
        scheme,
        authority,
        path,
        query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<&'static str>, String, String, usize) {
        let mut notes = Vec::new();
        let text = unwrap(text, &mut notes);
        let parts = split(&text, &mut notes);
        (
            parts.scheme,
            parts.authority.to_owned(),
            parts.path.to_owned(),
            notes.len(),
        )
    }

    #[test]
    fn what_surrounds_an_address_comes_off() {
        let want = (Some("https"), "a.crm4.dynamics.com".to_owned());
        for (text, path, notes) in [
            ("https://a.crm4.dynamics.com/x?y#z", "/x", 0),
            ("  <https://a.crm4.dynamics.com/>,", "/", 0),
            ("HTTPS://a.crm4.dynamics.com", "", 0),
            ("https:\\\\a.crm4.dynamics.com\\main.aspx", "/main.aspx", 1),
            ("https//a.crm4.dynamics.com", "", 1),
            ("https:/a.crm4.dynamics.com/", "/", 1),
            ("https:///a.crm4.dynamics.com/", "/", 0),
            ("\u{200b}https://a.crm4.dynamics.com", "", 1),
            ("AuthType=OAuth;Url=https://a.crm4.dynamics.com/;AppId=1", "/", 1),
            ("Error connecting to URL: https://a.crm4.dynamics.com.", "", 1),
        ] {
            assert_eq!(
                parts(text),
                (want.0, want.1.clone(), path.to_owned(), notes),
                "{text}"
            );
        }
    }

    #[test]
    fn a_scheme_may_be_missing() {
        assert_eq!(parts("a.b/c"), (None, "a.b".into(), "/c".into(), 0));
        assert_eq!(parts("//a.b/c"), (None, "a.b".into(), "/c".into(), 0));
        assert_eq!(parts(""), (None, String::new(), String::new(), 0));
    }
}
