//! Answers that take as long whatever there is behind a name, so that nobody learns from the time who exists.
//!
//! A fixed time would tell the two kinds of name apart on a machine where one of them takes longer. So the time follows
//! the slowest work there was, in whole steps: after one slow answer all are as slow.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::time::sleep;
use types::Stopwatch;

/// An answer takes a multiple of this. One is longer than looking a name up, writing a mail, and hashing a password take
/// on most machines.
const STEP: Duration = Duration::from_millis(300);
/// No answer waits longer for the slowest: what took more says that the machine was stuck, not who exists.
const MOST_STEPS: u32 = 10;

/// How long answers take.
#[derive(Debug)]
pub(crate) struct Pace {
    steps: AtomicU32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            steps: AtomicU32::new(1),
        }
    }
}

impl Pace {
    /// Does the work, and is not done before the slowest work would be.
    pub(crate) async fn evenly<T>(&self, work: impl Future<Output = T>) -> T {
        let watch = Stopwatch::start();
        let done = work.await;
        let took = watch.elapsed();
        sleep(self.due(took).saturating_sub(took)).await;
        done
    }

    /// When an answer is given, from its beginning, whose work took so long.
    fn due(&self, took: Duration) -> Duration {
        let own = u32::try_from(took.as_millis().div_ceil(STEP.as_millis())).unwrap_or(u32::MAX);
        let own = own.min(MOST_STEPS);
        let slowest = self.steps.fetch_max(own, Ordering::Relaxed).max(own);
        STEP * slowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_answers_take_as_long_as_the_slowest() {
        let pace = Pace::default();
        let ms = Duration::from_millis;
        for (took, due) in [
            (1, 300),
            (299, 300),
            (750, 900),
            (1, 900),
            (899, 900),
            (60_000, 3000),
            (1, 3000),
        ] {
            assert_eq!(pace.due(ms(took)), ms(due), "after {took} ms of work");
        }
    }
}
