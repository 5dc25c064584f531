//! Everything an examination leaves: what was tried, what was seen, what the servers said, and what stays open.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Facts, Kind, Place, Seen, Steps, redact, step::fit};

/// The longest text of a server that is kept, in bytes.
const LONGEST: usize = 16 * 1024;

/// A shorter secret stands by chance in any text; taking it out would only show where it does not stand.
const SHORTEST: usize = 4;

/// What a server said when it refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The step in which it said so, counted from zero.
    pub step: usize,
    /// Its words, without secrets.
    pub text: String,
}

/// What an examination could not settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "open", content = "text")]
pub enum Open {
    /// The question that would decide.
    Question(String),
    /// What cannot be measured from here, and why.
    Unmeasured(String),
}

/// What an examination leaves. Every fact stands at the step that showed it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Findings {
    /// What was tried, in order.
    pub steps: Steps,
    /// What was seen.
    pub facts: Facts,
    /// What servers said.
    pub said: Vec<Said>,
    /// What stays open.
    pub open: Option<Open>,
    /// Incidents that the service itself reports as open. Whether one is what is met here, nobody can see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<String>,
}

impl Findings {
    /// Keeps one step.
    pub fn step(&mut self, what: impl AsRef<str>, seen: Seen, took: Duration) {
        self.steps.push(what, seen, took);
    }

    /// Keeps a fact that the last step showed; the step's own outcome is its proof.
    pub fn see(&mut self, kind: Kind, value: &str) {
        let at = self.steps.len().saturating_sub(1);
        let text = self.steps.iter().last().map_or_else(String::new, |step| {
            format!("{}: {}", step.what, step.seen.detail())
        });
        self.facts.see(kind, value, Place::Step(at), &text);
    }

    /// Keeps what the server said in the last step.
    pub fn said(&mut self, text: &str) {
        let end = text.floor_char_boundary(LONGEST.min(text.len()));
        if !text.trim().is_empty() {
            self.said.push(Said {
                step: self.steps.len().saturating_sub(1),
                text: redact(&text[..end]),
            });
        }
    }

    /// Keeps an incident that the service reports.
    pub fn incident(&mut self, text: &str) {
        self.incidents.push(fit(text));
    }

    /// Takes over a part that was examined beside this one; its steps come behind those there are.
    pub fn extend(&mut self, part: Self) {
        let from = self.steps.len();
        self.steps.extend(part.steps);
        for fact in part.facts.iter() {
            let place = match fact.place {
                Place::Step(at) => Place::Step(from + at),
                line @ Place::Line(_) => line,
            };
            self.facts.see(fact.kind, &fact.value, place, &fact.text);
        }
        let moved = part.said.into_iter().map(|said| Said {
            step: from + said.step,
            ..said
        });
        self.said.extend(moved);
        self.open = self.open.take().or(part.open);
        self.incidents.extend(part.incidents);
    }

    /// Takes these secrets out of everything, wherever a server may have repeated them.
    pub fn scrub(&mut self, secrets: &[&str]) {
        let clean = |text: &str| {
            let known = secrets.iter().filter(|secret| secret.len() >= SHORTEST);
            known.fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"))
        };
        self.steps.rewrite(&clean);
        let mut facts = Facts::default();
        for fact in self.facts.iter() {
            facts.see(fact.kind, &clean(&fact.value), fact.place, &clean(&fact.text));
        }
        self.facts = facts;
        for incident in &mut self.incidents {
            *incident = clean(incident);
        }
        for said in &mut self.said {
            said.text = clean(&said.text);
        }
    }

    /// Whether some step failed.
    pub fn any_failed(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.seen, Seen::Failed(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(what: &str, kind: Kind, value: &str) -> Findings {
        let mut findings = Findings::default();
        findings.step(what, Seen::Failed("no".into()), Duration::ZERO);
        findings.see(kind, value);
        findings.said("password=canary&x");
        findings
    }

    #[test]
    fn a_part_keeps_its_places() {
        let mut whole = one("first", Kind::Dns, "nxdomain");
        whole.extend(one("second", Kind::Tcp, "refused"));
        let tcp = whole.facts.get(Kind::Tcp, "refused").expect("it was seen");
        assert_eq!((tcp.place, tcp.text.as_str()), (Place::Step(1), "second: no"));
        assert_eq!(whole.said[1].step, 1);
        assert!(whole.any_failed());
        assert!(!whole.said[0].text.contains("canary"));
    }

    #[test]
    fn what_a_server_repeats_is_taken_out() {
        let mut findings = one("GET https://x/?y=hunter22", Kind::Code, "hunter22");
        findings.said("you sent hunter22");
        findings.scrub(&["hunter22", "no"]);
        let text = format!("{findings:?}");
        assert!(
            !text.contains("hunter22") && text.contains("Failed(\"no\")"),
            "{text}"
        );
    }
}
