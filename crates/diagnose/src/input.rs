//! From bytes to lines: encodings, and what is no text at all.

use std::borrow::Cow;

/// Why something given cannot be read as text.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing but blanks.
    #[error("there is no text in it")]
    Empty,
    /// It is some other kind of file.
    #[error("it is not text but {0}")]
    Binary(&'static str),
    /// Reading failed.
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// How the bytes of a text are to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, or anything in which ASCII is ASCII.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
}

impl Encoding {
    /// Told by the byte order mark, or by every other byte being zero; with the mark's length.
    pub(crate) fn of(head: &[u8]) -> (Self, usize) {
        match head {
            [0xff, 0xfe, ..] => (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Be, 2),
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8, 3),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Self::Utf16Le, 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Self::Utf16Be, 0),
            _ => (Self::Utf8, 0),
        }
    }

    /// The text; what is no character becomes the replacement character.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let unit = match self {
            Self::Utf8 => return String::from_utf8_lossy(bytes),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        Cow::Owned(
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        )
    }
}

/// Beginnings of files that are no text, and what they are.
const MAGIC: [(&[u8], &str); 12] = [
    (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
    (b"\x89PNG", "a PNG picture; copy the text off it"),
    (b"\xff\xd8\xff", "a JPEG picture; copy the text off it"),
    (b"GIF8", "a GIF picture; copy the text off it"),
    (b"BM", "a bitmap picture; copy the text off it"),
    (b"%PDF", "a PDF; copy the text out of it"),
    (b"\x1f\x8b", "gzip data; unpack it first"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (
        b"ElfFile\0",
        "a Windows event log; export it as text or XML first",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an Office document or a mail message of Outlook; copy the text out of it",
    ),
    (b"SQLite format 3\0", "a database"),
];

/// What kind of file it is, if it is no text.
pub(crate) fn binary(head: &[u8]) -> Option<&'static str> {
    let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    let text_after_all = |magic: &[u8]| magic.len() == 2 && !head.iter().take(512).any(|byte| *byte < 9);
    match known {
        Some((magic, what)) if !text_after_all(magic) => return Some(what),
        _ => {}
    }
    let (encoding, _) = Encoding::of(head);
    let odd = head
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
        .count();
    (encoding == Encoding::Utf8 && odd * 20 > head.len()).then_some("binary data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let utf16: Vec<u8> = "Größe".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (encoding, _) = Encoding::of(&utf16[..0]);
        assert_eq!(encoding, Encoding::Utf8);
        let mut marked = vec![0xff, 0xfe];
        marked.extend(&utf16);
        let (encoding, mark) = Encoding::of(&marked);
        assert_eq!((encoding, mark), (Encoding::Utf16Le, 2));
        assert_eq!(encoding.decode(&marked[2..]), "Größe");
        let big: Vec<u8> = "AADSTS".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Encoding::of(&big), (Encoding::Utf16Be, 0));
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert!(binary(b"\x89PNG\r\n\x1a\n").is_some());
        assert!(binary(&[7, 1, 2, 3, 200, 4, 5, 6]).is_some());
        assert!(binary(b"BMW drivers cannot sign in").is_none());
        assert!(binary(b"plain\r\n\x1b[31mred").is_none());
    }
}
