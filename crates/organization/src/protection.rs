//! Service protection: how much one user may ask of one organization (facts/organization.md 3.5).
//!
//! Three limits over a sliding window, counted by the second. The limits are the world's settings and can be
//! off; then nothing is counted and answers carry no remaining allowance. Counts live in this process, as
//! they live in one web server of the real service.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use directory::ServiceProtection;
use types::{OrganizationId, Stopwatch, SystemUserId, TenantId, Timestamp};
use wire::dataverse::{THROTTLED_CONCURRENCY, THROTTLED_REQUESTS, THROTTLED_TIME};

use crate::refusal::Refusal;

/// Windows longer than this are counted as this long, in seconds.
const LONGEST_WINDOW: u64 = 3600;
/// Users are spread over so many locks.
const SHARDS: usize = 16;
/// Users whose counts are kept per lock before idle ones are let go.
const CROWD: usize = 512;

/// Whose counts.
type Key = (TenantId, OrganizationId, SystemUserId);

/// The counts of every user.
#[derive(Debug, Default)]
pub(crate) struct Protection {
    shards: [Mutex<HashMap<Key, Usage>>; SHARDS],
}

#[derive(Debug)]
struct Usage {
    /// One per second of the window, found by the second modulo its length.
    slots: Vec<Slot>,
    running: u32,
    latest: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    second: i64,
    requests: u32,
    micros: u64,
}

/// One counted request, under way. Its time counts when it is dropped.
#[derive(Debug)]
pub(crate) struct Pass<'p> {
    protection: &'p Protection,
    key: Key,
    second: i64,
    watch: Stopwatch,
    /// What is left after this one: requests, and milliseconds of execution.
    pub(crate) remaining: (u32, u64),
}

impl Protection {
    /// Counts a request; `None` when protection is off.
    ///
    /// # Errors
    /// The limit that is reached, with `Retry-After`. A refused request does not count.
    pub(crate) fn enter(
        &self,
        limits: &ServiceProtection,
        key: Key,
        now: Timestamp,
    ) -> Result<Option<Pass<'_>>, Refusal> {
        if !limits.enabled {
            return Ok(None);
        }
        let window = limits.window_seconds.clamp(1, LONGEST_WINDOW);
        let second = now.seconds();
        let mut shard = self.shard(key);
        if shard.len() >= CROWD && !shard.contains_key(&key) {
            let recent = second.saturating_sub(window.cast_signed());
            shard.retain(|_, usage| usage.running > 0 || usage.latest > recent);
        }
        let usage = shard.entry(key).or_insert_with(|| Usage {
            slots: Vec::new(),
            running: 0,
            latest: second,
        });
        usage.fit(window);
        let recent = usage.recent(second);
        let requests: u64 = recent.iter().map(|slot| u64::from(slot.requests)).sum();
        let micros: u64 = recent.iter().map(|slot| slot.micros).sum();
        let window_text = limits.window_seconds;
        if requests >= u64::from(limits.requests) {
            let wait = wait(
                &recent,
                second,
                window,
                |slot| u64::from(slot.requests),
                requests,
                limits.requests.into(),
            );
            let why = format!(
                "{requests} requests within {window} seconds reach the limit of {}",
                limits.requests
            );
            let refusal = Refusal::of(&THROTTLED_REQUESTS, &[&limits.requests, &window_text], why);
            return Err(refusal.retry_after(wait).cause("service-protection-limit"));
        }
        let most = limits.execution_millis.saturating_mul(1000);
        if micros > most {
            let wait = wait(&recent, second, window, |slot| slot.micros, micros, most);
            let why = format!(
                "{} ms of execution within {window} seconds exceed the limit",
                micros / 1000
            );
            let limit = thousands(limits.execution_millis);
            let refusal = Refusal::of(&THROTTLED_TIME, &[&limit, &window_text], why);
            return Err(refusal.retry_after(wait).cause("service-protection-limit"));
        }
        if usage.running >= limits.concurrent {
            let why = format!(
                "{} requests of this user are under way, the limit is {}",
                usage.running, limits.concurrent
            );
            let refusal = Refusal::of(&THROTTLED_CONCURRENCY, &[&limits.concurrent], why);
            return Err(refusal.retry_after(1).cause("service-protection-limit"));
        }
        usage.running += 1;
        usage.latest = second;
        usage.slot(second).requests += 1;
        let left = u32::try_from(u64::from(limits.requests).saturating_sub(requests + 1)).unwrap_or(u32::MAX);
        let remaining = (left, most.saturating_sub(micros) / 1000);
        Ok(Some(Pass {
            protection: self,
            key,
            second,
            watch: Stopwatch::start(),
            remaining,
        }))
    }

    /// Forgets what a tenant's users did: after a reset or a restore.
    pub(crate) fn forget(&self, tenant: TenantId) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|(whose, ..), _| *whose != tenant);
        }
    }

    fn shard(&self, key: Key) -> MutexGuard<'_, HashMap<Key, Usage>> {
        let at = usize::from(key.2.uuid().as_bytes()[15]) % SHARDS;
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let micros = u64::try_from(self.watch.elapsed().as_micros())
            .unwrap_or(u64::MAX)
            .max(1);
        if let Some(usage) = self.protection.shard(self.key).get_mut(&self.key) {
            usage.running = usage.running.saturating_sub(1);
            let slot = usage.slot(self.second);
            slot.micros = slot.micros.saturating_add(micros);
        }
    }
}

impl Usage {
    /// Makes the window as long as the settings say; a changed length starts anew.
    fn fit(&mut self, window: u64) {
        let length = usize::try_from(window).unwrap_or(usize::MAX);
        if self.slots.len() != length {
            self.slots = vec![
                Slot {
                    second: i64::MIN,
                    ..Slot::default()
                };
                length
            ];
        }
    }

    /// The slots within the window that ends now. A clock that was turned back leaves no slots of the future.
    fn recent(&self, now: i64) -> Vec<Slot> {
        let length = i64::try_from(self.slots.len()).unwrap_or(i64::MAX);
        let begin = now.saturating_sub(length);
        self.slots
            .iter()
            .filter(|slot| slot.second > begin && slot.second <= now)
            .copied()
            .collect()
    }

    fn slot(&mut self, second: i64) -> &mut Slot {
        let length = i64::try_from(self.slots.len().max(1)).unwrap_or(i64::MAX);
        let at = usize::try_from(second.rem_euclid(length)).unwrap_or(0);
        if self.slots.is_empty() {
            self.slots.push(Slot::default());
        }
        let slot = &mut self.slots[at];
        if slot.second != second {
            *slot = Slot {
                second,
                ..Slot::default()
            };
        }
        slot
    }
}

/// Seconds until enough has left the window.
fn wait(recent: &[Slot], now: i64, window: u64, of: impl Fn(&Slot) -> u64, mut sum: u64, limit: u64) -> u64 {
    let mut slots: Vec<_> = recent.iter().collect();
    slots.sort_by_key(|slot| slot.second);
    for slot in slots {
        sum = sum.saturating_sub(of(slot));
        if sum < limit.max(1) {
            let leaves = slot.second.saturating_add(window.cast_signed());
            return u64::try_from(leaves.saturating_sub(now)).unwrap_or(0).max(1);
        }
    }
    window
}

/// `1,200,000`
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
#[path = "protection_tests.rs"]
mod tests;
