//! Passwords as they are kept, and smart lockout.

use std::time::Duration;

use crypt::{BadSeal, Hasher, HasherBusy, PasswordHash, Sealer};
use serde::{Deserialize, Serialize};
use types::{Chance, Secret, Timestamp};

use crate::{Account, Lockout, LockoutPolicy};

const PURPOSE: &str = "password";

/// How a password is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stored {
    /// Sealed, because the world file gave it and nobody has needed its hash yet. A world of a thousand
    /// users starts without a thousand hashes.
    Sealed(String),
    /// Its Argon2id hash.
    Hash(PasswordHash),
}

/// A password and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// The password itself.
    pub stored: Stored,
    /// When it was last changed.
    pub changed: Timestamp,
    /// It is temporary or has expired: it must be changed at the next interactive sign-in.
    #[serde(default)]
    pub must_change: bool,
    /// It has expired in the on-premises directory it is synchronized from.
    #[serde(default)]
    pub expired_on_premises: bool,
}

impl Password {
    /// Seals `plain` until its hash is needed.
    ///
    /// # Errors
    /// [`BadSeal`].
    pub fn seal(
        plain: &Secret,
        sealer: &Sealer,
        chance: &dyn Chance,
        now: Timestamp,
    ) -> Result<Self, BadSeal> {
        let sealed = sealer.seal(chance, PURPOSE, plain.expose().as_bytes())?;
        Ok(Self {
            stored: Stored::Sealed(sealed),
            changed: now,
            must_change: false,
            expired_on_premises: false,
        })
    }

    /// The hash to compare with. Made now when there is none yet: the second value says so.
    pub(crate) async fn hash(
        &self,
        sealer: &Sealer,
        hasher: &Hasher,
        chance: &dyn Chance,
    ) -> Result<(PasswordHash, bool), HasherBusy> {
        match &self.stored {
            Stored::Hash(hash) => Ok((hash.clone(), false)),
            Stored::Sealed(sealed) => {
                let plain = sealer.open_text(PURPOSE, sealed).map_err(|_| HasherBusy)?;
                Ok((hasher.hash(chance, &plain).await?, true))
            }
        }
    }
}

impl Lockout {
    /// Whether sign-in is refused whatever the password.
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// What it is after one more wrong password, known by its digest. The lock lasts longer on each repeat,
    /// and the first failure after a lock has passed locks again.
    #[must_use]
    pub fn after_failure(&self, wrong: &str, policy: LockoutPolicy, now: Timestamp) -> Self {
        if self.recent.iter().any(|known| known == wrong) {
            return self.clone();
        }
        let mut next = self.clone();
        next.recent.insert(0, wrong.to_owned());
        next.recent.truncate(3);
        next.failures = next.failures.saturating_add(1);
        if next.failures >= policy.threshold {
            let seconds = policy.seconds.saturating_mul(1 << next.locks.min(10));
            next.until = Some(now + Duration::from_secs(seconds));
            next.locks = next.locks.saturating_add(1);
        }
        next
    }
}

impl Account {
    /// Changes the password: earlier grants are revoked and lockout forgets (facts/identity.md 4.3).
    pub fn set_password(&mut self, password: Password) {
        self.tokens_valid_from = Some(password.changed);
        self.password = Some(password);
        self.lockout = Lockout::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: LockoutPolicy = LockoutPolicy {
        threshold: 3,
        seconds: 60,
    };

    #[test]
    fn different_wrong_passwords_lock_and_the_same_one_does_not() {
        let now = Timestamp::from_seconds(1000);
        let mut lockout = Lockout::default();
        for _ in 0..20 {
            lockout = lockout.after_failure("same", POLICY, now);
        }
        assert!(!lockout.is_locked(now));
        lockout = lockout
            .after_failure("b", POLICY, now)
            .after_failure("c", POLICY, now);
        assert!(lockout.is_locked(now + Duration::from_secs(59)));
        assert!(!lockout.is_locked(now + Duration::from_secs(60)));
    }

    #[test]
    fn the_first_failure_after_a_lock_locks_again_for_longer() {
        let now = Timestamp::from_seconds(1000);
        let locked = ["a", "b", "c"]
            .iter()
            .fold(Lockout::default(), |l, w| l.after_failure(w, POLICY, now));
        let later = now + Duration::from_secs(61);
        let again = locked.after_failure("d", POLICY, later);
        assert!(again.is_locked(later + Duration::from_secs(119)));
        assert!(!again.is_locked(later + Duration::from_secs(120)));
    }
}
