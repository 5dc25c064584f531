//! Which of the three tests of a mail server's profile decides (facts/email.md 2.1 and 5.1; rows 002-12 to 002-15 and
//! 002-19): Test & Enable Mailboxes does what synchronization does, so what it says holds. Test Connection looks at less and
//! can fail although all is well; the Remote Connectivity Analyzer tells whether the credentials are good.

use evidence::{Facts, Kind};

/// What the tests come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// The mailboxes work, and no Test Connection fails beside them.
    Works,
    /// Mailboxes fail: each tells why in its alerts.
    AskAlerts,
    /// The credentials are good, and nobody tested the mailboxes.
    TestMailboxes,
}

impl Ruling {
    /// By how the tests ended. Nothing where they decide nothing, or where a text tells both of one. Nothing of mailboxes that
    /// work where no other test is told of, for who says no more has other trouble; nor where Test Connection fails
    /// beside them, for which the catalog has a cause that dismisses it.
    pub(crate) fn of(facts: &Facts) -> Option<Self> {
        let ended = |ok, failed| {
            let seen = |value| facts.get(Kind::Mail, value).is_some();
            match (seen(ok), seen(failed)) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            }
        };
        let connection = ended("test-connection-ok", "test-connection-failed");
        let analyzer = ended("analyzer-ok", "analyzer-failed");
        match (ended("mailboxes-ok", "mailboxes-failed"), connection, analyzer) {
            (Some(true), Some(true), _) | (Some(true), None, Some(_)) => Some(Self::Works),
            (Some(false), ..) => Some(Self::AskAlerts),
            (None, _, Some(true)) => Some(Self::TestMailboxes),
            _ => None,
        }
    }

    /// What would decide.
    pub(crate) fn question(self) -> Option<&'static str> {
        match self {
            Self::Works => None,
            Self::AskAlerts => Some(
                "What does the alert say? Open the mailbox that failed, its Alerts tab, and paste the newest alert of each \
                 direction here.",
            ),
            Self::TestMailboxes => Some(
                "Does Test & Enable Mailboxes succeed? The analyzer says that the credentials are good; what it tells of the \
                 mailboxes decides, and not Test Connection.",
            ),
        }
    }
}
