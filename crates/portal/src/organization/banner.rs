//! The warning that the session is about to end (rows 003-34 and 003-35). It stands in every page, hidden until it is due;
//! without a script it shows with the next page.

use types::Timestamp;

use super::session;
use crate::{page::Ask, stop::Stop};

/// What the banner shows.
pub(super) struct Banner {
    pub(super) is_due: bool,
    pub(super) text: String,
    /// Where to go on after signing in again.
    pub(super) at: String,
    pub(super) action: &'static str,
    pub(super) look: &'static str,
    pub(super) token: String,
}

impl Banner {
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, Stop> {
        let visitor = ask.visitor()?;
        Ok(Self {
            is_due: visitor.session.is_warned(visitor.now),
            text: warning(visitor.session.ends(), visitor.now),
            at: ask.call.path.clone(),
            action: session::AGAIN.path,
            look: session::LOOK.path,
            token: visitor.token(),
        })
    }
}

/// The sentence of the warning.
pub(super) fn warning(ends: Timestamp, now: Timestamp) -> String {
    let left = left(ends, now);
    format!("It ends in {left}, at {} UTC.", &ends.rfc3339_seconds()[11..19])
}

/// `7 hours and 12 minutes`, rounded up so that the last minute is one.
pub(super) fn left(ends: Timestamp, now: Timestamp) -> String {
    let minutes = ends.since(now).as_secs().div_ceil(60);
    let some = |count: u64, name: &str| match count {
        1 => format!("1 {name}"),
        _ => format!("{count} {name}s"),
    };
    match (minutes / 60, minutes % 60) {
        (0, minutes) => some(minutes, "minute"),
        (hours, 0) => some(hours, "hour"),
        (hours, minutes) => format!("{} and {}", some(hours, "hour"), some(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_in_hours_and_minutes() {
        let at = Timestamp::from_seconds;
        for (seconds, text) in [
            (28_800, "8 hours"),
            (28_799, "8 hours"),
            (1200, "20 minutes"),
            (1, "1 minute"),
            (3660, "1 hour and 1 minute"),
        ] {
            assert_eq!(left(at(seconds), at(0)), text);
        }
        assert_eq!(
            warning(at(1200), at(0)),
            "It ends in 20 minutes, at 00:20:00 UTC."
        );
    }
}
