//! Words: what a sentence is, however it was wrapped, quoted and punctuated.
//!
//! Patterns and texts go through the same folding, so `can't`, `cannot` and `can not` are one, and so are
//! `e-mail` and `email`, `organisation` and `organization`.

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    start: u32,
    end: u32,
    /// The line it stands on, counted from one.
    pub line: u32,
    /// Which run of characters without a blank it belongs to.
    pub chunk: u32,
    /// Which paragraph it belongs to; a sentence does not go on over an empty line.
    pub paragraph: u32,
}

/// The words of a text, in order.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    list: Vec<Word>,
    chunk: u32,
    paragraph: u32,
}

impl Words {
    /// Adds the words of a line. An empty one ends the paragraph.
    pub fn push_line(&mut self, line: &str, number: u32) {
        if line.trim().is_empty() {
            self.paragraph += 1;
            return;
        }
        for chunk in line.split_whitespace() {
            self.chunk += 1;
            self.push_chunk(chunk, number);
        }
    }

    fn push_chunk(&mut self, chunk: &str, line: u32) {
        let mut rest = chunk;
        while let Some(start) = rest.find(in_word) {
            let body = &rest[start..];
            let end = word_end(body);
            self.push(&body[..end], line);
            rest = &body[end..];
        }
    }

    fn push(&mut self, word: &str, line: u32) {
        let start = self.text.len();
        lower_into(word, &mut self.text);
        let folded = fold(&self.text[start..]);
        if let Folded::Same = folded {
            return self.mark(start, line);
        }
        let parts = match folded {
            Folded::Same => return,
            Folded::One(one) => [one, String::new()],
            Folded::Two(first, second) => [first, second],
        };
        self.text.truncate(start);
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let start = self.text.len();
            self.text.push_str(part);
            self.mark(start, line);
        }
    }

    fn mark(&mut self, start: usize, line: u32) {
        // `e` and `mail` with a hyphen between them are `email`.
        if let Some(last) = self.list.last_mut()
            && last.chunk == self.chunk
            && &self.text[last.start as usize..last.end as usize] == "e"
            && self.text[start..].starts_with("mail")
            && last.end as usize == start
        {
            last.end = offset(self.text.len());
            return;
        }
        self.list.push(Word {
            start: offset(start),
            end: offset(self.text.len()),
            line,
            chunk: self.chunk,
            paragraph: self.paragraph,
        });
    }

    /// The word at a place.
    pub fn text(&self, at: usize) -> &str {
        self.list
            .get(at)
            .map_or("", |word| &self.text[word.start as usize..word.end as usize])
    }

    /// A word's characters, for comparing.
    pub(crate) fn bytes(&self, word: &Word) -> &[u8] {
        let bytes = self.text.as_bytes();
        bytes
            .get(word.start as usize..word.end as usize)
            .unwrap_or_default()
    }

    /// Where a word stands.
    pub fn word(&self, at: usize) -> Option<&Word> {
        self.list.get(at)
    }

    /// The number of the word behind the run of characters that a word belongs to.
    pub fn behind_chunk(&self, at: usize) -> usize {
        let rest = self.list.get(at..).unwrap_or_default();
        let chunk = rest.first().map_or(0, |word| word.chunk);
        at + rest.partition_point(|word| word.chunk <= chunk)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Texts are read in pieces of a few megabytes, so their offsets fit.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{b4}')
}

/// The end of the word that `text` begins with: an apostrophe between letters belongs to it.
fn word_end(text: &str) -> usize {
    let mut end = text.len();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = is_apostrophe(c) && chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !in_word(c) && !joins {
            end = at;
            break;
        }
    }
    end
}

fn lower_into(word: &str, out: &mut String) {
    for c in word.chars() {
        match c {
            c if is_apostrophe(c) => out.push('\''),
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            c => out.extend(c.to_lowercase()),
        }
    }
}

enum Folded {
    Same,
    One(String),
    Two(String, String),
}

/// British stems and their US spelling.
const STEMS: [(&str, &str); 6] = [
    ("organis", "organiz"),
    ("unauthoris", "unauthoriz"),
    ("authoris", "authoriz"),
    ("synchronis", "synchroniz"),
    ("recognis", "recogniz"),
    ("initialis", "initializ"),
];

fn fold(word: &str) -> Folded {
    if let Some(stem) = word.strip_suffix("n't") {
        let stem = match stem {
            "ca" => "can",
            "wo" => "will",
            other => other,
        };
        return Folded::Two(stem.to_owned(), "not".to_owned());
    }
    if let Some((before, after)) = word.split_once('\'') {
        return Folded::Two(before.to_owned(), after.to_owned());
    }
    match word {
        "cannot" => return Folded::Two("can".to_owned(), "not".to_owned()),
        "signin" => return Folded::Two("sign".to_owned(), "in".to_owned()),
        "multifactor" => return Folded::Two("multi".to_owned(), "factor".to_owned()),
        _ => {}
    }
    for (british, us) in STEMS {
        if let Some(rest) = word.strip_prefix(british) {
            return Folded::One(format!("{us}{rest}"));
        }
    }
    Folded::Same
}

#[cfg(test)]
mod tests {
    use super::Words;

    fn words(text: &str) -> String {
        let mut words = Words::default();
        for (at, line) in text.lines().enumerate() {
            words.push_line(line, u32::try_from(at).unwrap_or(0) + 1);
        }
        (0..words.len())
            .map(|at| words.text(at))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn ways_of_writing_fold_into_one() {
        assert_eq!(
            words("You can't, you cannot; you can\u{2019}t!"),
            "you can not you can not you can not"
        );
        assert_eq!(
            words("It won't. The user's e-mail (E-Mail, email)"),
            "it will not the user s email email email"
        );
        assert_eq!(
            words("organisation Unauthorised sign-in signin"),
            "organization unauthorized sign in sign in"
        );
        assert_eq!(words("a.b@c.d  'quoted'"), "a b c d quoted");
        assert_eq!(words("Größe ÄRGER"), "größe ärger");
    }

    #[test]
    fn an_empty_line_ends_a_paragraph_and_lines_are_counted() {
        let mut words = Words::default();
        for (at, line) in ["one two", "", "three"].iter().enumerate() {
            words.push_line(line, u32::try_from(at).unwrap_or(0) + 1);
        }
        let places: Vec<_> = (0..3)
            .filter_map(|at| words.word(at))
            .map(|w| (w.line, w.paragraph))
            .collect();
        assert_eq!(places, [(1, 0), (1, 0), (3, 1)]);
    }
}
