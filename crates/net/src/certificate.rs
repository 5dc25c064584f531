//! What a server's certificate says about itself: facts for the person who must find out whose it is.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use types::Timestamp;
use x509_cert::{
    der::Decode,
    ext::pkix::{SubjectAltName, name::GeneralName},
    time::Time,
};

/// The leaf certificate a server presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The host names it is good for.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub sha256: String,
}

impl CertificateFacts {
    /// Reads DER; `None` when it is no certificate.
    pub fn read(der: &[u8]) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(der).ok()?;
        let body = &parsed.tbs_certificate;
        let moment = |time: &Time| {
            Timestamp::from_seconds(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
        };
        let alternatives = body
            .get::<SubjectAltName>()
            .ok()
            .flatten()
            .map(|(_, names)| names.0);
        Some(Self {
            subject: body.subject.to_string(),
            issuer: body.issuer.to_string(),
            names: alternatives.unwrap_or_default().iter().filter_map(name).collect(),
            not_before: moment(&body.validity.not_before),
            not_after: moment(&body.validity.not_after),
            sha256: digest(&SHA256, der)
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        })
    }

    /// Whether it vouches for itself.
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => match *bytes.as_bytes() {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(a, b, c, d).to_string()),
            ref bytes => <[u8; 16]>::try_from(bytes)
                .ok()
                .map(|v6| std::net::Ipv6Addr::from(v6).to_string()),
        },
        _ => None,
    }
}

impl fmt::Display for CertificateFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str| {
            if text.is_empty() {
                "(no name)".to_owned()
            } else {
                text.to_owned()
            }
        };
        write!(
            f,
            "certificate of {} issued by {}",
            or(&self.subject),
            or(&self.issuer)
        )?;
        let some = self
            .names
            .iter()
            .take(6)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        match self.names.len() {
            0 => write!(f, ", for no host name"),
            1..=6 => write!(f, ", for {some}"),
            many => write!(f, ", for {some} and {} more", many - 6),
        }?;
        let (from, to) = (
            self.not_before.rfc3339_seconds(),
            self.not_after.rfc3339_seconds(),
        );
        write!(f, ", valid from {from} to {to}, SHA-256 {}", self.sha256)
    }
}
