//! Form-encoded parameters, from a query or a body (RFC 6749 appendix B).

use std::{fmt, ops::Range};

use types::Secret;

/// The parameters cannot be trusted to mean one thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadForm {
    /// RFC 6749 3.1 and 3.2: a parameter must not appear more than once.
    #[error("the parameter '{0}' appears more than once")]
    Duplicate(String),
    /// Not UTF-8 after decoding.
    #[error("the parameters are not UTF-8")]
    NotUtf8,
    /// More parameters than any client sends.
    #[error("more than {0} parameters")]
    TooMany(usize),
}

/// Far above what any client sends; a limit only against nonsense.
const MOST: usize = 200;
/// Room for most forms, in parameters and in bytes: growing is what costs.
const USUAL: (usize, usize) = (8, 500);

/// Decoded parameters, each name once.
#[derive(Clone, Default)]
pub struct Params {
    /// Every name and value, one after the other.
    text: String,
    pairs: Vec<Pair>,
}

/// Where a name and its value stand.
#[derive(Clone)]
struct Pair {
    name: Range<usize>,
    value: Range<usize>,
}

impl Params {
    /// Decodes `name=value&…`. Blanks and quotes are kept: they have been significant since 2019
    /// (facts/identity.md 1.4).
    ///
    /// # Errors
    /// [`BadForm`].
    pub fn parse(encoded: &[u8]) -> Result<Self, BadForm> {
        let encoded = str::from_utf8(encoded).map_err(|_| BadForm::NotUtf8)?;
        let mut params = Self {
            text: String::with_capacity(USUAL.1.min(encoded.len())),
            pairs: Vec::with_capacity(USUAL.0),
        };
        let mut spare = Vec::new();
        for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = params.decode(name, &mut spare)?;
            let value = params.decode(value, &mut spare)?;
            let name_text = &params.text[name.clone()];
            if params.get(name_text).is_some() {
                return Err(BadForm::Duplicate(name_text.to_owned()));
            }
            if params.pairs.len() >= MOST {
                return Err(BadForm::TooMany(MOST));
            }
            params.pairs.push(Pair { name, value });
        }
        Ok(params)
    }

    /// Adds `text` without `+` and percent signs. What is not UTF-8 is never replaced: a password so changed must not be
    /// tried.
    fn decode(&mut self, text: &str, spare: &mut Vec<u8>) -> Result<Range<usize>, BadForm> {
        if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
            return Ok(self.add(text));
        }
        spare.clear();
        spare.reserve(text.len());
        for (place, piece) in text.split('+').enumerate() {
            if place > 0 {
                spare.push(b' ');
            }
            spare.extend(percent_encoding::percent_decode_str(piece));
        }
        let plain = str::from_utf8(spare).map_err(|_| BadForm::NotUtf8)?;
        Ok(self.add(plain))
    }

    fn add(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// Parameters that were never encoded; of those with the same name, the first.
    pub fn of<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let mut all = Self::default();
        for (name, value) in pairs {
            if all.get(name).is_none() {
                all.push(name, value);
            }
        }
        all
    }

    fn push(&mut self, name: &str, value: &str) {
        let name = self.add(name);
        let value = self.add(value);
        self.pairs.push(Pair { name, value });
    }

    /// A parameter, when it is there; may be empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// A parameter that is there and not empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A parameter that must not be seen.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }

    /// Adds a parameter, replacing an earlier one of that name.
    pub fn set(&mut self, name: &str, value: impl AsRef<str>) {
        let text = &self.text;
        self.pairs.retain(|pair| text[pair.name.clone()] != *name);
        self.push(name, value.as_ref());
    }

    /// In the order they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = |range: &Range<usize>| &self.text[range.clone()];
        self.pairs
            .iter()
            .map(move |pair| (text(&pair.name), text(&pair.value)))
    }

    /// Encoded again.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.iter())
            .finish()
    }
}

impl PartialEq for Params {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Params {}

impl fmt::Debug for Params {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_and_plus_are_told_apart() {
        let p = Params::parse(b"a=1+2&b=%20x%20&c=%2B&d").unwrap();
        assert_eq!(
            (p.get("a"), p.get("b"), p.get("c"), p.get("d")),
            (Some("1 2"), Some(" x "), Some("+"), Some(""))
        );
        assert_eq!((p.some("d"), p.get("e")), (None, None));
    }

    #[test]
    fn what_means_two_things_is_refused() {
        assert_eq!(Params::parse(b"a=1&a=1"), Err(BadForm::Duplicate("a".into())));
        assert_eq!(Params::parse(b"a=%ff"), Err(BadForm::NotUtf8));
        let many = (0..=MOST)
            .map(|i| format!("p{i}=1"))
            .collect::<Vec<_>>()
            .join("&");
        assert_eq!(Params::parse(many.as_bytes()), Err(BadForm::TooMany(MOST)));
    }

    proptest! {
        #[test]
        fn there_and_back(pairs in proptest::collection::btree_map("\\PC{1,8}", "\\PC{0,20}", 0..8)) {
            let mut params = Params::default();
            for (name, value) in &pairs {
                params.set(name, value);
            }
            prop_assert!(Params::parse(params.encode().as_bytes()).unwrap() == params);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Params::parse(&bytes);
        }
    }
}
