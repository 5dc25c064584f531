//! Sealing at rest: AES-256-GCM under a named key, so that keys can be changed without reading everything anew.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use types::{Chance, Secret};

/// Why something could not be unsealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// The text is not of the form `v1.<key id>.<nonce and box>`.
    #[error("this is not a sealed value")]
    Form,
    /// Sealed with a key that is not here.
    #[error("sealed with key `{0}`, which is not here; restore that key or make the value anew")]
    UnknownKey(String),
    /// The wrong key under the right name, the wrong purpose, or a changed value.
    #[error("the sealed value was changed, or was sealed for something else")]
    Broken,
}

/// Seals and unseals with a current key; earlier keys still open what they sealed.
pub struct Sealer {
    /// The first seals; all open.
    keys: Vec<(String, LessSafeKey)>,
}

impl Sealer {
    /// A sealer with one key of 32 bytes. The id is derived from the key, so that two machines agree on it.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            keys: vec![Self::named(key)],
        }
    }

    /// Adds a key that only opens.
    #[must_use]
    pub fn also_opening(mut self, key: &[u8; 32]) -> Self {
        self.keys.push(Self::named(key));
        self
    }

    #[expect(
        clippy::expect_used,
        reason = "the length of the array is the length AES-256 takes"
    )]
    fn named(key: &[u8; 32]) -> (String, LessSafeKey) {
        let id = URL_SAFE_NO_PAD.encode(&crate::sha256(&[b"keyway key id", key.as_slice()].concat())[..6]);
        (
            id,
            LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes")),
        )
    }

    /// Seals `plain` for `purpose`; it opens for no other purpose.
    ///
    /// # Errors
    /// [`BadSeal::Broken`] when the cipher refuses (more than 64 GiB at once).
    pub fn seal(&self, chance: &dyn Chance, purpose: &str, plain: &[u8]) -> Result<String, BadSeal> {
        let (id, key) = self.keys.first().ok_or(BadSeal::Form)?;
        let mut nonce = [0; 12];
        chance.fill(&mut nonce);
        let mut sealed = plain.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(purpose),
            &mut sealed,
        )
        .map_err(|_| BadSeal::Broken)?;
        Ok(format!(
            "v1.{id}.{}",
            URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
        ))
    }

    /// Opens what [`Sealer::seal`] made for the same purpose.
    ///
    /// # Errors
    /// [`BadSeal`] says which of the three it was.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, BadSeal> {
        let (id, boxed) = sealed
            .strip_prefix("v1.")
            .and_then(|s| s.split_once('.'))
            .ok_or(BadSeal::Form)?;
        let mut bytes = URL_SAFE_NO_PAD.decode(boxed).map_err(|_| BadSeal::Form)?;
        if bytes.len() < 12 + 16 {
            return Err(BadSeal::Form);
        }
        let (_, key) = self
            .keys
            .iter()
            .find(|(name, _)| name == id)
            .ok_or_else(|| BadSeal::UnknownKey(id.to_owned()))?;
        let mut body = bytes.split_off(12);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| BadSeal::Form)?;
        let plain = key
            .open_in_place(nonce, Aad::from(purpose), &mut body)
            .map_err(|_| BadSeal::Broken)?;
        Ok(plain.to_vec())
    }

    /// [`Sealer::open`] for text.
    ///
    /// # Errors
    /// As [`Sealer::open`]; text that is not UTF-8 is [`BadSeal::Broken`].
    pub fn open_text(&self, purpose: &str, sealed: &str) -> Result<Secret, BadSeal> {
        String::from_utf8(self.open(purpose, sealed)?)
            .map(Secret::new)
            .map_err(|_| BadSeal::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::SystemChance;

    #[test]
    fn opens_for_its_purpose_only() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal(&SystemChance, "password", b"canary").unwrap();
        assert!(!sealed.contains("canary"));
        assert_eq!(sealer.open("password", &sealed).unwrap(), b"canary");
        assert_eq!(sealer.open("token", &sealed), Err(BadSeal::Broken));
        assert_eq!(sealer.open("password", "v1.x"), Err(BadSeal::Form));
        let mut changed = sealed.clone();
        changed.replace_range(sealed.len() - 1.., if sealed.ends_with('A') { "B" } else { "A" });
        assert!(sealer.open("password", &changed).is_err());
    }

    #[test]
    fn an_earlier_key_still_opens() {
        let sealed = Sealer::new(&[1; 32]).seal(&SystemChance, "p", b"x").unwrap();
        assert!(matches!(
            Sealer::new(&[2; 32]).open("p", &sealed),
            Err(BadSeal::UnknownKey(_))
        ));
        assert_eq!(
            Sealer::new(&[2; 32])
                .also_opening(&[1; 32])
                .open("p", &sealed)
                .unwrap(),
            b"x"
        );
    }
}
