//! X.509 certificates, as far as identity needs them: thumbprints, the public key, the dates.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use types::Timestamp;
use x509_cert::der::{Decode, Encode};

/// The text or bytes are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a certificate: {0}; upload the public part as .cer, .pem or .crt")]
pub struct BadCertificate(String);

/// A certificate that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    spki: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    subject: String,
}

impl Certificate {
    /// Reads DER, PEM, or the base64 of DER that Graph's `key` holds (facts/identity.md 2.6).
    ///
    /// # Errors
    /// [`BadCertificate`] says what was found instead.
    pub fn read(bytes: &[u8]) -> Result<Self, BadCertificate> {
        if bytes.starts_with(b"-----") || bytes.windows(10).any(|w| w == b"-----BEGIN") {
            let der = CertificateDer::from_pem_slice(bytes).map_err(|e| BadCertificate(format!("{e:?}")))?;
            return Self::from_der(der.to_vec());
        }
        let text: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|b| !b.is_ascii_whitespace())
            .collect();
        match STANDARD.decode(&text) {
            Ok(der) => Self::from_der(der),
            Err(_) => Self::from_der(bytes.to_vec()),
        }
    }

    fn from_der(der: Vec<u8>) -> Result<Self, BadCertificate> {
        let bad = |e: x509_cert::der::Error| BadCertificate(e.to_string());
        let parsed = x509_cert::Certificate::from_der(&der).map_err(bad)?;
        let body = &parsed.tbs_certificate;
        let seconds = |time: &x509_cert::time::Time| {
            Timestamp::from_seconds(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
        };
        Ok(Self {
            spki: body.subject_public_key_info.to_der().map_err(bad)?,
            not_before: seconds(&body.validity.not_before),
            not_after: seconds(&body.validity.not_after),
            subject: body.subject.to_string(),
            der,
        })
    }

    /// The certificate itself.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its public key, as SubjectPublicKeyInfo.
    pub fn public_key(&self) -> &[u8] {
        &self.spki
    }

    /// The name it speaks of.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The first and the last moment it is valid.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        (self.not_before, self.not_after)
    }

    /// Header `x5t`: base64url of SHA-1, no padding.
    pub fn x5t(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der))
    }

    /// Header `x5t#S256`: base64url of SHA-256, no padding.
    pub fn x5t_s256(&self) -> String {
        URL_SAFE_NO_PAD.encode(crate::sha256(&self.der))
    }

    /// The thumbprint as the portal shows it: SHA-1 in upper-case hexadecimal.
    pub fn thumbprint(&self) -> String {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der)
            .as_ref()
            .iter()
            .map(|b| format!("{b:02X}"))
            .collect()
    }
}
