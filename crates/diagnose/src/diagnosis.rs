//! What comes out: the same object for a pasted text and for what a doctor saw (`keyway.diagnosis/1`).

use std::io::Read;

use catalog::{Catalog, Confidence, Judgement, Match, Mover, Reference, Station};
use evidence::{Fact, Facts, Findings, Kind, Open, Place, Steps};
use serde::Serialize;
use types::Timestamp;

use crate::{input::Unreadable, mail_tests::Ruling, stream::Explainer};

/// How many causes that are merely possible are told.
const POSSIBLE: usize = 5;
/// How many ruled-out causes are told.
const RULED_OUT: usize = 8;

/// The verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Healthy,
    /// A cause is certain or likely.
    CauseFound,
    /// It cannot be told; where causes are possible, the question that would decide is named.
    Unknown,
    /// It cannot be measured from here.
    NotMeasurable,
    /// What was measured is not to be relied on.
    NotAuthoritative,
}

/// A diagnosis.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Which shape this is.
    pub schema: &'static str,
    /// In one word.
    pub verdict: Verdict,
    /// The causes in question, the best first.
    pub causes: Vec<Found>,
    /// The causes that came into question and are not it.
    pub ruled_out: Vec<NotIt>,
    /// What would decide, where nothing is certain or likely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// What says that something works.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub good: Vec<Evidence>,
    /// The readers that spoke, for a text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read_as: Vec<&'static str>,
    /// Incidents that the service reports as open, where something is wrong: to be looked at before all else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<String>,
    /// What was tried, for a doctor.
    pub steps: Steps,
}

/// A cause in question.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Its id in the catalog.
    pub id: String,
    /// What is wrong, as a sentence.
    pub title: String,
    /// How sure.
    pub confidence: Confidence,
    /// The cause in a sentence or two.
    pub cause: String,
    /// Whose move it is.
    pub who: Mover,
    /// Where on the way it breaks.
    #[serde(skip)]
    pub station: Station,
    /// What proves it.
    pub evidence: Vec<Evidence>,
    /// What to do, step by step.
    pub fix: Vec<String>,
    /// The one question that would decide.
    #[serde(skip)]
    pub ask: String,
    /// Where it is documented.
    pub references: Vec<Reference>,
}

/// A fact that proves something.
pub type Evidence = Fact;

/// A cause that is ruled out.
#[derive(Clone, Debug, Serialize)]
pub struct NotIt {
    /// Its id in the catalog.
    pub id: String,
    /// Why not.
    pub because: String,
}

impl Verdict {
    /// Whether a cause is certain or likely, be it that of a failure or that of a word which is not to be relied on.
    pub fn names_cause(self) -> bool {
        matches!(self, Self::CauseFound | Self::NotAuthoritative)
    }
}

impl Explainer<'_> {
    /// Explains a text. `now` judges what expires.
    pub fn explain(&self, from: impl Read, now: Timestamp) -> Result<Diagnosis, Unreadable> {
        let reading = self.read(from, now)?;
        let judgement = self.judge(&reading);
        let mut diagnosis = Diagnosis::from_judgement(judgement, &reading.facts);
        diagnosis.read_as = reading.readers;
        Ok(diagnosis)
    }
}

impl Explainer<'_> {
    /// What an examination comes to: its facts, and those that the readers find in what servers said.
    pub fn examined(&self, findings: &Findings, now: Timestamp) -> Diagnosis {
        let mut facts = findings.facts.clone();
        for said in &findings.said {
            // Nothing can be read in a text that is empty or no text; the step's own facts remain.
            let Ok(reading) = self.read(said.text.as_bytes(), now) else {
                continue;
            };
            for fact in reading.facts.iter() {
                facts.see(fact.kind, &fact.value, Place::Step(said.step), &fact.text);
            }
        }
        let mut diagnosis = Diagnosis::of(self.catalog, &facts);
        diagnosis.steps = findings.steps.clone();
        diagnosis.settle(findings);
        if diagnosis.verdict != Verdict::Healthy {
            diagnosis.incidents.clone_from(&findings.incidents);
        }
        diagnosis
    }
}

impl Diagnosis {
    /// What stays open keeps a diagnosis from being more than was seen; a failed step keeps it from being healthy.
    fn settle(&mut self, findings: &Findings) {
        match (self.verdict, &findings.open) {
            (Verdict::Healthy, _) if findings.any_failed() => self.verdict = Verdict::Unknown,
            (Verdict::Unknown, Some(Open::Unmeasured(why))) if self.causes.is_empty() => {
                self.verdict = Verdict::NotMeasurable;
                self.question = Some(why.clone());
            }
            (Verdict::Unknown | Verdict::Healthy, Some(Open::Question(question)))
                if self.causes.is_empty() =>
            {
                self.verdict = Verdict::Unknown;
                self.question = Some(question.clone());
            }
            _ => {}
        }
    }

    /// What the catalog says to these facts.
    pub fn of(catalog: &Catalog, facts: &Facts) -> Self {
        Self::from_judgement(catalog.judge(facts), facts)
    }

    /// Of nothing that could be read.
    pub fn unknown() -> Self {
        Self::from_judgement(Judgement::default(), &Facts::default())
    }

    /// The same, with a judgement that was made elsewhere.
    pub fn from_judgement(judgement: Judgement<'_>, facts: &Facts) -> Self {
        let is_sure = |found: &Match<'_>| found.confidence > Confidence::Possible;
        let sure = judgement.matches.iter().filter(|found| is_sure(found)).count();
        let told = sure
            + if sure == 0 {
                POSSIBLE
            } else {
                POSSIBLE.saturating_sub(sure)
            };
        let dismissed = judgement.matches.first().is_some_and(|first| first.dismisses);
        let mut causes: Vec<Found> = judgement.matches.into_iter().take(told).map(Found::of).collect();
        let mut good: Vec<Evidence> = facts.of(Kind::Good).cloned().collect();
        let ruling = Ruling::of(facts);
        let complains = complains(facts);
        if ruling == Some(Ruling::Works) && sure == 0 && !complains {
            causes.clear();
            good.extend(facts.get(Kind::Mail, "mailboxes-ok").cloned());
        }
        let verdict = match (&causes[..], &good[..]) {
            ([first, ..], _) if first.confidence > Confidence::Possible && dismissed => {
                Verdict::NotAuthoritative
            }
            ([first, ..], _) if first.confidence > Confidence::Possible => Verdict::CauseFound,
            ([], [_, ..]) if !complains => Verdict::Healthy,
            _ => Verdict::Unknown,
        };
        let ruled = ruling.and_then(Ruling::question).map(str::to_owned);
        let question = match verdict {
            Verdict::Unknown => ruled.or_else(|| causes.first().map(|first| first.ask.clone())),
            _ => None,
        };
        let ruled_out = judgement.ruled_out.into_iter().take(RULED_OUT).map(|out| NotIt {
            id: out.cause.id.clone(),
            because: out.because,
        });
        Self {
            schema: "keyway.diagnosis/1",
            verdict,
            question,
            ruled_out: ruled_out.collect(),
            good,
            causes,
            read_as: Vec::new(),
            incidents: Vec::new(),
            steps: Steps::default(),
        }
    }
}

/// Whether something in the facts is an error's trace, so that a success beside it proves nothing.
fn complains(facts: &Facts) -> bool {
    let errors = [
        Kind::Aadsts,
        Kind::OAuth,
        Kind::Exception,
        Kind::Alert,
        Kind::Fault,
        Kind::Code,
    ];
    let status = facts
        .of(Kind::Status)
        .any(|status| status.value.starts_with(['4', '5']));
    status || errors.iter().any(|kind| facts.of(*kind).next().is_some())
}

impl Found {
    fn of(found: Match<'_>) -> Self {
        let cause = found.cause;
        Self {
            id: cause.id.clone(),
            title: cause.article.title.clone(),
            confidence: found.confidence,
            cause: cause.article.summary(),
            who: cause.meta.who,
            station: cause.meta.station(),
            evidence: found.evidence,
            fix: cause.article.steps(),
            ask: cause.meta.ask.clone(),
            references: cause.meta.references.clone(),
        }
    }
}
