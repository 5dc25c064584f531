//! Loop detection: the same interactive request again and again from one browser (facts/identity.md 3.2).

use std::{collections::HashMap, time::Duration};

use types::Timestamp;
use wire::aadsts::{self, Refusal};

/// So many equal requests within [`WINDOW`] are a loop.
const MOST: usize = 15;
const WINDOW: Duration = Duration::from_secs(300);
/// Browsers remembered at once; beyond it, all are forgotten rather than memory spent.
const BROWSERS: usize = 10_000;

/// When each request was made, by the digest of browser and request.
#[derive(Debug, Default)]
pub(crate) struct Loops(HashMap<String, Vec<Timestamp>>);

impl Loops {
    /// Counts a request; the fifteenth within five minutes is refused.
    pub(crate) fn count(&mut self, key: String, now: Timestamp) -> Result<(), Refusal> {
        if self.0.len() >= BROWSERS {
            self.0.clear();
        }
        let times = self.0.entry(key).or_default();
        // A clock that was set back has no past.
        times.retain(|at| *at <= now && now.since(*at) < WINDOW);
        times.push(now);
        if times.len() < MOST {
            return Ok(());
        }
        let why = format!(
            "{} equal requests from one browser within five minutes",
            times.len()
        );
        Err(Refusal::new(&aadsts::LOOP, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifteenth_within_five_minutes_is_a_loop() {
        let mut loops = Loops::default();
        let at = Timestamp::from_seconds;
        for i in 0..14 {
            assert!(loops.count("a".into(), at(i)).is_ok());
        }
        assert!(loops.count("b".into(), at(14)).is_ok());
        assert_eq!(loops.count("a".into(), at(14)).unwrap_err().entry.code, 50196);
        assert!(loops.count("a".into(), at(14 + 301)).is_ok());
    }
}
