//! The way from a person or a program to its data, station by station: where a cause breaks it.

use serde::{Deserialize, Serialize};

/// A station of the way, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Station {
    /// The client and the computer it runs on: its settings, its files, its clock.
    Machine,
    /// The proxy in between.
    Proxy,
    /// The look-up of the name.
    Name,
    /// The connection to the address.
    Connection,
    /// The handshake, and whose certificate is shown in it.
    Tls,
    /// The service that signs people and programs in, with what is registered there.
    SignIn,
    /// The address that is asked for, and the service that knows addresses.
    Discovery,
    /// The organization itself.
    Organization,
    /// What the user may do there.
    Role,
    /// The mailbox behind the organization.
    Mailbox,
}

impl Station {
    /// All of them, from the client on.
    pub const ALL: [Self; 10] = [
        Self::Machine,
        Self::Proxy,
        Self::Name,
        Self::Connection,
        Self::Tls,
        Self::SignIn,
        Self::Discovery,
        Self::Organization,
        Self::Role,
        Self::Mailbox,
    ];

    /// Its name, as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machine => "This machine",
            Self::Proxy => "Proxy",
            Self::Name => "Name",
            Self::Connection => "Connection",
            Self::Tls => "TLS",
            Self::SignIn => "Sign-in",
            Self::Discovery => "Discovery",
            Self::Organization => "Organization",
            Self::Role => "Role",
            Self::Mailbox => "Mailbox",
        }
    }

    /// Where the causes of a family break the way, unless they say otherwise.
    pub(crate) fn of_family(family: &str) -> Self {
        match family {
            "identity" | "app-registration" | "federation-ifd" => Self::SignIn,
            "tls-network" => Self::Tls,
            "url-discovery" => Self::Discovery,
            "organization-access" => Self::Organization,
            "email-profile" | "mailbox" | "sync" => Self::Mailbox,
            _ => Self::Machine,
        }
    }
}
