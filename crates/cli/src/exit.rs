//! The published exit codes. A number is never reused.

use std::process::ExitCode;

use client::Class;
use diagnose::Verdict;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Exit {
    /// Done, or healthy.
    Done = 0,
    /// Our own fault, or the disk's.
    Internal = 1,
    /// The command was used wrongly, or what was given cannot be right.
    Usage = 2,
    /// There is no usable sign-in.
    NotSignedIn = 3,
    /// Authentication was refused.
    RefusedAuthentication = 4,
    /// Authorization was refused.
    RefusedAuthorization = 5,
    /// The network or TLS.
    Network = 6,
    /// Not found, or ambiguous.
    NotFound = 7,
    /// It exists already, or changed in between.
    Conflict = 8,
    /// It took too long.
    TimedOut = 9,
    /// A cause was found (doctor, explain).
    CauseFound = 10,
    /// It cannot be measured from here (doctor).
    NotMeasurable = 11,
    /// Interrupted by the person.
    Interrupted = 130,
}

impl Exit {
    /// All of them with their meaning: the text of `keyway help exit-codes`.
    pub(crate) const TABLE: [(Self, &'static str); 13] = [
        (
            Self::Done,
            "done, or healthy (be it that something unreliable failed)",
        ),
        (
            Self::Internal,
            "an internal error, or a file that cannot be read or written",
        ),
        (
            Self::Usage,
            "wrong usage, or a value that was seen to be wrong before anything was sent",
        ),
        (
            Self::NotSignedIn,
            "not signed in, or the kept sign-in is no longer good",
        ),
        (
            Self::RefusedAuthentication,
            "refused: the sign-in service or the organization does not accept who this is",
        ),
        (
            Self::RefusedAuthorization,
            "refused: signed in, but not allowed (role, license, membership)",
        ),
        (
            Self::Network,
            "the network or TLS failed, or something else answered",
        ),
        (Self::NotFound, "not found, or ambiguous"),
        (Self::Conflict, "it exists already, or changed in between"),
        (Self::TimedOut, "timed out"),
        (Self::CauseFound, "a cause was found (doctor, explain)"),
        (Self::NotMeasurable, "it cannot be measured from here (doctor)"),
        (Self::Interrupted, "interrupted"),
    ];

    /// How a command ends that gave a diagnosis. What cannot be told is no failure of ours, and no success either.
    pub(crate) const fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Healthy | Verdict::NotAuthoritative => Self::Done,
            Verdict::CauseFound => Self::CauseFound,
            Verdict::Unknown => Self::NotFound,
            Verdict::NotMeasurable => Self::NotMeasurable,
        }
    }

    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Class> for Exit {
    fn from(class: Class) -> Self {
        match class {
            Class::Internal => Self::Internal,
            Class::Usage => Self::Usage,
            Class::NotSignedIn => Self::NotSignedIn,
            Class::RefusedAuthentication => Self::RefusedAuthentication,
            Class::RefusedAuthorization => Self::RefusedAuthorization,
            Class::Network => Self::Network,
            Class::NotFound => Self::NotFound,
            Class::Conflict => Self::Conflict,
            Class::TimedOut => Self::TimedOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_table_is_complete_in_order_and_as_published() {
        let numbers: Vec<u8> = Exit::TABLE.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130]);
    }
}
