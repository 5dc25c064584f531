//! The key that seals secrets at rest, and things that are made once and then kept.
//!
//! Signing keys and the demo's client certificate take a tenth of a second each to make: too long for every
//! start. They are kept with the state; of a stand-in in memory, in the state directory.

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypt::Sealer;
use serde::{Serialize, de::DeserializeOwned};
use store::{Record, Store, StoreError};
use types::{Chance, Secret};

use crate::files::{self, BadFile, Turn};

/// What seals and keeps cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A file of the state directory.
    #[error(transparent)]
    File(#[from] BadFile),
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The seal key is not 32 bytes in base64.
    #[error(
        "{0} does not hold a seal key (32 bytes in base64, 44 characters); restore it, or make one with `openssl rand -base64 32`"
    )]
    BadKey(String),
    /// Nodes that share a database must share the key.
    #[error(
        "with --database the seal key must be given: set KEYWAY_SEAL_KEY to the same 32 bytes in base64 on every node (make one with `openssl rand -base64 32`)"
    )]
    NoKey,
    /// Sealed with another key.
    #[error(
        "{what} cannot be unsealed: {source}; give the seal key that the state was made with, or start with new state"
    )]
    Sealed {
        /// What was to be opened.
        what: &'static str,
        /// Why not.
        #[source]
        source: crypt::BadSeal,
    },
    /// The crypto library refused to make something.
    #[error("{0} could not be made: {1}; try again")]
    Make(&'static str, String),
}

/// Where the seal key comes from.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    /// From the environment.
    Given(Secret),
    /// From this file, made when it is not there.
    File(PathBuf),
}

/// The sealer. Two processes that start at once in a new directory agree on one key.
pub(crate) fn sealer(source: &KeySource, chance: &dyn Chance) -> Result<Sealer, KeepError> {
    let (text, from) = match source {
        KeySource::Given(text) => (text.clone(), "KEYWAY_SEAL_KEY".to_owned()),
        KeySource::File(path) => (key_file(path, chance)?, path.display().to_string()),
    };
    let bytes = STANDARD
        .decode(text.expose().trim())
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(|key| Sealer::new(&key)).ok_or(KeepError::BadKey(from))
}

fn key_file(path: &Path, chance: &dyn Chance) -> Result<Secret, KeepError> {
    if let Some(found) = files::read(path)? {
        return Ok(Secret::new(String::from_utf8_lossy(&found)));
    }
    let _turn = Turn::wait(path.parent().unwrap_or(Path::new(".")))?;
    if let Some(found) = files::read(path)? {
        return Ok(Secret::new(String::from_utf8_lossy(&found)));
    }
    let mut key = [0; 32];
    chance.fill(&mut key);
    let text = Secret::new(STANDARD.encode(key));
    files::write_private(path, text.expose().as_bytes())?;
    Ok(text)
}

/// Keeps documents that every node shares.
pub(crate) struct Keep<'a> {
    pub(crate) store: &'a Store,
    /// Where a stand-in in memory keeps them between two lives; nowhere when the state itself lasts.
    pub(crate) directory: Option<&'a Path>,
}

impl Keep<'_> {
    /// The documents of a kind. When there is none, `make` makes the first; `fits` says whether one found in
    /// the state directory can still be used.
    pub(crate) async fn all<T>(
        &self,
        kind: &str,
        make: impl FnOnce() -> Result<(String, T), KeepError> + Send + 'static,
        fits: impl FnOnce(&T) -> bool,
    ) -> Result<Vec<T>, KeepError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let known = self.store.global(kind).await?;
        if !known.is_empty() {
            return Ok(known.iter().map(Record::read).collect::<Result<_, _>>()?);
        }
        let file = self
            .directory
            .map(|directory| directory.join(format!("{kind}.json")));
        let found = match &file {
            Some(file) => files::read(file)?,
            None => None,
        };
        let found: Option<(String, T)> = found.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (id, document) = match found.filter(|(_, document)| fits(document)) {
            Some(found) => found,
            None => {
                let made = tokio::task::spawn_blocking(make).await;
                let made = made.map_err(|error| KeepError::Make("a key", error.to_string()))??;
                if let Some(file) = &file {
                    let text = serde_json::to_vec(&made)
                        .map_err(|source| StoreError::record(kind, &made.0, source))?;
                    files::write_private(file, &text)?;
                }
                made
            }
        };
        // Of many nodes that start at once, exactly one's document counts.
        self.store
            .put_global(Record::new(kind, id, &document)?, true)
            .await?;
        let all = self.store.global(kind).await?;
        Ok(all.iter().map(Record::read).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Location;
    use tempfile::tempdir;
    use types::SystemChance;

    #[test]
    fn the_key_file_is_made_once_and_a_broken_one_is_named() {
        let scratch = tempdir().unwrap();
        let file = KeySource::File(scratch.path().join("seal.key"));
        let sealed = sealer(&file, &SystemChance)
            .unwrap()
            .seal(&SystemChance, "p", b"x")
            .unwrap();
        assert_eq!(
            sealer(&file, &SystemChance).unwrap().open("p", &sealed).unwrap(),
            b"x"
        );
        std::fs::write(scratch.path().join("seal.key"), "short").unwrap();
        let error = sealer(&file, &SystemChance).err().unwrap().to_string();
        assert!(error.contains("seal.key"), "{error}");
        let given = KeySource::Given(Secret::new("canary"));
        let error = sealer(&given, &SystemChance).err().unwrap().to_string();
        assert!(
            error.contains("KEYWAY_SEAL_KEY") && !error.contains("canary"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn made_at_the_first_start_and_found_at_the_second() {
        let scratch = tempdir().unwrap();
        let make = |what: &str| {
            let what = what.to_owned();
            move || Ok(("one".to_owned(), what))
        };
        for (made, fits, expected) in [("a", true, "a"), ("b", true, "a"), ("c", false, "c")] {
            let store = Store::open(&Location::Memory).await.unwrap();
            let keep = Keep {
                store: &store,
                directory: Some(scratch.path()),
            };
            let got = keep.all("thing", make(made), |_: &String| fits).await.unwrap();
            assert_eq!(got, [expected]);
            let again = keep.all("thing", make("never"), |_| true).await.unwrap();
            assert_eq!(again, [expected]);
        }
    }
}
