//! How long a person stays signed in to an organization with a browser (facts/organization.md 6.2).
//!
//! Two rules: the old one, which nobody can change (rows 003-33 to 003-36), and the newer one with a length, a warning
//! and an inactivity timeout of the organization's own. A session keeps the times it began with: a change takes effect
//! at the next sign-in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which rule an organization follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionRule {
    /// Eight hours, and a warning twenty minutes before; neither users nor administrators can change it.
    #[default]
    Fixed,
    /// As [`Sessions`] says.
    Configurable,
}

/// The settings of the newer rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// How long a session lasts, in minutes: at least 60.
    pub length_minutes: u32,
    /// How long before the end the warning comes, in minutes.
    pub warning_minutes: u32,
    /// A session nobody uses ends after so many minutes, at least 5; never without it.
    pub inactivity_minutes: Option<u32>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            length_minutes: 1440,
            warning_minutes: 20,
            inactivity_minutes: None,
        }
    }
}

/// The longest session that can be set, in minutes: a year. The real bound is unverified.
const LONGEST: u32 = 365 * 1440;

impl Sessions {
    /// Whether they can be set.
    ///
    /// # Errors
    /// Which bound they break, and what it is.
    pub fn check(&self) -> Result<(), String> {
        let length = self.length_minutes;
        if !(60..=LONGEST).contains(&length) {
            return Err(format!(
                "a session of {length} minutes cannot be set: it lasts 60 minutes or longer, and a year at most"
            ));
        }
        if !(1..length).contains(&self.warning_minutes) {
            return Err(format!(
                "a warning {} minutes before the end cannot be set: it comes within the session of {length} minutes",
                self.warning_minutes
            ));
        }
        match self.inactivity_minutes {
            Some(idle) if !(5..length.min(1440)).contains(&idle) => Err(format!(
                "an inactivity timeout of {idle} minutes cannot be set: it is 5 minutes or longer, and shorter than the \
                 session and than a day"
            )),
            _ => Ok(()),
        }
    }
}

/// The times of one session, fixed when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// How long it lasts.
    pub length: Duration,
    /// When the warning comes, from the beginning.
    pub warned_after: Duration,
    /// How long it may be left alone.
    pub idle: Option<Duration>,
}

const fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(minutes as u64 * 60)
}

impl Default for Term {
    /// Rows 003-33 and 003-34: 7 h 40 min and 20 min are 8 h.
    fn default() -> Self {
        Self {
            length: minutes(480),
            warned_after: minutes(460),
            idle: None,
        }
    }
}

impl Term {
    /// The times that a session has which begins now.
    pub fn of(rule: SessionRule, sessions: &Sessions) -> Self {
        match rule {
            SessionRule::Fixed => Self::default(),
            SessionRule::Configurable => Self {
                length: minutes(sessions.length_minutes),
                warned_after: minutes(sessions.length_minutes.saturating_sub(sessions.warning_minutes)),
                idle: sessions.inactivity_minutes.map(minutes),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_rule_is_eight_hours_with_a_warning_at_seven_forty() {
        testkit::rows!("003-33", "003-34", "003-36");
        let changed = Sessions {
            length_minutes: 60,
            ..Sessions::default()
        };
        let term = Term::of(SessionRule::Fixed, &changed);
        assert_eq!(term.length, Duration::from_secs(8 * 3600));
        assert_eq!(term.warned_after, Duration::from_secs(7 * 3600 + 40 * 60));
        assert_eq!(term.warned_after + minutes(20), term.length);
        let term = Term::of(SessionRule::Configurable, &changed);
        assert_eq!(
            (term.length, term.warned_after, term.idle),
            (minutes(60), minutes(40), None)
        );
    }

    #[test]
    fn the_newer_rule_has_its_bounds() {
        let of = |length_minutes, warning_minutes, inactivity_minutes| {
            Sessions {
                length_minutes,
                warning_minutes,
                inactivity_minutes,
            }
            .check()
        };
        assert!(Sessions::default().check().is_ok());
        assert!(of(60, 1, Some(5)).is_ok() && of(60, 59, Some(59)).is_ok());
        for wrong in [
            of(59, 20, None),
            of(600_000, 20, None),
            of(60, 60, None),
            of(60, 0, None),
            of(60, 20, Some(4)),
            of(60, 20, Some(60)),
            of(2000, 20, Some(1440)),
        ] {
            assert!(wrong.unwrap_err().contains("cannot be set"));
        }
    }
}
