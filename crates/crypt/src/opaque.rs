//! Values that mean nothing to whoever holds them, and comparing secrets without telling how far they agree.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use types::{Chance, Secret};

/// A fresh value with 256 bits of chance behind `prefix`: an authorization code, refresh token or cookie.
pub fn opaque(chance: &dyn Chance, prefix: &str) -> Secret {
    let mut bytes = [0; 32];
    chance.fill(&mut bytes);
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    out
}

/// HMAC with SHA-1 (RFC 2104), which the codes of authenticators are made of and nothing else here.
pub fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut out = [0; 20];
    out.copy_from_slice(aws_lc_rs::hmac::sign(&key, text).as_ref());
    out
}

/// What is stored in place of an opaque value or a client secret: base64url of its SHA-256. Enough for
/// values of full entropy; passwords need a [`crate::Hasher`].
pub fn digest(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(value.as_bytes()))
}

/// Whether two secrets are equal, in time that depends on their lengths only.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::SystemChance;

    #[test]
    fn values_differ_and_digests_agree() {
        let (a, b) = (opaque(&SystemChance, "0."), opaque(&SystemChance, "0."));
        assert!(!same(a.expose(), b.expose()));
        assert!(same(&digest(a.expose()), &digest(a.expose())));
        assert_eq!(a.expose().len(), 45);
        // RFC 6234 test vector.
        assert_eq!(digest("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }
}
