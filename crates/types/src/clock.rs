//! Time: one type for a moment, one trait for asking what moment it is.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// A moment in UTC, in whole milliseconds since 1970-01-01.
///
/// Protocols here speak in seconds ([`Timestamp::seconds`]); the journal keeps milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `seconds` after the epoch; negative is before it.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The moment `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Whole seconds since the epoch, rounded down: the number in `exp`, `iat` and `expires_on`.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The form of Entra's error bodies: `2024-05-01 10:20:30Z` (facts/identity.md 3.1).
    pub fn entra(self) -> String {
        self.format("%Y-%m-%d %H:%M:%SZ")
    }

    /// RFC 3339 with milliseconds: `2024-05-01T10:20:30.123Z`.
    pub fn rfc3339(self) -> String {
        format!(
            "{}.{:03}Z",
            self.format("%Y-%m-%dT%H:%M:%S"),
            self.0.rem_euclid(1000)
        )
    }

    /// RFC 3339 in whole seconds: `2024-05-01T10:20:30Z`, as Dataverse writes dates.
    pub fn rfc3339_seconds(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// Reads RFC 3339 with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|moment| Self(moment.as_millisecond()))
    }

    fn format(self, pattern: &str) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => moment.strftime(pattern).to_string(),
            // Beyond the year 9999 there is no calendar form; the number still says which moment it is.
            Err(_) => format!("{}s", self.seconds()),
        }
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Whoever needs to know the time asks one of these; nobody asks the machine.
pub trait Clock: Send + Sync {
    /// What moment it is.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the front door")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::SeqCst,
        );
    }

    /// Sets it, forward or back.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Measures how long something took. Not a clock: it never says what time it is.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts it.
    #[expect(
        clippy::disallowed_methods,
        reason = "elapsed time is measured, never compared with a moment"
    )]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_three_forms() {
        let t = Timestamp::from_millis(1_714_558_830_123);
        assert_eq!(t.entra(), "2024-05-01 10:20:30Z");
        assert_eq!(t.rfc3339(), "2024-05-01T10:20:30.123Z");
        assert_eq!(t.rfc3339_seconds(), "2024-05-01T10:20:30Z");
        assert_eq!(Timestamp::parse_rfc3339("2024-05-01T12:20:30.123+02:00"), Some(t));
    }

    #[test]
    fn eight_hours_are_one_line() {
        let clock = ManualClock::at(Timestamp::from_seconds(0));
        clock.advance(Duration::from_secs(8 * 3600));
        assert_eq!(clock.now().seconds(), 28_800);
    }

    #[test]
    fn a_clock_that_jumps_overflows_nothing() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end + Duration::from_secs(60), end);
        assert_eq!(Timestamp::from_seconds(0).since(end), Duration::ZERO);
        assert!(end.entra().ends_with('s'));
    }
}
