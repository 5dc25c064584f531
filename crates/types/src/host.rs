//! Host names. Inside Keyway a name is always the true one; how it was presented is a second value.
//!
//! The stand-in answers to *the real name plus `.localhost`* on its own port, and to the true names behind
//! its proxy. [`Form`] remembers which, so that everything sent back wears the form the caller used.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The text is not a host name (RFC 1123 2.1, with the underscore that some deployments carry).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host name")]
pub struct BadHost(pub String);

/// A host name: lower case, no port, no trailing dot, at most 253 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Arc<str>);

impl Host {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name without a dot at its end.
    fn plain(name: &str) -> Option<Self> {
        let label_ok = |label: &[u8]| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with(b"-")
                && !label.ends_with(b"-")
                && label
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        if name.len() > 253 || !name.as_bytes().split(|b| *b == b'.').all(label_ok) {
            return None;
        }
        let mut name: Arc<str> = name.into();
        Arc::get_mut(&mut name)?.make_ascii_lowercase();
        Some(Self(name))
    }

    /// The first label: an organization's URL name, in the online and IFD forms.
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// What follows the first label, if anything does.
    pub fn parent(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, rest)| rest)
    }
}

impl FromStr for Host {
    type Err = BadHost;

    fn from_str(text: &str) -> Result<Self, BadHost> {
        Self::plain(text.strip_suffix('.').unwrap_or(text)).ok_or_else(|| BadHost(text.to_owned()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Host {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// How a true name was presented by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The true name on port 443: a real deployment, or the stand-in behind its proxy.
    True,
    /// The true name plus `.localhost`, on the stand-in's own port.
    Localhost {
        /// The stand-in's HTTPS port.
        port: u16,
    },
}

const SUFFIX: &str = ".localhost";

impl Form {
    /// Splits what stands in a `Host` header (`name[:port]`) into the true name and its form.
    ///
    /// A name without the suffix is a true name whatever its port: clients drop and add ports freely.
    pub fn split(authority: &str) -> Result<(Host, Self), BadHost> {
        let bad = || BadHost(authority.to_owned());
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) => (name, port.parse::<u16>().map_err(|_| bad())?),
            None => (authority, 443),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let (true_name, form) = match Self::strip(name) {
            Some(true_name) => (true_name, Self::Localhost { port }),
            None => (name, Self::True),
        };
        let host = Host::plain(true_name).filter(|_| name.len() <= 253);
        Ok((host.ok_or_else(bad)?, form))
    }

    /// The true name within one of the stand-in's; nothing where it wears no suffix.
    pub fn strip(name: &str) -> Option<&str> {
        let (true_name, suffix) = name.split_at_checked(name.len().checked_sub(SUFFIX.len())?)?;
        suffix.eq_ignore_ascii_case(SUFFIX).then_some(true_name)
    }

    /// `name[:port]` as this form writes it.
    pub fn authority(self, host: &Host) -> String {
        self.written("", &host.0, "")
    }

    /// Written by hand: several of these stand in every answer.
    fn written(self, before: &str, host: &str, after: &str) -> String {
        let most = before.len() + host.len() + SUFFIX.len() + ":65535".len() + after.len();
        let mut text = String::with_capacity(most);
        text.push_str(before);
        text.push_str(host);
        if let Self::Localhost { port } = self {
            text.push_str(SUFFIX);
            if port != 443 {
                text.push(':');
                text.push_str(&port.to_string());
            }
        }
        text.push_str(after);
        text
    }

    /// `https://name[:port]` followed by `path`, which begins with a slash or is empty.
    pub fn url(self, host: &Host, path: &str) -> String {
        self.written("https://", &host.0, path)
    }

    /// [`Form::url`] on a host that never changes, written in lower case.
    pub fn url_on(self, host: &'static str, path: &str) -> String {
        self.written("https://", host, path)
    }

    /// Puts this form on an `https` URL that holds a true name; any other text is returned as it is.
    pub fn dress(self, true_url: &str) -> String {
        let parsed = split_https(true_url).and_then(|(name, rest)| Some((name.parse::<Host>().ok()?, rest)));
        match parsed {
            Some((host, rest)) => self.url(&host, rest),
            None => true_url.to_owned(),
        }
    }

    /// Takes any form off an `https` URL; text that wears none is returned as it is.
    pub fn undress(url: &str) -> String {
        let worn = split_https(url).filter(|(authority, _)| {
            let name = authority.split(':').next().unwrap_or_default();
            Self::strip(name.strip_suffix('.').unwrap_or(name)).is_some()
        });
        match worn.and_then(|(authority, rest)| Some((Self::split(authority).ok()?, rest))) {
            Some(((host, _), rest)) => format!("https://{host}{rest}"),
            None => url.to_owned(),
        }
    }
}

/// An `https` URL as authority and the rest, the scheme without case (RFC 3986 3.1); nothing of another scheme.
pub fn split_https(url: &str) -> Option<(&str, &str)> {
    let scheme = url
        .get(..8)
        .filter(|scheme| scheme.eq_ignore_ascii_case("https://"))?;
    let rest = &url[scheme.len()..];
    let end = rest.bytes().position(|b| matches!(b, b'/' | b'?' | b'#'));
    Some(rest.split_at(end.unwrap_or(rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rule_is_real_name_plus_localhost() {
        let (host, form) = Form::split("Contoso.crm4.dynamics.com.localhost:8443").unwrap();
        assert_eq!(host.as_str(), "contoso.crm4.dynamics.com");
        assert_eq!(form, Form::Localhost { port: 8443 });
        assert_eq!(
            form.url(&host, "/x"),
            "https://contoso.crm4.dynamics.com.localhost:8443/x"
        );
        let (host, form) = Form::split("login.microsoftonline.com:443").unwrap();
        assert_eq!(
            (form, form.authority(&host).as_str()),
            (Form::True, "login.microsoftonline.com")
        );
    }

    #[test]
    fn only_a_whole_suffix_counts() {
        let (host, form) = Form::split("notlocalhost").unwrap();
        assert_eq!((host.as_str(), form), ("notlocalhost", Form::True));
        assert_eq!(
            Form::undress("https://evil.example/x.localhost"),
            "https://evil.example/x.localhost"
        );
        assert_eq!(Form::undress("urn:x"), "urn:x");
        assert_eq!(
            Form::undress("https://a.b.localhost:8443/?q=1"),
            "https://a.b/?q=1"
        );
        assert_eq!(Form::undress("HTTPS://a.b.localhost"), "https://a.b");
    }

    #[test]
    fn refuses_what_is_no_name() {
        for bad in [
            "",
            "a..b",
            "-a.com",
            "a b.com",
            "a/b",
            "a:b",
            "a.com:99999",
            "a..",
            "a..localhost",
            ".localhost",
            &"a".repeat(64),
        ] {
            assert!(Form::split(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn dressing_comes_off(label in "[a-z][a-z0-9]{0,8}", port in 1u16.., path in "(/[a-z]{0,5}){0,3}") {
            let url = format!("https://{label}.crm4.dynamics.com{path}");
            prop_assert_eq!(Form::undress(&Form::Localhost { port }.dress(&url)), url.clone());
            prop_assert_eq!(Form::True.dress(&url), url);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Form::split(&text);
            let _ = Form::undress(&text);
            let _ = Form::Localhost { port: 1 }.dress(&text);
        }
    }
}
