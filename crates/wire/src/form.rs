//! Form-encoded parameters, from a query or a body (RFC 6749 appendix B).

use std::{borrow::Cow, fmt};

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

/// Without `+` and percent signs. What is not UTF-8 is never replaced: a password so changed must not be tried.
fn decoded(text: &str) -> Result<String, BadForm> {
    let spaced: Cow<'_, str> = if text.contains('+') {
        text.replace('+', " ").into()
    } else {
        text.into()
    };
    let plain = percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map_err(|_| BadForm::NotUtf8)?;
    Ok(plain.into_owned())
}

/// Far above what any client sends; a limit only against nonsense.
const MOST: usize = 200;

/// Decoded parameters, each name once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Decodes `name=value&…`. Blanks and quotes are kept: they have been significant since 2019
    /// (facts/identity.md 1.4).
    ///
    /// # Errors
    /// [`BadForm`].
    pub fn parse(encoded: &[u8]) -> Result<Self, BadForm> {
        let encoded = str::from_utf8(encoded).map_err(|_| BadForm::NotUtf8)?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(BadForm::Duplicate(name));
            }
            if pairs.len() >= MOST {
                return Err(BadForm::TooMany(MOST));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// Parameters that were never encoded; of those with the same name, the first.
    pub fn of<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            if all.iter().all(|(known, _)| known != name) {
                all.push((name.to_owned(), value.to_owned()));
            }
        }
        Self(all)
    }

    /// A parameter, when it is there; may be empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
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
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// In the order they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Encoded again.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.iter())
            .finish()
    }
}

impl fmt::Debug for Params {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
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
                params.set(name, value.clone());
            }
            prop_assert!(Params::parse(params.encode().as_bytes()).unwrap() == params);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Params::parse(&bytes);
        }
    }
}
