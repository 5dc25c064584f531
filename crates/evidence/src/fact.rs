//! Facts: what was seen, in words that a catalog of causes can speak about.
//!
//! A fact is a kind and a value (`aadsts 50126`, `cert expired`), with the place that proves it. Readers of
//! pasted text and probes make the same facts, so one recognizer serves both. To add a kind: a line in the
//! list below, whose comment is what the documentation prints, and a reader or a probe that makes it.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{redact, shown};

/// Declares the kinds with their names and what they come from.
macro_rules! kinds {
    ($($name:ident $text:literal: $about:literal;)*) => {
        /// What a fact is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $about] $name,)*
        }

        impl Kind {
            /// Every kind, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, as conditions write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What facts of this kind come from.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

kinds! {
    Aadsts "aadsts": "a number of the sign-in service: AADSTS50126, error_codes, `Error Code: 53003` on its pages";
    OAuth "oauth": "the `error` of an OAuth answer";
    Suberror "suberror": "the `suberror` of an OAuth answer";
    Code "code": "a 32-bit result code, eight hexadecimal digits, also written as a negative decimal";
    Status "status": "an HTTP status";
    Exception "exception": "an exception's type; a pattern matches the end of its dotted name";
    Frame "frame": "the method of a stack frame; a pattern matches the end of its dotted name";
    Alert "alert": "an error's name: of a mailbox alert, an Exchange Web Services answer, an API";
    Smtp "smtp": "a mail server's reply code, basic or enhanced";
    Event "event": "the id of a Windows event";
    Fault "fault": "a SOAP fault's code, without its prefix";
    Id "id": "a numbered message: MSIS7058, ID3242, IDX10205";
    Setting "setting": "a key and its value from a connection string or a settings file";
    Url "url": "what an address is";
    Token "token": "what a JSON web token shows";
    Client "client": "the program that wrote the text, or that asked";
    Dns "dns": "how a name look-up ended";
    Tcp "tcp": "how connecting ended";
    Tls "tls": "how a TLS handshake ended";
    Cert "cert": "what is wrong with a certificate";
    Clock "clock": "whether clocks agree";
    Http "http": "what an HTTP exchange showed beside its status";
    State "state": "the state of an organization or a user, as its API tells it";
    Mail "mail": "what a mail server showed beside its replies";
    Good "good": "a proof that something works";
    About "about": "what a text does with an error beside showing one";
    Says "says": "the kernel of a sentence";
    Words "words": "words that a text shares with a cause's article";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A word that names no kind of fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of fact")]
pub struct UnknownKind(pub String);

/// Where a fact was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A line of the text, counted from one.
    Line(u64),
    /// A step that was tried, counted from zero.
    Step(usize),
}

/// One thing that was seen, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about.
    pub kind: Kind,
    /// What was seen, in lower case.
    pub value: String,
    /// Where.
    pub place: Place,
    /// The line or the step's outcome, without secrets, cut to a readable length.
    pub text: String,
}

impl Fact {
    /// What was seen, and where. The value is put in lower case; secrets are taken out of the text.
    pub fn new(kind: Kind, value: &str, place: Place, text: &str) -> Self {
        Self {
            kind,
            value: normal(value),
            place,
            text: excerpt(text),
        }
    }
}

/// The longest excerpt that is kept, in characters.
const EXCERPT: usize = 240;

/// How many different facts are kept. A text with more has said what it had to say.
const MOST: usize = 20_000;

/// What was seen, each fact once, where it was seen first.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    list: Vec<Fact>,
    by_kind: HashMap<Kind, Vec<usize>>,
    known: HashMap<(Kind, String), usize>,
}

impl Facts {
    /// Keeps a fact unless it is known. The value is put in lower case; secrets are taken out of the text.
    pub fn see(&mut self, kind: Kind, value: &str, place: Place, text: &str) {
        // Most of what readers see is known; only what is new costs an excerpt.
        let known = (kind, normal(value));
        if !self.known.contains_key(&known) {
            self.keep(Fact::new(kind, &known.1, place, text));
        }
    }

    /// Keeps a fact that was made elsewhere, unless it is known.
    pub fn keep(&mut self, fact: Fact) {
        if fact.value.is_empty() || self.list.len() >= MOST {
            return;
        }
        if let Entry::Vacant(free) = self.known.entry((fact.kind, fact.value.clone())) {
            let at = self.list.len();
            free.insert(at);
            self.by_kind.entry(fact.kind).or_default().push(at);
            self.list.push(fact);
        }
    }

    /// The fact with exactly this value.
    pub fn get(&self, kind: Kind, value: &str) -> Option<&Fact> {
        let at = *self.known.get(&(kind, value.to_owned()))?;
        self.list.get(at)
    }

    /// Every fact of a kind, in the order they were seen.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Fact> {
        let places = self.by_kind.get(&kind).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|at| self.list.get(*at))
    }

    /// Every fact, in the order they were seen.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.list.iter()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes over the facts of a part.
    pub fn extend(&mut self, part: Self) {
        for fact in part.list {
            self.keep(fact);
        }
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Facts {
    /// Each is kept as one that is seen now, with the same bounds.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut facts = Self::default();
        for fact in Vec::<Fact>::deserialize(from)? {
            facts.see(fact.kind, &fact.value, fact.place, &fact.text);
        }
        Ok(facts)
    }
}

/// A value as it is compared.
fn normal(value: &str) -> String {
    value.trim().to_lowercase()
}

fn excerpt(text: &str) -> String {
    let clean = redact(&shown(&without_escapes(text.trim())));
    match clean.char_indices().nth(EXCERPT) {
        Some((cut, _)) => format!("{}…", &clean[..cut]),
        None => clean,
    }
}

/// Without a terminal's color sequences (ECMA-48 5.4), which would hide a word from whoever looks for it.
fn without_escapes(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| ('@'..='~').contains(&c));
        out.push(' ');
        out.push_str(end.map_or("", |end| &piece[end + 1..]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_kept_once_where_it_was_first_seen() {
        let mut facts = Facts::default();
        facts.see(Kind::Aadsts, "50126", Place::Line(3), "AADSTS50126: no");
        facts.see(Kind::Aadsts, "50126", Place::Line(9), "again");
        facts.see(Kind::Status, "400", Place::Line(1), "HTTP/1.1 400");
        assert_eq!(facts.iter().count(), 2);
        assert_eq!(
            facts.get(Kind::Aadsts, "50126").map(|fact| fact.place),
            Some(Place::Line(3))
        );
        assert_eq!(facts.of(Kind::Status).count(), 1);
    }

    #[test]
    fn the_excerpt_holds_no_secret_and_no_control_characters() {
        let mut facts = Facts::default();
        facts.see(
            Kind::OAuth,
            "Invalid_Grant",
            Place::Line(1),
            "\u{1b}[31mpassword=canary&x=1",
        );
        let fact = facts.iter().next().expect("one fact");
        assert_eq!(fact.value, "invalid_grant");
        assert!(
            !fact.text.contains("canary") && !fact.text.contains('\u{1b}'),
            "{}",
            fact.text
        );
    }

    #[test]
    fn every_kind_is_read_back_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
        assert!("weather".parse::<Kind>().is_err());
    }
}
