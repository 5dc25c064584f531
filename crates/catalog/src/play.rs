//! How a cause is played: from which healthy connection, and the one thing that is changed.
//!
//! It names state, never a code or a sentence: what is said then is the services' own, and that it leads back
//! to this cause is what the runner proves.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::{Map, Value};

/// The `[play]` table of `cause.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Play {
    /// The connection that is healthy before and after.
    pub from: Start,
    /// Another person than that connection's, by the first part of the user name.
    pub user: Option<String>,
    /// Another application than that connection's, by name.
    pub app: Option<String>,
    /// What the client is given besides, all the while: flags without their dashes.
    #[serde(default)]
    pub flags: BTreeMap<String, String>,
    /// The stand-in's amendment: what an administrator, the network or time does.
    pub amend: Option<String>,
    /// What the amendment takes.
    #[serde(default, serialize_with = "write_with", deserialize_with = "read_with")]
    pub with: Map<String, Value>,
    /// The way the network fails on a link between client and stand-in.
    pub link: Option<String>,
    /// The way a network of one's own fails; only the tests have one.
    pub network: Option<String>,
    /// What is given to the client in place of what is right: flags without their dashes.
    #[serde(default)]
    pub give: BTreeMap<String, String>,
    /// What the person wants to do: the doctor looks whether their security roles allow it.
    pub wants: Option<String>,
    /// The cause that the doctor may name as well, since the two cannot be told apart from there.
    pub or: Option<String>,
    /// Why they cannot.
    pub because: Option<String>,
}

/// A connection that works, to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// A person with a password, through a public client.
    UserPassword,
    /// A guest with the password of home.
    GuestPassword,
    /// A guest with a Microsoft account of its own address, and its password. What is changed is changed there, in the
    /// tenant of Microsoft accounts.
    MicrosoftAccount,
    /// A person with a password, who opens the organization's page with a browser.
    Page,
    /// A browser that comes back to that page with the cookies of an earlier sign-in.
    Session,
    /// A person with a password, who signs in to a program with a browser.
    Program,
    /// A program that has a person signed in anew by the browser's cookies, with nothing to be seen.
    Silent,
    /// An application with a client secret.
    AppSecret,
    /// An application with a certificate.
    AppCertificate,
    /// A connection kept since an earlier sign-in, renewed with its refresh token.
    Kept,
    /// A person with a password, over a link on which the network can fail.
    ThroughLink,
    /// An application with a secret, by the true names through a proxy, over such a link.
    ThroughProxy,
    /// An application with a secret, by the true names, in a network of its own.
    OwnNetwork,
}

impl Start {
    /// Whether the connection goes over a link.
    pub const fn has_link(self) -> bool {
        matches!(self, Self::ThroughLink | Self::ThroughProxy)
    }

    /// The person and the application that it has unless a play names others.
    const fn cast(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::UserPassword
            | Self::Page
            | Self::Session
            | Self::Program
            | Self::Silent
            | Self::ThroughLink
            | Self::Kept => (Some("anna"), "Contoso Desktop"),
            Self::GuestPassword => (Some("olaf"), "Contoso Desktop"),
            Self::MicrosoftAccount => (Some("vera"), "Contoso Desktop"),
            Self::AppSecret | Self::ThroughProxy | Self::OwnNetwork => (None, "Contoso Connector"),
            Self::AppCertificate => (None, "Contoso Connector with a certificate"),
        }
    }

    /// What the connection is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::UserPassword => "a person with a password",
            Self::GuestPassword => "a guest with the password of home",
            Self::MicrosoftAccount => "a person with a Microsoft account",
            Self::Page => "a person with a browser",
            Self::Session => "a browser that comes back with its cookies",
            Self::Program => "a person who signs in to a program with a browser",
            Self::Silent => "a program that signs a person in by the browser's cookies alone",
            Self::AppSecret => "an application with a client secret",
            Self::AppCertificate => "an application with a certificate",
            Self::Kept => "a connection kept since an earlier sign-in",
            Self::ThroughLink => "a person with a password, over a link that can fail",
            Self::ThroughProxy => "an application with a secret, through a proxy over a link that can fail",
            Self::OwnNetwork => "an application with a secret, in a network of its own",
        }
    }
}

/// A format whose values do not say what they are holds these as JSON.
fn write_with<S: Serializer>(with: &Map<String, Value>, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        return with.serialize(to);
    }
    serde_json::to_string(with)
        .map_err(S::Error::custom)?
        .serialize(to)
}

fn read_with<'de, D: Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    if from.is_human_readable() {
        return Map::deserialize(from);
    }
    serde_json::from_str(&String::deserialize(from)?).map_err(D::Error::custom)
}

impl Play {
    /// Who stands in the scene, in a tenant of the demo world or a copy of its template `contoso`: the person, by the
    /// first part of the user name, and the application.
    pub fn cast(&self) -> (Option<&str>, &str) {
        let (user, app) = self.from.cast();
        (self.user.as_deref().or(user), self.app.as_deref().unwrap_or(app))
    }

    /// What is wrong with it in itself, if anything.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        let changes = [
            self.amend.is_some(),
            self.link.is_some(),
            self.network.is_some(),
            !self.give.is_empty(),
        ];
        if changes.into_iter().filter(|change| *change).count() != 1 {
            return Some("`play` changes exactly one thing: `amend`, `link`, `network` or `give`");
        }
        if self.link.is_some() != self.from.has_link() {
            return Some("`play` has `link` where it begins through a link, and only there");
        }
        if self.network.is_some() != (self.from == Start::OwnNetwork) {
            return Some("`play` has `network` where it begins in a network of its own, and only there");
        }
        if self.amend.is_none() && !self.with.is_empty() {
            return Some("`play` has `with`, and no `amend` that takes it");
        }
        if self.or.is_some() != self.because.is_some() {
            return Some("`play` has `or` without `because`, or the other way round");
        }
        None
    }
}
