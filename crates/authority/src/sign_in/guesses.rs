//! Limits on guessing, beside lockout: by account, by address, and for the codes of a second factor. Only failures
//! count, so nobody who knows the password ever meets one. A tenant's setting `guess_limit` switches them off.
//!
//! They are held in this process: of several nodes, each counts what it sees.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use directory::{Located, Tenant, Where};
use store::StoreError;
use types::{TenantId, Timestamp};
use wire::{
    Call,
    aadsts::{self, Refusal},
};

use crate::{
    Service,
    stop::{Done, Stop},
};

/// How many failures at once, and how soon each is forgiven.
#[derive(Clone, Copy, Debug)]
struct Limit {
    burst: u32,
    each: Duration,
}

/// Generous beside lockout, which counts ten different passwords (facts/identity.md 4.2; these numbers are ours).
const ACCOUNT: Limit = Limit {
    burst: 50,
    each: Duration::from_secs(5),
};
/// Many people may sit behind one address.
const ADDRESS: Limit = Limit {
    burst: 200,
    each: Duration::from_secs(1),
};
/// A code has six digits, so few may be tried.
const CODE: Limit = Limit {
    burst: 5,
    each: Duration::from_secs(60),
};
/// Counted at once; beyond it, all are forgotten rather than memory spent.
const COUNTED: usize = 20_000;

/// Until when each key's failures weigh (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(crate) struct Guesses(HashMap<String, Timestamp>);

impl Guesses {
    /// Whether one more may be tried; else the seconds until then.
    fn left(&self, key: &str, limit: Limit, now: Timestamp) -> Result<(), u64> {
        let weighs = self.weight(key, limit, now);
        let most = limit.each * (limit.burst - 1);
        match weighs.checked_sub(most).filter(|over| !over.is_zero()) {
            None => Ok(()),
            Some(over) => Err(over.as_secs() + 1),
        }
    }

    /// Counts a failure.
    fn count(&mut self, key: String, limit: Limit, now: Timestamp) {
        if self.0.len() >= COUNTED {
            self.0.clear();
        }
        let weighs = self.weight(&key, limit, now);
        self.0.insert(key, now + weighs + limit.each);
    }

    /// How much failure there is; none when the clock was set back since.
    fn weight(&self, key: &str, limit: Limit, now: Timestamp) -> Duration {
        let weighs = self.0.get(key).map_or(Duration::ZERO, |until| until.since(now));
        if weighs > limit.each * (limit.burst + 1) {
            Duration::ZERO
        } else {
            weighs
        }
    }
}

fn too_many(seconds: u64, what: &str) -> Refusal {
    let why = format!("too many failures {what}; the next is looked at in {seconds} s");
    let mut refusal = Refusal::new(&aadsts::LOCKED, why);
    refusal.retry_after = Some(seconds);
    refusal
}

fn by_account(located: &Located) -> String {
    format!("account {}", located.home_account.id)
}

/// Scoped to a tenant, so that one test's guesses are not another's.
fn by_address(tenant: &str, peer: IpAddr) -> String {
    format!("address {tenant} {peer}")
}

impl Service {
    fn guesses(&self) -> MutexGuard<'_, Guesses> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another password may be tried for this account, from this address.
    pub(super) fn guesses_left(&self, call: &Call, located: &Located, now: Timestamp) -> Result<(), Refusal> {
        if !located.home.settings.guess_limit {
            return Ok(());
        }
        let guesses = self.guesses();
        let address = by_address(&located.home.id().to_string(), call.peer);
        guesses
            .left(&by_account(located), ACCOUNT, now)
            .map_err(|seconds| too_many(seconds, "for this account"))?;
        guesses
            .left(&address, ADDRESS, now)
            .map_err(|seconds| too_many(seconds, "from this address"))
    }

    /// Counts a wrong password.
    pub(super) fn guessed_wrong(&self, call: &Call, located: &Located, now: Timestamp) {
        let address = by_address(&located.home.id().to_string(), call.peer);
        let mut guesses = self.guesses();
        guesses.count(by_account(located), ACCOUNT, now);
        guesses.count(address, ADDRESS, now);
    }

    /// Looks a typed name up, whichever door it was typed at, unless too many were unknown just before. A name is looked
    /// at only then, so that the answer to one name more tells nothing.
    pub(crate) async fn look_up<T>(
        &self,
        call: &Call,
        place: &Where,
        search: impl Future<Output = Done<T>>,
    ) -> Done<T> {
        let Some((known_as, now)) = self.counts_names(place).await? else {
            return search.await;
        };
        let address = by_address(&known_as, call.peer);
        let left = self.guesses().left(&address, ADDRESS, now);
        left.map_err(|seconds| too_many(seconds, "from this address"))?;
        let found = search.await;
        if let Err(Stop::Refused(refusal)) = &found
            && is_unknown_name(refusal)
        {
            self.guesses().count(address, ADDRESS, now);
        }
        found
    }

    /// Under which name unknown names are counted at a place, and its time; nothing where the tenant wants no limit.
    async fn counts_names(&self, place: &Where) -> Done<Option<(String, Timestamp)>> {
        let clock = &*self.parts.clock;
        let tenant = match place {
            Where::Tenant(tenant) => Some(tenant.clone()),
            Where::Consumers => match self.parts.store.view::<Tenant>(TenantId::CONSUMERS).await {
                Err(StoreError::UnknownTenant { .. }) => None,
                found => Some(found?),
            },
            Where::Organizations | Where::Common => None,
        };
        Ok(match tenant {
            None => Some(("shared".to_owned(), clock.now())),
            Some(tenant) if tenant.settings.guess_limit => Some((tenant.id().to_string(), tenant.now(clock))),
            Some(_) => None,
        })
    }

    /// Whether another code may be tried.
    pub(super) fn codes_left(&self, located: &Located, now: Timestamp) -> Result<(), Refusal> {
        if !located.home.settings.guess_limit {
            return Ok(());
        }
        let key = format!("code {}", located.home_account.id);
        self.guesses()
            .left(&key, CODE, now)
            .map_err(|seconds| too_many(seconds, "with the second factor"))
    }

    /// Counts a wrong code.
    pub(super) fn coded_wrong(&self, located: &Located, now: Timestamp) {
        let key = format!("code {}", located.home_account.id);
        self.guesses().count(key, CODE, now);
    }
}

/// Whether a refusal tells that nobody has a name.
pub(super) fn is_unknown_name(refusal: &Refusal) -> bool {
    [&aadsts::NO_SUCH_USER, &aadsts::DOMAIN_UNKNOWN]
        .iter()
        .any(|entry| entry.code == refusal.entry.code)
}

/// Whether the page that asks for a name says it: nobody has the name, or too many were tried.
pub(super) fn is_about_names(refusal: &Refusal) -> bool {
    is_unknown_name(refusal) || refusal.entry.code == aadsts::LOCKED.code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_by_one_and_a_clock_set_back_forgives() {
        let (mut guesses, at) = (Guesses::default(), |s: i64| {
            Timestamp::from_seconds(1_000_000 + s)
        });
        for _ in 0..5 {
            assert_eq!(guesses.left("a", CODE, at(0)), Ok(()));
            guesses.count("a".to_owned(), CODE, at(0));
        }
        assert_eq!(guesses.left("a", CODE, at(0)), Err(61));
        assert_eq!(guesses.left("b", CODE, at(0)), Ok(()));
        assert!(guesses.left("a", CODE, at(59)).is_err());
        assert_eq!(guesses.left("a", CODE, at(60)), Ok(()));
        guesses.count("a".to_owned(), CODE, at(60));
        assert!(guesses.left("a", CODE, at(60)).is_err());
        assert_eq!(guesses.left("a", CODE, at(-10_000)), Ok(()));
    }
}
