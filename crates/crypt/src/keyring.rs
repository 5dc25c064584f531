//! The issuer's signing keys: sign with the newest, verify with all, publish as a key set.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    digest::{Digest, SHA256, SHA256_OUTPUT_LEN, digest},
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use types::{Chance, Timestamp};
use wire::{
    claims::Presented,
    oauth::{Jwk, Jwks},
};

use crate::{
    BadSeal, Certificate, Sealer,
    jwt::{Algorithm, BadKey, Compact, Malformed, PrivateKey, sign_encoded},
};

/// A signing key as it is kept: sealed, with the certificate that is published for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// `kid` and `x5t`: the certificate's SHA-1 thumbprint in base64url.
    pub kid: String,
    /// When it was made; the newest signs.
    pub made: Timestamp,
    /// The private key, sealed.
    pub sealed: String,
    /// The self-signed certificate, base64 of DER: `x5c`.
    pub certificate: String,
}

const PURPOSE: &str = "signing key";

impl KeyRecord {
    /// Makes a new 2048-bit key and its certificate, valid for five years from `now`.
    ///
    /// # Errors
    /// [`BadKey::Failed`].
    pub fn generate(chance: &dyn Chance, sealer: &Sealer, now: Timestamp) -> Result<Self, BadKey> {
        let private = PrivateKey::generate()?;
        let pkcs8 = private.to_pkcs8()?;
        let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(
            &rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_slice()),
            &rcgen::PKCS_RSA_SHA256,
        )
        .map_err(|_| BadKey::Failed)?;
        let mut params = rcgen::CertificateParams::default();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "accounts.accesscontrol.windows.net");
        let (year, month, day) = calendar(now);
        params.not_before = rcgen::date_time_ymd(year, month, day);
        params.not_after = rcgen::date_time_ymd(year + 5, month, day.min(28));
        let der = params
            .self_signed(&pair)
            .map_err(|_| BadKey::Failed)?
            .der()
            .to_vec();
        let certificate = Certificate::read(&der).map_err(|_| BadKey::Failed)?;
        Ok(Self {
            kid: certificate.x5t(),
            made: now,
            sealed: sealer.seal(chance, PURPOSE, &pkcs8).map_err(|_| BadKey::Failed)?,
            certificate: STANDARD.encode(&der),
        })
    }
}

/// Year, month and day of a moment, for certificates.
fn calendar(moment: Timestamp) -> (i32, u8, u8) {
    let text = moment.rfc3339_seconds();
    let mut parts = text.split(['-', 'T']);
    let year = parts.next().and_then(|y| y.parse().ok()).unwrap_or(2026);
    let mut small = || parts.next().and_then(|p| p.parse().ok()).unwrap_or(1);
    (year, small(), small())
}

/// Why a token's signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a token.
    #[error("the token is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// Signed with something else than RS256.
    #[error("the token's algorithm is not RS256")]
    Algorithm,
    /// Signed with a key that is not published.
    #[error("the token names the key `{0}`, which is not published here")]
    UnknownKey(String),
    /// The signature does not fit the key it names.
    #[error("the signature does not fit the key the token names")]
    Signature,
    /// The claims lack what every access token has.
    #[error("the token's claims are not those of an access token: {0}")]
    Claims(String),
}

/// A token whose signature is ours. Whether it is in time, for this audience and for this tenant is for the
/// reader to judge, at each request: only "this signature is valid" can never change.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerifiedToken {
    /// What it says.
    pub claims: Presented,
}

/// What of a token's header matters here.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    alg: String,
    #[serde(default)]
    kid: String,
}

struct Key {
    kid: String,
    private: PrivateKey,
    public: ParsedPublicKey,
    /// Of v1 tokens, Dataverse's among them: with `x5t` beside `kid` (facts/identity.md 1.7).
    header: String,
    /// Of v2 tokens: without.
    header_v2: String,
    jwk: Jwk,
}

struct Ring {
    /// Newest first.
    keys: Vec<Arc<Key>>,
    /// The key set as it is published; it changes only with the keys.
    document: Bytes,
}

/// Signing keys in memory. Cheap to share; replaced as a whole when keys roll.
pub struct Keyring {
    ring: RwLock<Ring>,
    verified: RwLock<Cache>,
}

impl Keyring {
    /// Opens the keys that were kept. There must be at least one.
    ///
    /// # Errors
    /// [`BadSeal`] when the seal key is not the one they were sealed with.
    pub fn open(sealer: &Sealer, records: &[KeyRecord]) -> Result<Self, BadSeal> {
        let ring = Ring::open(sealer, records)?;
        Ok(Self {
            ring: RwLock::new(ring),
            verified: RwLock::default(),
        })
    }

    /// Takes the keys that are kept now; what earlier keys vouched for is forgotten.
    ///
    /// # Errors
    /// As [`Keyring::open`]; the keys in use stay.
    pub fn reopen(&self, sealer: &Sealer, records: &[KeyRecord]) -> Result<(), BadSeal> {
        let ring = Ring::open(sealer, records)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        *self.verified.write().unwrap_or_else(PoisonError::into_inner) = Cache::default();
        Ok(())
    }

    /// Signs the claims of a v1 token with the newest key.
    ///
    /// # Errors
    /// [`BadKey::Failed`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, BadKey> {
        let newest = self.newest()?;
        sign_encoded(&newest.private, Algorithm::Rs256, &newest.header, claims)
    }

    /// The same for a v2 token.
    ///
    /// # Errors
    /// [`BadKey::Failed`].
    pub fn sign_v2(&self, claims: &impl Serialize) -> Result<String, BadKey> {
        let newest = self.newest()?;
        sign_encoded(&newest.private, Algorithm::Rs256, &newest.header_v2, claims)
    }

    fn newest(&self) -> Result<Arc<Key>, BadKey> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.keys.first().cloned().ok_or(BadKey::Failed)
    }

    /// The public half of every key, newest first.
    pub fn published(&self) -> Vec<Jwk> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.keys.iter().map(|key| key.jwk.clone()).collect()
    }

    /// The same as a document: a JSON web key set (RFC 7517 5), written once when the keys were opened.
    pub fn key_set(&self) -> Bytes {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.document.clone()
    }

    /// Checks the signature, from memory when the same token was checked before.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(&self, token: &str) -> Result<Arc<VerifiedToken>, VerifyError> {
        let read = Compact::split(token)?;
        let signed = digest(&SHA256, read.signed().as_bytes());
        let signature = read.encoded(3);
        let known = self
            .verified
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&signed, signature);
        if let Some(known) = known {
            return Ok(known);
        }
        self.key_of(&read)?
            .public
            .verify_digest_sig(&signed, &read.part(3)?)
            .map_err(|_| VerifyError::Signature)?;
        // As one text: letters are looked at once, and not again for each string in it.
        let claims = String::from_utf8(read.part(2)?).map_err(|e| VerifyError::Claims(e.to_string()))?;
        let claims: Presented =
            serde_json::from_str(&claims).map_err(|e| VerifyError::Claims(e.to_string()))?;
        let token = Arc::new(VerifiedToken { claims });
        self.verified
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .put(&signed, signature, token.clone());
        Ok(token)
    }

    /// The key that a token names. Ours all begin with the very text the key would write.
    fn key_of(&self, token: &Compact<'_>) -> Result<Arc<Key>, VerifyError> {
        let find = |is: &dyn Fn(&Key) -> bool| {
            let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
            ring.keys.iter().find(|key| is(key)).cloned()
        };
        if let Some(key) = find(&|key| key.header == token.encoded(1)) {
            return Ok(key);
        }
        let header: Header = serde_json::from_slice(&token.part(1)?)
            .map_err(|_| VerifyError::Malformed(Malformed::Json(1)))?;
        if header.alg != Algorithm::Rs256.name() {
            return Err(VerifyError::Algorithm);
        }
        let kid = header.kid.trim_end_matches('=');
        find(&|key| key.kid == kid).ok_or_else(|| VerifyError::UnknownKey(kid.to_owned()))
    }
}

impl Ring {
    fn open(sealer: &Sealer, records: &[KeyRecord]) -> Result<Self, BadSeal> {
        let mut records: Vec<_> = records.iter().collect();
        records.sort_by(|a, b| b.made.cmp(&a.made).then_with(|| a.kid.cmp(&b.kid)));
        let open = |record: &&KeyRecord| {
            let private = PrivateKey::from_pkcs8(&sealer.open(PURPOSE, &record.sealed)?)
                .map_err(|_| BadSeal::Broken)?;
            let (n, e) = private.public_parts();
            let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, private.public_der())
                .map_err(|_| BadSeal::Broken)?;
            let header =
                serde_json::json!({"typ": "JWT", "alg": "RS256", "x5t": record.kid, "kid": record.kid});
            let header_v2 = serde_json::json!({"typ": "JWT", "alg": "RS256", "kid": record.kid});
            let jwk = Jwk {
                kty: "RSA".into(),
                usage: Some("sig".into()),
                kid: Some(record.kid.clone()),
                x5t: Some(record.kid.clone()),
                n: Some(URL_SAFE_NO_PAD.encode(n)),
                e: Some(URL_SAFE_NO_PAD.encode(e).into()),
                x5c: vec![record.certificate.clone()],
                cloud_instance_name: None,
                issuer: None,
            };
            let encoded = |header: serde_json::Value| URL_SAFE_NO_PAD.encode(header.to_string());
            Ok(Arc::new(Key {
                kid: record.kid.clone(),
                private,
                public,
                header: encoded(header),
                header_v2: encoded(header_v2),
                jwk,
            }))
        };
        let keys: Vec<Arc<Key>> = records.iter().map(open).collect::<Result<_, BadSeal>>()?;
        let published = Jwks {
            keys: keys.iter().map(|key| key.jwk.clone()).collect(),
        };
        let document = serde_json::to_vec(&published).map_err(|_| BadSeal::Broken)?;
        Ok(Self {
            keys,
            document: document.into(),
        })
    }
}

/// Verified tokens by the digest of what was signed, each with its signature: only both together were verified.
/// In two generations: when the young one is full it becomes the old one, so the memory is bounded and what is in
/// use stays.
#[derive(Default)]
struct Cache {
    young: Generation,
    old: Generation,
}

type Generation = HashMap<[u8; SHA256_OUTPUT_LEN], (Box<str>, Arc<VerifiedToken>)>;

/// Few enough that what is kept stays in a processor's cache beside everything else.
const GENERATION: usize = 256;

impl Cache {
    fn get(&self, signed: &Digest, signature: &str) -> Option<Arc<VerifiedToken>> {
        let signed = signed.as_ref();
        let (known, token) = self.young.get(signed).or_else(|| self.old.get(signed))?;
        (**known == *signature).then(|| token.clone())
    }

    fn put(&mut self, signed: &Digest, signature: &str, token: Arc<VerifiedToken>) {
        let Ok(signed) = signed.as_ref().try_into() else {
            return;
        };
        if self.young.len() >= GENERATION {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(signed, (signature.into(), token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{ObjectId, SystemChance, TenantId, Uuid};

    fn claims(sub: &str) -> serde_json::Value {
        serde_json::json!({
            "aud": "https://contoso.crm4.dynamics.com/", "iss": "https://sts.windows.net/", "iat": 1, "nbf": 1, "exp": 2,
            "oid": ObjectId::new(Uuid::from_u128(1)), "tid": TenantId::new(Uuid::from_u128(2)), "sub": sub,
            "uti": "u", "ver": "1.0",
        })
    }

    fn key(sealer: &Sealer, second: i64) -> KeyRecord {
        KeyRecord::generate(&SystemChance, sealer, Timestamp::from_seconds(second)).unwrap()
    }

    #[test]
    fn what_is_published_and_believed_follows_the_keys() {
        let sealer = Sealer::new(&[7; 32]);
        let (first, second) = (key(&sealer, 1), key(&sealer, 2));
        let ring = Keyring::open(&sealer, std::slice::from_ref(&first)).unwrap();
        let token = ring.sign(&claims("one")).unwrap();
        for _ in 0..2 {
            assert_eq!(ring.verify(&token).unwrap().claims.sub, "one");
        }
        let published = |ring: &Keyring| -> Vec<String> {
            let set: Jwks = serde_json::from_slice(&ring.key_set()).unwrap();
            assert_eq!(set.keys, ring.published());
            set.keys.into_iter().filter_map(|key| key.kid).collect()
        };
        assert_eq!(published(&ring).as_slice(), std::slice::from_ref(&first.kid));
        ring.reopen(&sealer, &[first.clone(), second.clone()]).unwrap();
        assert_eq!(published(&ring), [second.kid.clone(), first.kid.clone()]);
        assert_eq!(ring.verify(&token).unwrap().claims.sub, "one");
        ring.reopen(&sealer, std::slice::from_ref(&second)).unwrap();
        assert_eq!(
            ring.verify(&token).unwrap_err(),
            VerifyError::UnknownKey(first.kid)
        );
    }

    #[test]
    fn each_way_not_to_be_a_token_of_ours_has_its_name() {
        let sealer = Sealer::new(&[7; 32]);
        let ring = Keyring::open(&sealer, &[key(&sealer, 1)]).unwrap();
        let token = ring.sign(&claims("one")).unwrap();
        let [header, body, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let other = URL_SAFE_NO_PAD.encode(claims("two").to_string());
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let refused = |token: &str| ring.verify(token).unwrap_err();
        assert_eq!(
            refused(&format!("{header}.{other}.{signature}")),
            VerifyError::Signature
        );
        assert_eq!(refused(&format!("{none}.{body}.")), VerifyError::Algorithm);
        assert_eq!(refused("e30"), Malformed::Parts.into());
        assert_eq!(
            refused(&format!("IjEi.{body}.{signature}")),
            Malformed::Json(1).into()
        );
        assert_eq!(
            refused(&format!("{header}.{body}.!")),
            Malformed::Encoding(3).into()
        );
        // Remembered or not, it is the signature that counts.
        let good = ring.verify(&token).unwrap();
        let another = ring.sign(&claims("three")).unwrap();
        let another = another.rsplit('.').next().unwrap();
        assert_eq!(
            refused(&format!("{header}.{body}.{another}")),
            VerifyError::Signature
        );
        assert!(Arc::ptr_eq(&ring.verify(&token).unwrap(), &good));
        let poor = ring.sign(&serde_json::json!({"aud": "x"})).unwrap();
        assert!(matches!(refused(&poor), VerifyError::Claims(_)));
    }
}
