//! Passwords: Argon2id on a blocking pool, one at a time per core.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use types::{Chance, Secret};

/// OWASP's first recommendation: 19 MiB, two passes, one lane (facts/performance.md counts 66–74 a second a core).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Blocks of 1 KiB that are asked for at once, of which only [`MEMORY_KIB`] are ever touched. An allocator that keeps
/// what is freed, as glibc does up to 32 MiB and for each thread, gives a piece as large as this back to the system.
const RESERVED_BLOCKS: usize = 33 * 1024;

/// The hash could not be computed because the pool is shutting down or memory ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be checked: no memory or the process is stopping; try again")]
pub struct HasherBusy;

/// An Argon2id hash with its salt, as `salt$hash` in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// Hashes passwords. Clones share the permits and the memory.
#[derive(Clone)]
pub struct Hasher(Arc<Shared>);

struct Shared {
    permits: Semaphore,
    /// How many hash or wait to.
    asked: AtomicUsize,
    /// Memory for whoever waits: to get it anew from the system takes a good part of the time of a hash. When
    /// nobody waits, it is given back.
    spare: Mutex<Vec<Vec<Block>>>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

impl Hasher {
    /// As many at once as there are cores: each takes 19 MiB, and more would only wait for each other.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Shared {
            permits: Semaphore::new(cores),
            asked: AtomicUsize::new(0),
            spare: Mutex::default(),
        }))
    }

    /// Hashes a password under a fresh salt.
    ///
    /// # Errors
    /// [`HasherBusy`].
    pub async fn hash(&self, chance: &dyn Chance, password: &Secret) -> Result<PasswordHash, HasherBusy> {
        let mut salt = [0; 16];
        chance.fill(&mut salt);
        let hash = self.compute(password.clone(), salt.to_vec()).await?;
        Ok(PasswordHash(format!(
            "{}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash)
        )))
    }

    /// Whether `password` is the one behind `hash`.
    ///
    /// # Errors
    /// [`HasherBusy`]. A hash that cannot be read matches nothing.
    pub async fn verify(&self, password: &Secret, hash: &PasswordHash) -> Result<bool, HasherBusy> {
        let parts = hash.0.split_once('$').and_then(|(salt, hash)| {
            Some((
                STANDARD_NO_PAD.decode(salt).ok()?,
                STANDARD_NO_PAD.decode(hash).ok()?,
            ))
        });
        let Some((salt, expected)) = parts else {
            return Ok(false);
        };
        let computed = self.compute(password.clone(), salt).await?;
        Ok(subtle::ConstantTimeEq::ct_eq(computed.as_slice(), expected.as_slice()).into())
    }

    async fn compute(&self, password: Secret, salt: Vec<u8>) -> Result<[u8; 32], HasherBusy> {
        let asked = Asked::new(self.0.clone());
        let _permit = self.0.permits.acquire().await.map_err(|_| HasherBusy)?;
        let hash = tokio::task::spawn_blocking(move || {
            let mut memory = asked.0.spare().pop().unwrap_or_default();
            let hash = argon2id(password.expose().as_bytes(), &salt, &mut memory);
            asked.0.spare().push(memory);
            hash
        });
        hash.await.map_err(|_| HasherBusy)?
    }
}

/// The hash itself. Not part of the future above: a future is compiled where it is awaited, in a crate that may be
/// compiled for size, and this must be quick.
fn argon2id(password: &[u8], salt: &[u8], memory: &mut Vec<Block>) -> Result<[u8; 32], HasherBusy> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| HasherBusy)?;
    memory.reserve_exact(RESERVED_BLOCKS.saturating_sub(memory.len()));
    memory.resize(params.block_count(), Block::new());
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut hash, memory)
        .map_err(|_| HasherBusy)?;
    Ok(hash)
}

impl Shared {
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who hashes or waits to; the last one to leave gives the memory back.
struct Asked(Arc<Shared>);

impl Asked {
    fn new(shared: Arc<Shared>) -> Self {
        shared.asked.fetch_add(1, Ordering::AcqRel);
        Self(shared)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.0.asked.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.spare().clear();
        }
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::SystemChance;

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let hasher = Hasher::new();
        let hash = hasher
            .hash(&SystemChance, &Secret::new("Pa55word!"))
            .await
            .unwrap();
        assert_eq!(hasher.verify(&Secret::new("Pa55word!"), &hash).await, Ok(true));
        assert_eq!(hasher.verify(&Secret::new("Pa55word"), &hash).await, Ok(false));
        assert!(hasher.0.spare().is_empty(), "nobody waits, so nothing is kept");
        assert_eq!(
            hasher
                .verify(&Secret::new(""), &PasswordHash("junk".into()))
                .await,
            Ok(false)
        );
    }

    #[tokio::test]
    async fn memory_used_before_does_not_change_a_hash() {
        let hasher = Hasher::new();
        let waiting = Asked::new(hasher.0.clone());
        let (password, other) = (Secret::new("Pa55word!"), Secret::new("another one"));
        let hash = hasher.hash(&SystemChance, &password).await.unwrap();
        assert_eq!(hasher.0.spare().len(), 1);
        assert_eq!(hasher.verify(&other, &hash).await, Ok(false));
        assert_eq!(hasher.verify(&password, &hash).await, Ok(true));
        assert_eq!(hasher.0.spare().len(), 1, "one permit at a time was used");
        drop(waiting);
        assert_eq!(Hasher::new().verify(&password, &hash).await, Ok(true));
    }
}
