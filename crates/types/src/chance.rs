//! Chance: the only source of anything that must not be guessed.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use uuid::Uuid;

/// Whoever needs a random value asks one of these; nobody asks the machine.
pub trait Chance: Send + Sync {
    /// Fills `out` with unpredictable bytes.
    fn fill(&self, out: &mut [u8]);

    /// A random (version 4) GUID.
    fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A number below `bound`; zero when `bound` is zero. The bias of the remainder is far below what a
    /// token lifetime or a back-off could notice.
    fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
    }
}

impl<C: Chance + ?Sized> Chance for Arc<C> {
    fn fill(&self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

/// The operating system's generator. Ids and the like are drawn a block at a time, because every question is a
/// system call and a request has several.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

/// How much is drawn at once, in bytes.
const BLOCK: usize = 2048;

/// What a thread has drawn and not yet handed out: the first so many bytes.
struct Drawn([u8; BLOCK], usize);

thread_local! {
    static DRAWN: RefCell<Drawn> = const { RefCell::new(Drawn([0; BLOCK], 0)) };
}

impl Chance for SystemChance {
    fn fill(&self, out: &mut [u8]) {
        // A key is worth a question of its own.
        if out.len() > 16 {
            return ask(out);
        }
        DRAWN.with_borrow_mut(|Drawn(block, left)| {
            if *left < out.len() {
                ask(block);
                *left = BLOCK;
            }
            let drawn = &mut block[*left - out.len()..*left];
            out.copy_from_slice(drawn);
            // What was handed out is not kept.
            drawn.fill(0);
            *left -= out.len();
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the front door")]
#[expect(
    clippy::expect_used,
    reason = "without randomness no secret is safe: stop rather than guess"
)]
fn ask(out: &mut [u8]) {
    getrandom::fill(out).expect("the operating system gave no random bytes");
}

/// The same values in the same order for the same seed: for tests only, and predictable by design.
#[derive(Debug)]
pub struct SeededChance(AtomicU64);

impl SeededChance {
    /// Starts the sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Chance for SeededChance {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            // SplitMix64 (Steele, Lea, Flood 2014): one addition, then a mix.
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_another_does_not() {
        let ids = |seed| {
            let chance = SeededChance::new(seed);
            [chance.uuid(), chance.uuid()]
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        assert_ne!(ids(1)[0], ids(1)[1]);
    }

    #[test]
    fn system_values_differ() {
        let ids: std::collections::BTreeSet<_> = (0..10 * BLOCK).map(|_| SystemChance.uuid()).collect();
        assert_eq!(ids.len(), 10 * BLOCK);
        let mut key = [0; 32];
        SystemChance.fill(&mut key);
        assert_ne!(key, [0; 32]);
        assert_eq!(SystemChance.below(0), 0);
        assert!(SystemChance.below(10) < 10);
    }
}
