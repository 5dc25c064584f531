//! The throw-away certificate authority: made on first use, kept in the state directory, never shipped.
//!
//! It vouches for the stand-in's names to programs that were told to trust it (`ca.pem`, or `bundle.pem`
//! together with the system's roots). The system's own trust store is never touched.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use types::{Clock, Timestamp};

use crate::files::{self, BadFile, Turn};

/// The authority cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// Its files cannot be read or written.
    #[error(transparent)]
    File(#[from] BadFile),
    /// The crypto library refused.
    #[error(
        "no certificate could be made for {0}: {1}; delete ca.pem and ca.key in the state directory and start again"
    )]
    Make(String, rcgen::Error),
}

/// Where the authority keeps its files.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The authority's certificate, in PEM.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The system's roots and ours in one file, for programs whose setting *replaces* the roots.
    pub bundle: PathBuf,
}

impl Paths {
    /// In the state directory.
    pub fn below(state: &Path) -> Self {
        Self {
            certificate: state.join("ca.pem"),
            key: state.join("ca.key"),
            bundle: state.join("bundle.pem"),
        }
    }
}

/// The authority, ready to sign.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    /// One key for every leaf: they live in this process only.
    leaf_key: KeyPair,
    pem: String,
    first_day: (i32, u8, u8),
}

impl std::fmt::Debug for Ca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ca").finish_non_exhaustive()
    }
}

/// Ten years: it lives until it is deleted.
const CA_YEARS: i32 = 10;

impl Ca {
    /// The authority of this state directory; made when there is none, or none that still holds.
    ///
    /// # Errors
    /// [`CaError`].
    pub fn open(paths: &Paths, clock: &dyn Clock) -> Result<Self, CaError> {
        let now = clock.now();
        if let Some(found) = Self::read(paths, now)? {
            return Ok(found);
        }
        let state = paths.certificate.parent().unwrap_or(Path::new("."));
        let _turn = Turn::wait(state)?;
        // Another process may have made it while this one waited.
        if let Some(found) = Self::read(paths, now)? {
            return Ok(found);
        }
        let wrong = |error| CaError::Make("the authority itself".to_owned(), error);
        let key = KeyPair::generate().map_err(wrong)?;
        let mut pem = String::new();
        push_pem(&mut pem, params(now).self_signed(&key).map_err(wrong)?.der());
        files::write_private(&paths.key, key.serialize_pem().as_bytes())?;
        files::write_private(&paths.certificate, pem.as_bytes())?;
        Self::with(key, pem, now)
    }

    fn read(paths: &Paths, now: Timestamp) -> Result<Option<Self>, CaError> {
        let (Some(certificate), Some(key)) = (files::read(&paths.certificate)?, files::read(&paths.key)?)
        else {
            return Ok(None);
        };
        // Anything that is not a valid pair is made anew: it is a throw-away.
        let pair = String::from_utf8(key)
            .ok()
            .and_then(|pem| KeyPair::from_pem(&pem).ok());
        let (Some(pair), Ok(read)) = (pair, crypt::Certificate::read(&certificate)) else {
            return Ok(None);
        };
        let (from, to) = read.validity();
        let fits = read.public_key().ends_with(pair.public_key_raw()) && from <= now && now < to;
        match String::from_utf8(certificate) {
            Ok(pem) if fits => Self::with(pair, pem, now).map(Some),
            _ => Ok(None),
        }
    }

    fn with(key: KeyPair, pem: String, now: Timestamp) -> Result<Self, CaError> {
        let leaf_key =
            KeyPair::generate().map_err(|error| CaError::Make("the leaf key".to_owned(), error))?;
        Ok(Self {
            issuer: Issuer::new(params(now), key),
            leaf_key,
            pem,
            first_day: day(now, -1),
        })
    }

    /// Its certificate in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The private key of every leaf.
    pub fn leaf_key(&self) -> &KeyPair {
        &self.leaf_key
    }

    /// A certificate for one name, without wildcard. `localhost` also covers the loopback addresses.
    ///
    /// # Errors
    /// [`CaError::Make`].
    pub fn leaf(&self, name: &str) -> Result<CertificateDer<'static>, CaError> {
        let (year, month, day) = self.first_day;
        // A little more than a year, the most that Apple's and Google's clients take (398 days).
        self.leaf_between(name, (year, month, day), (year + 1, month, day.min(28)))
    }

    /// A certificate that was over on the day the authority was opened.
    ///
    /// # Errors
    /// [`CaError::Make`].
    pub(crate) fn leaf_of_the_past(&self, name: &str) -> Result<CertificateDer<'static>, CaError> {
        let (year, month, day) = self.first_day;
        self.leaf_between(name, (year - 1, month, day.min(28)), (year, month, day))
    }

    fn leaf_between(
        &self,
        name: &str,
        from: (i32, u8, u8),
        to: (i32, u8, u8),
    ) -> Result<CertificateDer<'static>, CaError> {
        let wrong = |error| CaError::Make(name.to_owned(), error);
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).map_err(wrong)?;
        if name == "localhost" {
            leaf.subject_alt_names
                .push(SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()));
            leaf.subject_alt_names
                .push(SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()));
        }
        leaf.not_before = date_time_ymd(from.0, from.1, from.2);
        leaf.not_after = date_time_ymd(to.0, to.1, to.2);
        // A subject's common name holds 64 characters (X.520); the name that counts is the alternative one.
        leaf.distinguished_name.remove(DnType::CommonName);
        leaf.distinguished_name
            .push(DnType::CommonName, "Keyway stand-in");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        Ok(leaf
            .signed_by(&self.leaf_key, &self.issuer)
            .map_err(wrong)?
            .der()
            .clone())
    }

    /// Writes the system's roots and ours into one file, if that would change it.
    ///
    /// # Errors
    /// [`CaError::File`].
    pub fn write_bundle(&self, paths: &Paths) -> Result<(), CaError> {
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::debug!(%error, "a system root could not be read");
        }
        let mut bundle = String::with_capacity(300_000);
        for root in &system.certs {
            push_pem(&mut bundle, root);
        }
        // When the variables of a stand-in are set already, the system's roots hold ours.
        if !bundle.contains(self.pem.trim()) {
            bundle.push_str(&self.pem);
        }
        if files::read(&paths.bundle)?.as_deref() != Some(bundle.as_bytes()) {
            files::write_private(&paths.bundle, bundle.as_bytes())?;
        }
        Ok(())
    }

    /// Whether the bundle is there and trusts this authority.
    pub fn is_in_bundle(&self, paths: &Paths) -> bool {
        std::fs::read_to_string(&paths.bundle).is_ok_and(|bundle| bundle.contains(self.pem.trim()))
    }
}

fn params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(
        DnType::CommonName,
        "Keyway stand-in: throw-away authority of this machine",
    );
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    let (year, month, day) = day(now, -1);
    params.not_before = date_time_ymd(year, month, day);
    params.not_after = date_time_ymd(year + CA_YEARS, month, day.min(28));
    params
}

/// Year, month and day, some days before or after a moment.
fn day(moment: Timestamp, days: i64) -> (i32, u8, u8) {
    let text = Timestamp::from_seconds(moment.seconds().saturating_add(days * 86_400)).rfc3339_seconds();
    let mut parts = text.split(['-', 'T']);
    let year = parts.next().and_then(|year| year.parse().ok()).unwrap_or(2026);
    let mut small = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
    (year, small(), small())
}

/// RFC 7468: lines of 64 characters.
fn push_pem(out: &mut String, certificate: &CertificateDer<'_>) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    out.push_str("-----BEGIN CERTIFICATE-----\n");
    let text = STANDARD.encode(certificate);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END CERTIFICATE-----\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tempfile::tempdir;
    use types::{ManualClock, SystemClock};

    #[test]
    fn made_once_and_made_anew_when_it_no_longer_holds() {
        let scratch = tempdir().unwrap();
        let paths = Paths::below(scratch.path());
        let clock = ManualClock::at(SystemClock.now());
        let first = Ca::open(&paths, &clock).unwrap();
        assert_eq!(Ca::open(&paths, &clock).unwrap().pem(), first.pem());
        clock.advance(Duration::from_secs(11 * 366 * 86_400));
        let second = Ca::open(&paths, &clock).unwrap();
        assert_ne!(second.pem(), first.pem());
        std::fs::write(&paths.key, "junk").unwrap();
        assert_ne!(Ca::open(&paths, &clock).unwrap().pem(), second.pem());
    }

    #[test]
    fn the_bundle_trusts_us_too_and_is_rewritten_when_we_change() {
        let scratch = tempdir().unwrap();
        let paths = Paths::below(scratch.path());
        let ca = Ca::open(&paths, &SystemClock).unwrap();
        assert!(!ca.is_in_bundle(&paths));
        ca.write_bundle(&paths).unwrap();
        assert!(ca.is_in_bundle(&paths));
        std::fs::remove_file(&paths.certificate).unwrap();
        let next = Ca::open(&paths, &SystemClock).unwrap();
        assert!(!next.is_in_bundle(&paths));
        next.write_bundle(&paths).unwrap();
        assert!(next.is_in_bundle(&paths));
    }
}
