//! JSON web tokens in the compact form (RFC 7515 7.1), RS256 and PS256 (RFC 7518 3.3 and 3.5).

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer,
    rsa,
    signature::{
        KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256,
        UnparsedPublicKey,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use memchr::memchr_iter;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use serde::Serialize;
use serde_json::Value;

/// The signature algorithms met in this field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: every token Entra issues, and most client assertions.
    Rs256,
    /// RSASSA-PSS with SHA-256: client assertions of current libraries (facts/identity.md 2.6).
    Ps256,
}

impl Algorithm {
    /// The header's `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Ps256].into_iter().find(|a| a.name() == name)
    }
}

/// The private key could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not a private key in PEM.
    #[error("no private key in PEM was found; it needs a block that begins -----BEGIN PRIVATE KEY-----")]
    NotPem,
    /// Not RSA, or too short.
    #[error("the private key is not an RSA key of at least 2048 bits")]
    NotRsa,
    /// The library failed to make or use a key.
    #[error("the key could not be made or used")]
    Failed,
}

/// An RSA private key, parsed once: parsing again for each signature costs more than half of it.
pub struct PrivateKey(rsa::KeyPair);

impl PrivateKey {
    /// A new 2048-bit key; takes about a tenth of a second.
    ///
    /// # Errors
    /// [`BadKey::Failed`].
    pub fn generate() -> Result<Self, BadKey> {
        rsa::KeyPair::generate(rsa::KeySize::Rsa2048)
            .map(Self)
            .map_err(|_| BadKey::Failed)
    }

    /// From PEM, PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, BadKey> {
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadKey::NotPem)? {
            PrivateKeyDer::Pkcs8(der) => rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => rsa::KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(BadKey::NotRsa),
        };
        key.map(Self).map_err(|_| BadKey::NotRsa)
    }

    /// From PKCS#8 DER.
    ///
    /// # Errors
    /// [`BadKey::NotRsa`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, BadKey> {
        rsa::KeyPair::from_pkcs8(der)
            .map(Self)
            .map_err(|_| BadKey::NotRsa)
    }

    /// As PKCS#8 DER, for sealing.
    ///
    /// # Errors
    /// [`BadKey::Failed`].
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, BadKey> {
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = self.0.as_der().map_err(|_| BadKey::Failed)?;
        Ok(der.as_ref().to_vec())
    }

    /// Modulus and exponent, big-endian: `n` and `e` of a JWK (RFC 7518 6.3.1).
    pub fn public_parts(&self) -> (Vec<u8>, Vec<u8>) {
        let key = self.0.public_key();
        let trim = |bytes: &[u8]| bytes.iter().skip_while(|b| **b == 0).copied().collect();
        (
            trim(key.modulus().big_endian_without_leading_zero()),
            trim(key.exponent().big_endian_without_leading_zero()),
        )
    }

    /// The public key in the form [`verify`] takes (RFC 8017 A.1.1).
    pub fn public_der(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    fn sign_bytes(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, BadKey> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let padding: &dyn aws_lc_rs::signature::RsaEncoding = match algorithm {
            Algorithm::Rs256 => &RSA_PKCS1_SHA256,
            Algorithm::Ps256 => &RSA_PSS_SHA256,
        };
        self.0
            .sign_digest(padding, &digest(&SHA256, message), &mut signature)
            .map_err(|_| BadKey::Failed)?;
        Ok(signature)
    }
}

/// Signs `claims` under `header`, which must name the same algorithm.
///
/// # Errors
/// [`BadKey::Failed`].
pub fn sign(
    key: &PrivateKey,
    algorithm: Algorithm,
    header: &impl Serialize,
    claims: &impl Serialize,
) -> Result<String, BadKey> {
    let header = serde_json::to_vec(header).map_err(|_| BadKey::Failed)?;
    sign_encoded(key, algorithm, &URL_SAFE_NO_PAD.encode(header), claims)
}

/// Room for most claims, in bytes: growing is what costs.
const USUAL_CLAIMS: usize = 1000;

/// [`sign`] with the header already in base64url: an issuer's header never changes.
pub(crate) fn sign_encoded(
    key: &PrivateKey,
    algorithm: Algorithm,
    header: &str,
    claims: &impl Serialize,
) -> Result<String, BadKey> {
    let mut json = Vec::with_capacity(USUAL_CLAIMS);
    serde_json::to_writer(&mut json, claims).map_err(|_| BadKey::Failed)?;
    let mut token = String::with_capacity(header.len() + json.len() * 4 / 3 + 360);
    token.push_str(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(&json, &mut token);
    let signature = key.sign_bytes(algorithm, token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
    Ok(token)
}

/// A token cut at its dots, and nothing more: whoever reads many need not build what they will not look at.
pub(crate) struct Compact<'t> {
    signed: &'t str,
    parts: [&'t str; 3],
}

impl<'t> Compact<'t> {
    pub(crate) fn split(token: &'t str) -> Result<Self, Malformed> {
        let mut dots = memchr_iter(b'.', token.as_bytes());
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(Malformed::Parts);
        };
        Ok(Self {
            signed: &token[..second],
            parts: [&token[..first], &token[first + 1..second], &token[second + 1..]],
        })
    }

    /// What the signature is about.
    pub(crate) fn signed(&self) -> &'t str {
        self.signed
    }

    /// Header (1), claims (2) or signature (3), as it was sent.
    pub(crate) fn encoded(&self, number: usize) -> &'t str {
        self.parts
            .get(number.wrapping_sub(1))
            .copied()
            .unwrap_or_default()
    }

    /// The same, decoded; libraries pad (facts/identity.md 2.6).
    pub(crate) fn part(&self, number: usize) -> Result<Vec<u8>, Malformed> {
        URL_SAFE_NO_PAD
            .decode(self.encoded(number).trim_end_matches('='))
            .map_err(|_| Malformed::Encoding(number))
    }
}

/// A token taken apart, not yet believed.
#[derive(Clone, Debug)]
pub struct Unverified<'t> {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// The algorithm the header names.
    pub algorithm: Option<Algorithm>,
    signed: &'t str,
    signature: Vec<u8>,
}

/// The text is not a JSON web token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not three parts.
    #[error("a signed JSON web token has three parts between dots")]
    Parts,
    /// A part is not base64url.
    #[error("part {0} is not base64url")]
    Encoding(usize),
    /// Header or claims are not a JSON object.
    #[error("part {0} is not a JSON object")]
    Json(usize),
}

impl<'t> Unverified<'t> {
    /// Takes `token` apart.
    ///
    /// # Errors
    /// [`Malformed`] names the part.
    pub fn read(token: &'t str) -> Result<Self, Malformed> {
        let compact = Compact::split(token)?;
        let object = |number| match serde_json::from_slice(&compact.part(number)?) {
            Ok(value @ Value::Object(_)) => Ok(value),
            _ => Err(Malformed::Json(number)),
        };
        let (header, claims) = (object(1)?, object(2)?);
        let signature = compact.part(3)?;
        let algorithm = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::named);
        Ok(Self {
            header,
            claims,
            algorithm,
            signed: compact.signed(),
            signature,
        })
    }

    /// A header member as text, with base64 padding removed: libraries pad `x5t` (facts/identity.md 2.6).
    pub fn header_text(&self, name: &str) -> Option<&str> {
        Some(self.header.get(name)?.as_str()?.trim_end_matches('='))
    }

    /// Whether `public_key` (SubjectPublicKeyInfo or RSAPublicKey) made the signature.
    pub fn signed_by(&self, public_key: &[u8]) -> bool {
        let verifier = match self.algorithm {
            Some(Algorithm::Rs256) => &RSA_PKCS1_2048_8192_SHA256,
            Some(Algorithm::Ps256) => &RSA_PSS_2048_8192_SHA256,
            None => return false,
        };
        UnparsedPublicKey::new(verifier, public_key)
            .verify(self.signed.as_bytes(), &self.signature)
            .is_ok()
    }
}

/// A claim that counts seconds; libraries send whole numbers and fractions (facts/identity.md 2.6).
pub fn seconds(claims: &Value, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole seconds are wanted; a float saturates"
    )]
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|f| f.floor() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_algorithms_both_ways() {
        let key = PrivateKey::generate().unwrap();
        for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
            let token = sign(
                &key,
                algorithm,
                &json!({"alg": algorithm.name(), "x5t": "YQ=="}),
                &json!({"exp": 1.5}),
            )
            .unwrap();
            let read = Unverified::read(&token).unwrap();
            assert!(read.signed_by(&key.public_der()));
            assert_eq!(read.header_text("x5t"), Some("YQ"));
            assert_eq!(seconds(&read.claims, "exp"), Some(1));
            let other = PrivateKey::generate().unwrap();
            assert!(!read.signed_by(&other.public_der()));
        }
    }

    #[test]
    fn a_broken_token_is_named_by_its_part() {
        assert_eq!(Unverified::read("a.b").unwrap_err(), Malformed::Parts);
        assert_eq!(Unverified::read("a.b.c.d").unwrap_err(), Malformed::Parts);
        assert_eq!(Unverified::read("!.e30.").unwrap_err(), Malformed::Encoding(1));
        assert_eq!(Unverified::read("e30.W10.").unwrap_err(), Malformed::Json(2));
        assert!(
            !Unverified::read("eyJhbGciOiJub25lIn0.e30.")
                .unwrap()
                .signed_by(&[])
        );
    }
}
