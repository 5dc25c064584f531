//! Which SMTP server takes the mail.

use std::{str::FromStr, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use types::Secret;
use url::Url;

/// Who sends, when nobody says: an address that no answer can reach.
const FROM: &str = "no-reply@keyway.localhost";
/// How long a server may take to greet, and then to take a mail; also how long stopping may have to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// An SMTP server, and how to speak to it.
#[derive(Clone, Debug)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<(String, Secret)>,
    pub(super) from: Address,
    /// The library's own limit ends with the connection being there.
    pub(super) patience: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// None: for a server on this machine.
    Plain,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after STARTTLS (RFC 3207), or nothing.
    StartTls,
}

/// The address of the SMTP server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSmtp {
    /// It is not an address of an SMTP server.
    #[error(
        "`{0}` is not the address of an SMTP server; write smtp://host:25, smtps://host:465 or smtp+starttls://host:587"
    )]
    Address(String),
    /// It holds a user or a password, which everybody on the machine can see.
    #[error(
        "the address of the SMTP server holds a user or a password; give KEYWAY_SMTP_USER and KEYWAY_SMTP_PASSWORD instead"
    )]
    Credentials,
    /// The sender is no address.
    #[error("`{0}` is not a mail address; write it like keyway@example.com")]
    From(String),
    /// TLS cannot be set up.
    #[error(
        "TLS to the SMTP server cannot be set up: {0}; check the certificate authorities of this machine"
    )]
    Tls(String),
}

impl FromStr for Smtp {
    type Err = BadSmtp;

    fn from_str(text: &str) -> Result<Self, BadSmtp> {
        let bad = || BadSmtp::Address(text.to_owned());
        let url: Url = text.parse().map_err(|_| bad())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadSmtp::Credentials);
        }
        let (security, usual) = match url.scheme() {
            "smtp" => (Security::Plain, 25),
            "smtps" => (Security::Tls, 465),
            "smtp+starttls" => (Security::StartTls, 587),
            _ => return Err(bad()),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(bad)?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(bad());
        }
        Ok(Self {
            // An IPv6 address stands in brackets only in an address.
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            security,
            credentials: None,
            patience: PATIENCE,
            from: FROM.parse().map_err(|_| BadSmtp::From(FROM.to_owned()))?,
        })
    }
}

impl Smtp {
    /// With a user and a password, which are sent only once the connection is secure or stays on this machine.
    #[must_use]
    pub fn with_credentials(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.credentials = Some((user.into(), password));
        self
    }

    /// Sent by this address.
    ///
    /// # Errors
    /// [`BadSmtp::From`].
    pub fn with_from(mut self, from: &str) -> Result<Self, BadSmtp> {
        self.from = from.parse().map_err(|_| BadSmtp::From(from.to_owned()))?;
        Ok(self)
    }

    /// Where it is, for messages.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, BadSmtp> {
        let parameters =
            || TlsParameters::new(self.host.clone()).map_err(|error| BadSmtp::Tls(error.to_string()));
        let tls = match self.security {
            Security::Plain => Tls::None,
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .timeout(Some(self.patience))
            .hello_name(ClientId::Domain("keyway.localhost".to_owned()));
        if let Some((user, password)) = &self.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }

    /// Whether a password would be sent where others can read it.
    pub(super) fn exposes_password(&self) -> bool {
        let local = self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        self.credentials.is_some() && self.security == Security::Plain && !local
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_to_speak_to_the_server() {
        for (text, place, security) in [
            ("smtp://localhost:2525", "localhost:2525", Security::Plain),
            ("smtp://127.0.0.1", "127.0.0.1:25", Security::Plain),
            ("smtps://mail.example.com", "mail.example.com:465", Security::Tls),
            (
                "smtp+starttls://mail.example.com/",
                "mail.example.com:587",
                Security::StartTls,
            ),
            ("smtp://[::1]:25", "::1:25", Security::Plain),
        ] {
            let smtp: Smtp = text.parse().unwrap();
            assert_eq!(
                (smtp.place().as_str(), smtp.security),
                (place, security),
                "{text}"
            );
            assert!(smtp.transport().is_ok());
        }
        for bad in [
            "localhost:25",
            "http://localhost",
            "smtp://",
            "smtp://host/inbox",
            "smtp://host?x=1",
            "",
        ] {
            assert_eq!(bad.parse::<Smtp>().unwrap_err(), BadSmtp::Address(bad.to_owned()));
        }
        assert_eq!(
            "smtp://anna:canary@host".parse::<Smtp>().unwrap_err(),
            BadSmtp::Credentials
        );
        let smtp: Smtp = "smtp://localhost".parse().unwrap();
        assert!(smtp.clone().with_from("Anna").is_err());
        assert!(smtp.with_from("anna@example.com").is_ok());
    }

    #[test]
    fn a_password_is_not_sent_in_the_clear_to_another_machine_nor_shown() {
        let with = |text: &str| {
            text.parse::<Smtp>()
                .unwrap()
                .with_credentials("anna", Secret::new("canary"))
        };
        assert!(with("smtp://mail.example.com").exposes_password());
        assert!(!with("smtp://127.0.0.1").exposes_password());
        assert!(!with("smtps://mail.example.com").exposes_password());
        assert!(!format!("{:?}", with("smtps://mail.example.com")).contains("canary"));
    }
}
