//! Whether this machine's clock and the server's agree.

use std::time::Duration;

use evidence::{Findings, Kind, Seen};
use types::Timestamp;

use crate::Probe;

pub(crate) const PROBE: Probe = Probe {
    name: "clock",
    about: "this machine's clock against the servers' (Date), beyond five minutes",
    needs: "an HTTP answer",
};

/// What servers allow (facts/identity.md 2.6).
const ALLOWED: Duration = Duration::from_secs(300);

/// Compares the two clocks once per run; a difference that would be refused is a failed step.
pub(crate) fn compare(ours: Timestamp, theirs: Timestamp, url: &str, findings: &mut Findings) {
    let apart = ours.since(theirs).max(theirs.since(ours));
    if apart <= ALLOWED || findings.facts.get(Kind::Clock, "skew").is_some() {
        return;
    }
    let (way, ours, theirs) = (
        if ours > theirs { "ahead of" } else { "behind" },
        ours.rfc3339_seconds(),
        theirs.rfc3339_seconds(),
    );
    let host = url.split('/').nth(2).unwrap_or(url);
    let text = format!(
        "this machine's clock is {} s {way} the server's ({ours} here, {theirs} at {host})",
        apart.as_secs()
    );
    findings.step("compare the clocks", Seen::Failed(text), Duration::ZERO);
    findings.see(Kind::Clock, "skew");
}

/// The moment a refusal of the sign-in service carries: `2024-05-01 10:20:30Z` (facts/identity.md 3.1).
pub(crate) fn of_refusal(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(&text.trim().replacen(' ', "T", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_the_time() {
        let at = of_refusal("2024-05-01 10:20:30Z").unwrap();
        assert_eq!(at.rfc3339_seconds(), "2024-05-01T10:20:30Z");
        assert_eq!(of_refusal("yesterday"), None);
    }

    #[test]
    fn five_minutes_are_allowed() {
        let at = Timestamp::from_seconds;
        for (theirs, skewed) in [
            (1_000_300, false),
            (1_000_301, true),
            (999_600, true),
            (1_000_000, false),
        ] {
            let mut findings = Findings::default();
            compare(at(1_000_000), at(theirs), "https://a.example/x", &mut findings);
            assert_eq!(
                findings.facts.get(Kind::Clock, "skew").is_some(),
                skewed,
                "{theirs}"
            );
        }
    }
}
