//! A certificate in place of a secret: private_key_jwt (RFC 7523; facts/identity.md 2.6).

use crypt::{
    Certificate,
    jwt::{Algorithm, PrivateKey, sign},
};
use serde_json::json;
use types::{Chance, Secret, Timestamp};

use crate::preflight::Mistake;

/// `client_assertion_type`.
pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Lifetime of an assertion in seconds, as every observed library has it.
const LIFETIME: i64 = 600;

/// An RSA key and the certificate that was uploaded to the app registration.
pub struct CertificateKey {
    key: PrivateKey,
    certificate: Certificate,
    algorithm: Algorithm,
}

impl CertificateKey {
    /// Reads both from PEM; they may stand in one file. Signs with PS256, as Entra documents, or with RS256
    /// where `rs256` asks for it (AD FS, old proxies).
    pub fn from_pem(key: &[u8], certificate: &[u8], rs256: bool) -> Result<Self, Mistake> {
        let bad = |error: &dyn std::fmt::Display| Mistake::Certificate(error.to_string());
        let key = PrivateKey::from_pem(key).map_err(|error| bad(&error))?;
        let certificate = Certificate::read(certificate).map_err(|error| bad(&error))?;
        // RSAPublicKey stands, byte for byte, at the end of the certificate's SubjectPublicKeyInfo.
        if !certificate.public_key().ends_with(&key.public_der())
            && certificate.public_key() != key.public_der()
        {
            return Err(Mistake::Certificate(
                "the private key belongs to another certificate".into(),
            ));
        }
        let algorithm = if rs256 { Algorithm::Rs256 } else { Algorithm::Ps256 };
        Ok(Self {
            key,
            certificate,
            algorithm,
        })
    }

    /// The thumbprint as the portal shows it.
    pub fn thumbprint(&self) -> String {
        self.certificate.thumbprint()
    }

    /// Signs who this is for one endpoint.
    pub(crate) fn assertion(
        &self,
        client_id: &str,
        endpoint: &str,
        now: Timestamp,
        chance: &dyn Chance,
    ) -> Result<Secret, Mistake> {
        let (from, to) = self.certificate.validity();
        if now < from || now > to {
            let when = if now < from {
                format!("it is valid from {from}")
            } else {
                format!("it expired at {to}")
            };
            return Err(Mistake::Certificate(when));
        }
        // The SHA-1 thumbprint serves verifiers that know only that one.
        let header = json!({
            "alg": self.algorithm.name(),
            "typ": "JWT",
            "x5t#S256": self.certificate.x5t_s256(),
            "x5t": self.certificate.x5t(),
        });
        let claims = json!({
            "aud": endpoint,
            "iss": client_id,
            "sub": client_id,
            "jti": chance.uuid().to_string(),
            "nbf": now.seconds(),
            "iat": now.seconds(),
            "exp": now.seconds() + LIFETIME,
        });
        let signed = sign(&self.key, self.algorithm, &header, &claims);
        signed
            .map(Secret::new)
            .map_err(|error| Mistake::Certificate(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypt::jwt::Unverified;
    use types::SeededChance;

    const NOW: Timestamp = Timestamp::from_seconds(1_714_558_830);

    fn pair() -> (String, String) {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        (key.serialize_pem(), params.self_signed(&key).unwrap().pem())
    }

    #[test]
    fn the_assertion_says_who_for_whom_and_how_long() {
        let (key, certificate) = pair();
        for rs256 in [false, true] {
            let pair = CertificateKey::from_pem(key.as_bytes(), certificate.as_bytes(), rs256).unwrap();
            let made = pair
                .assertion("client", "https://login/token", NOW, &SeededChance::new(1))
                .unwrap();
            let read = Unverified::read(made.expose()).unwrap();
            assert!(read.signed_by(&pair.key.public_der()));
            assert_eq!(read.header["alg"], if rs256 { "RS256" } else { "PS256" });
            assert_eq!(read.header["x5t#S256"], pair.certificate.x5t_s256());
            let claims = &read.claims;
            assert_eq!(
                (&claims["iss"], &claims["aud"]),
                (&claims["sub"], &json!("https://login/token"))
            );
            assert_eq!(claims["exp"], NOW.seconds() + 600);
        }
    }

    #[test]
    fn what_cannot_work_is_not_sent() {
        let (key, certificate) = pair();
        let (other, _) = pair();
        let read = |key: &str, certificate: &str| {
            CertificateKey::from_pem(key.as_bytes(), certificate.as_bytes(), false)
        };
        assert!(
            matches!(read(&other, &certificate), Err(Mistake::Certificate(why)) if why.contains("another"))
        );
        assert!(read("nothing", &certificate).is_err() && read(&key, "nothing").is_err());
        let pair = read(&key, &certificate).unwrap();
        let late = Timestamp::parse_rfc3339("2031-01-01T00:00:00Z").unwrap();
        let error = pair.assertion("c", "e", late, &SeededChance::new(1)).unwrap_err();
        assert!(error.to_string().contains("expired at 2030-01-01"), "{error}");
    }
}
