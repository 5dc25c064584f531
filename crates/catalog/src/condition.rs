//! Conditions: what must have been seen, written `kind pattern`.

use std::{fmt, str::FromStr};

use evidence::{Fact, Facts, Kind, UnknownKind};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::phrase::{BadPhrase, Phrase};

/// One condition: `aadsts 50126`, `frame Pop3Client.Connect`, `says not been assigned a security role`.
///
/// A folder writes it as a text; the binary carries it parsed, and that is the shape its derived reader and writer have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Condition {
    /// What it asks about.
    #[serde(serialize_with = "write_kind", deserialize_with = "read_kind")]
    pub kind: Kind,
    wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Wanted {
    Value(String),
    Sentence(Phrase),
}

/// A kind is its place in the list: names would have to be looked up twenty thousand times.
fn write_kind<S: Serializer>(kind: &Kind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u8(*kind as u8)
}

fn read_kind<'de, D: Deserializer<'de>>(from: D) -> Result<Kind, D::Error> {
    let at = usize::from(u8::deserialize(from)?);
    let kind = Kind::ALL.get(at).copied();
    kind.ok_or_else(|| D::Error::custom(format!("there is no kind {at}")))
}

/// Why a condition is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCondition {
    /// The first word is no kind.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// Nothing behind the kind.
    #[error("`{0}` asks for nothing")]
    Empty(String),
    /// The sentence's pattern cannot be read.
    #[error("`{0}`: {1}")]
    Phrase(String, BadPhrase),
}

impl FromStr for Condition {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let (kind, pattern) = text.trim().split_once(char::is_whitespace).unwrap_or((text, ""));
        let kind: Kind = kind.parse()?;
        let pattern = pattern.trim();
        if pattern.is_empty() {
            return Err(BadCondition::Empty(text.to_owned()));
        }
        if kind == Kind::Says {
            let phrase = Phrase::parse(pattern).map_err(|why| BadCondition::Phrase(text.to_owned(), why))?;
            return Ok(Self {
                kind,
                wanted: Wanted::Sentence(phrase),
            });
        }
        Ok(Self {
            kind,
            wanted: Wanted::Value(pattern.to_lowercase()),
        })
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return Self::deserialize(from);
        }
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.pattern())
    }
}

impl Condition {
    /// The value it asks for, in lower case; `*` stands for anything. Of a sentence, its pattern.
    pub fn pattern(&self) -> &str {
        match &self.wanted {
            Wanted::Value(value) => value,
            Wanted::Sentence(phrase) => phrase.pattern(),
        }
    }

    /// The sentence's pattern, where it asks for one.
    pub fn phrase(&self) -> Option<&Phrase> {
        match &self.wanted {
            Wanted::Value(_) => None,
            Wanted::Sentence(phrase) => Some(phrase),
        }
    }

    /// Whether a pattern of this kind also matches the end of a dotted name.
    pub(crate) const fn is_dotted(kind: Kind) -> bool {
        matches!(kind, Kind::Exception | Kind::Frame | Kind::Alert)
    }

    /// The first fact that meets it.
    pub fn met<'f>(&self, facts: &'f Facts) -> Option<&'f Fact> {
        let dotted = Self::is_dotted(self.kind);
        if !dotted && !self.pattern().contains('*') {
            return facts.get(self.kind, self.pattern());
        }
        facts.of(self.kind).find(|fact| {
            let whole = glob(self.pattern(), &fact.value);
            let ends = |at: usize| glob(self.pattern(), &fact.value[at + 1..]);
            whole || (dotted && fact.value.match_indices('.').any(|(at, _)| ends(at)))
        })
    }

    /// How much it tells: numbers and names that mean one thing weigh most, a sentence by its words.
    pub fn weight(&self) -> usize {
        match self.kind {
            Kind::Says => self.phrase().map_or(0, Phrase::weight).min(8),
            Kind::Aadsts | Kind::Alert | Kind::Id | Kind::Suberror | Kind::State => 8,
            Kind::Code | Kind::Event | Kind::Smtp | Kind::Cert | Kind::Token | Kind::Clock => 6,
            Kind::Frame | Kind::Fault | Kind::Setting | Kind::Dns | Kind::Tcp | Kind::Tls | Kind::Mail => 5,
            Kind::Exception | Kind::Url | Kind::Http | Kind::OAuth => 3,
            Kind::Status | Kind::Client | Kind::Good | Kind::About | Kind::Words => 2,
        }
    }
}

/// Whether `pattern`, in which `*` stands for anything, is the whole of `text`.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for piece in pieces {
        open = true;
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    // The last piece was found at its first place; behind a star its last place counts.
    rest.is_empty()
        || (open
            && pattern
                .rsplit('*')
                .next()
                .is_some_and(|last| text.ends_with(last)))
}

/// What a rule needs: one condition, or any of several. As with a condition, the binary carries it parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Need {
    /// Just this.
    One(Condition),
    /// Any of these.
    Any(Vec<Condition>),
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Texts {
            One(String),
            Any(Vec<String>),
        }
        if !from.is_human_readable() {
            return Self::deserialize(from);
        }
        // Read as text first, so that a condition that is none says which one it is.
        let read = |text: String| text.parse::<Condition>().map_err(D::Error::custom);
        Ok(match Texts::deserialize(from)? {
            Texts::One(text) => Self::One(read(text)?),
            Texts::Any(texts) => Self::Any(texts.into_iter().map(read).collect::<Result<_, _>>()?),
        })
    }
}

impl Serialize for Need {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl Need {
    /// The conditions it names.
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Any(any) => any,
        }
    }

    /// The first of its conditions that is met, with the fact that meets it.
    pub fn met<'c, 'f>(&'c self, facts: &'f Facts) -> Option<(&'c Condition, &'f Fact)> {
        self.conditions()
            .iter()
            .find_map(|condition| Some((condition, condition.met(facts)?)))
    }
}

#[cfg(test)]
mod tests {
    use evidence::Place;

    use super::*;

    fn met(condition: &str, kind: Kind, value: &str) -> bool {
        let mut facts = Facts::default();
        facts.see(kind, value, Place::Line(1), "");
        condition
            .parse::<Condition>()
            .expect("a condition")
            .met(&facts)
            .is_some()
    }

    #[test]
    fn exact_dotted_and_globbed() {
        assert!(met("aadsts 50126", Kind::Aadsts, "50126"));
        assert!(!met("aadsts 5012", Kind::Aadsts, "50126"));
        assert!(met(
            "frame Pop3Client.Connect",
            Kind::Frame,
            "microsoft.crm.asynchronous.pop3client.connect"
        ));
        assert!(!met(
            "frame Client.Connect",
            Kind::Frame,
            "microsoft.crm.pop3client.connect"
        ));
        assert!(met("setting authtype=*", Kind::Setting, "authtype=office365"));
        assert!(met("code 0x8007*e", Kind::Code, "0x8007ee0e"));
        assert!(!met("code 0x8007*e", Kind::Code, "0x8007ee0f"));
    }

    #[test]
    fn what_is_no_condition_says_why() {
        assert!("weather fine".parse::<Condition>().is_err());
        assert!("aadsts".parse::<Condition>().is_err());
        assert!("says it is no".parse::<Condition>().is_err());
    }
}
