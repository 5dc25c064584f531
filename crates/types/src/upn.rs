//! User principal names.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// What is wrong with a user principal name; each names its fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUpn {
    /// `contoso\user`: a down-level name.
    #[error("`{0}` is a down-level logon name; use the user principal name, for example user@contoso.com")]
    DownLevel(String),
    /// No `@`, or more than one.
    #[error("`{0}` is not a user principal name; it needs the form user@domain")]
    NoDomain(String),
    /// A character that a cloud user name may not have.
    #[error("`{0}` has the character `{1}`, which a user principal name may not have")]
    Character(String, char),
    /// Too long, or an empty part.
    #[error("`{0}` is too long or has an empty part (at most 64 characters before and 48 after the `@`)")]
    Length(String),
}

/// A user principal name, kept as typed and compared without case (facts/identity.md 4.1, row SPP).
#[derive(Clone)]
pub struct Upn(Arc<str>);

impl Upn {
    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`, as typed.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Lower case: the form to look it up by.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for Upn {
    type Err = BadUpn;

    fn from_str(text: &str) -> Result<Self, BadUpn> {
        let own = || text.to_owned();
        if text.contains('\\') {
            return Err(BadUpn::DownLevel(own()));
        }
        let (name, domain) = text.split_once('@').ok_or_else(|| BadUpn::NoDomain(own()))?;
        if domain.contains('@') {
            return Err(BadUpn::NoDomain(own()));
        }
        if name.is_empty() || domain.is_empty() || name.len() > 64 || domain.len() > 48 {
            return Err(BadUpn::Length(own()));
        }
        if name.ends_with('.') {
            return Err(BadUpn::Character(own(), '.'));
        }
        let in_name = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~+".contains(c);
        let in_domain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        match name
            .chars()
            .find(|c| !in_name(*c))
            .or_else(|| domain.chars().find(|c| !in_domain(*c)))
        {
            Some(c) => Err(BadUpn::Character(own(), c)),
            None => Ok(Self(text.into())),
        }
    }
}

impl PartialEq for Upn {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Upn {}

impl fmt::Display for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Upn {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Upn {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_seed_003_are_names() {
        for good in [
            "user@contoso.onmicrosoft.com",
            "User.Name@contoso.com",
            "o'neil@contoso.com",
        ] {
            assert_eq!(good.parse::<Upn>().unwrap().as_str(), good);
        }
        assert_eq!(
            "A@B.com".parse::<Upn>().unwrap(),
            "a@b.COM".parse::<Upn>().unwrap()
        );
    }

    #[test]
    fn each_mistake_is_named() {
        assert!(matches!(
            "contoso\\anna".parse::<Upn>(),
            Err(BadUpn::DownLevel(_))
        ));
        assert!(matches!("anna".parse::<Upn>(), Err(BadUpn::NoDomain(_))));
        assert!(matches!("a@b@c.com".parse::<Upn>(), Err(BadUpn::NoDomain(_))));
        assert!(matches!(
            "an na@b.com".parse::<Upn>(),
            Err(BadUpn::Character(_, ' '))
        ));
        assert!(matches!(
            "anna.@b.com".parse::<Upn>(),
            Err(BadUpn::Character(_, '.'))
        ));
        assert!(matches!("@b.com".parse::<Upn>(), Err(BadUpn::Length(_))));
        assert!(matches!(
            format!("{}@b.com", "a".repeat(65)).parse::<Upn>(),
            Err(BadUpn::Length(_))
        ));
    }
}
