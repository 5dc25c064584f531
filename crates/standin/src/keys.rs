//! The issuer's signing keys: opened at the start, rolled on request.

use std::sync::Arc;

use crypt::{KeyRecord, Keyring, Sealer};
use store::{Record, Store};
use types::{Chance, Timestamp};

use crate::seal::{Keep, KeepError};

const KIND: &str = "signing-key";

/// The keys of the process, and what is needed to add one.
#[derive(Clone)]
pub struct Keys {
    /// Signs and verifies.
    pub ring: Arc<Keyring>,
    /// Seals at rest.
    pub sealer: Arc<Sealer>,
}

impl Keys {
    pub(crate) async fn open(
        keep: &Keep<'_>,
        sealer: Arc<Sealer>,
        chance: Arc<dyn Chance>,
        now: Timestamp,
    ) -> Result<Self, KeepError> {
        let seals = sealer.clone();
        let make = move || {
            let key = generate(&*chance, &seals, now)?;
            Ok((key.kid.clone(), key))
        };
        let opens = sealer.clone();
        let fits = move |key: &KeyRecord| Keyring::open(&opens, std::slice::from_ref(key)).is_ok();
        let records = keep.all(KIND, make, fits).await?;
        let ring = Keyring::open(&sealer, &records).map_err(|source| KeepError::Sealed {
            what: "the signing key",
            source,
        })?;
        Ok(Self {
            ring: Arc::new(ring),
            sealer,
        })
    }

    /// Makes a new key that signs from now on. Earlier keys stay published, so what they signed stays good.
    /// Returns the new key's id.
    ///
    /// # Errors
    /// [`KeepError`]; the keys in use stay.
    pub async fn roll(
        &self,
        store: &Store,
        chance: Arc<dyn Chance>,
        now: Timestamp,
    ) -> Result<String, KeepError> {
        let sealer = self.sealer.clone();
        let made = tokio::task::spawn_blocking(move || generate(&*chance, &sealer, now)).await;
        let key = made.map_err(|error| KeepError::Make("a signing key", error.to_string()))??;
        store
            .put_global(Record::new(KIND, &key.kid, &key)?, false)
            .await?;
        self.reopen(store).await?;
        Ok(key.kid)
    }

    /// Takes the keys that are kept now.
    async fn reopen(&self, store: &Store) -> Result<(), KeepError> {
        let records = kept(store).await?;
        self.ring
            .reopen(&self.sealer, &records)
            .map_err(|source| KeepError::Sealed {
                what: "the signing key",
                source,
            })
    }

    /// Takes up a key that another node has made; verified tokens are forgotten only then.
    ///
    /// # Errors
    /// [`KeepError`]; the keys in use stay.
    pub async fn reopen_changed(&self, store: &Store) -> Result<(), KeepError> {
        let published: Vec<_> = self
            .ring
            .published()
            .into_iter()
            .filter_map(|key| key.kid)
            .collect();
        let records = kept(store).await?;
        if records.len() == published.len() && records.iter().all(|record| published.contains(&record.kid)) {
            return Ok(());
        }
        self.reopen(store).await
    }
}

async fn kept(store: &Store) -> Result<Vec<KeyRecord>, KeepError> {
    Ok(store
        .global(KIND)
        .await?
        .iter()
        .map(Record::read)
        .collect::<Result<_, _>>()?)
}

fn generate(chance: &dyn Chance, sealer: &Sealer, now: Timestamp) -> Result<KeyRecord, KeepError> {
    KeyRecord::generate(chance, sealer, now)
        .map_err(|error| KeepError::Make("a signing key", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Location;
    use tempfile::tempdir;
    use types::SystemChance;

    #[tokio::test]
    async fn a_rolled_key_signs_and_the_earlier_one_stays_published() {
        let scratch = tempdir().unwrap();
        let store = Store::open(&Location::Memory).await.unwrap();
        let keep = Keep {
            store: &store,
            directory: Some(scratch.path()),
        };
        let sealer = Arc::new(Sealer::new(&[7; 32]));
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let now = Timestamp::from_seconds(1_700_000_000);
        let keys = Keys::open(&keep, sealer, chance.clone(), now).await.unwrap();
        let first = keys.ring.published()[0].kid.clone().unwrap();
        let second = keys
            .roll(&store, chance, Timestamp::from_seconds(1_700_000_001))
            .await
            .unwrap();
        let published: Vec<_> = keys
            .ring
            .published()
            .into_iter()
            .filter_map(|key| key.kid)
            .collect();
        assert_eq!(published, [second, first]);
    }
}
