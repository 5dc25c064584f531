//! What the page shows of a diagnosis: the same as the report on a terminal.

use askama::Template;
use catalog::{Catalog, read_off};
use diagnose::{
    Diagnosis, Evidence, Found,
    report::{self, Report},
};
use evidence::Place;

use crate::{
    frame::Frame,
    text::{Span, shown, spans},
};

/// What the text is called in a report; its file's name does not matter to anybody.
const SUBJECT: &str = "text";
/// Proofs of success that are told.
const GOOD: usize = 3;

#[derive(Template)]
#[template(path = "keyway/explain/template.html")]
pub(super) struct View {
    frame: Frame,
    problem: Option<(String, &'static str)>,
    told: Option<Told>,
}

/// The answer.
struct Told {
    headline: String,
    verdict: &'static str,
    /// Where it broke, as markup of our own making: it holds no word of the text.
    picture: Option<String>,
    first: Option<First>,
    good: Vec<Proof>,
    others: Vec<Other>,
    question: Option<String>,
    ruled_out: Vec<(String, String)>,
    read_as: String,
    report: String,
}

/// The cause that it is.
struct First {
    id: String,
    confidence: &'static str,
    cause: Vec<Span>,
    who: &'static str,
    proofs: Vec<Proof>,
    fix: Vec<Vec<Span>>,
    references: Vec<(String, Option<String>)>,
}

/// A line of the text, and what was read off it.
struct Proof {
    place: String,
    line: String,
    facts: Vec<String>,
}

struct Other {
    id: String,
    title: String,
    confidence: &'static str,
}

impl View {
    /// The form alone.
    pub(super) fn empty(frame: Frame) -> Self {
        Self {
            frame,
            problem: None,
            told: None,
        }
    }

    /// The form, and why there is no answer.
    pub(super) fn problem(frame: Frame, says: &str, next: &'static str) -> Self {
        Self {
            frame,
            problem: Some((shown(says), next)),
            told: None,
        }
    }

    /// The form and the answer.
    pub(super) fn of(frame: Frame, catalog: &Catalog, diagnosis: &Diagnosis) -> Self {
        let report = Report {
            subject: SUBJECT,
            diagnosis,
        };
        let is_found = diagnosis.verdict.names_cause();
        let split = usize::from(is_found).min(diagnosis.causes.len());
        let (first, others) = diagnosis.causes.split_at(split);
        let because = |id: &str, why: &str| {
            let title = catalog.get(id).map_or(id, |cause| cause.article.title.as_str());
            (title.to_owned(), shown(why))
        };
        Self {
            frame,
            problem: None,
            told: Some(Told {
                headline: report.headline(),
                verdict: report.verdict(),
                picture: report::stations(report),
                first: first.first().map(First::of),
                good: proofs(&diagnosis.good[..diagnosis.good.len().min(GOOD)]),
                others: others.iter().map(Other::of).collect(),
                question: diagnosis.question.clone(),
                ruled_out: diagnosis
                    .ruled_out
                    .iter()
                    .map(|out| because(&out.id, &out.because))
                    .collect(),
                read_as: diagnosis.read_as.join(", "),
                report: report::text(report)
                    .lines()
                    .map(|line| shown(line) + "\n")
                    .collect(),
            }),
        }
    }
}

impl First {
    fn of(found: &Found) -> Self {
        let link = |url: &str| url.starts_with("https://").then(|| url.to_owned());
        Self {
            id: found.id.clone(),
            confidence: found.confidence.word(),
            cause: spans(&found.cause),
            who: found.who.words(),
            proofs: proofs(&found.evidence),
            fix: found.fix.iter().map(|step| spans(step)).collect(),
            references: found
                .references
                .iter()
                .map(|reference| (reference.title.clone(), link(&reference.url)))
                .collect(),
        }
    }
}

impl Other {
    fn of(found: &Found) -> Self {
        Self {
            id: found.id.clone(),
            title: found.title.clone(),
            confidence: found.confidence.word(),
        }
    }
}

/// Each place once, with everything that was read there.
fn proofs(facts: &[Evidence]) -> Vec<Proof> {
    let mut proofs: Vec<Proof> = Vec::new();
    for fact in facts {
        let place = match fact.place {
            Place::Line(number) => format!("Line {number}"),
            Place::Step(number) => format!("Step {}", number + 1),
        };
        let read = shown(&read_off(fact));
        match proofs.iter_mut().find(|known| known.place == place) {
            Some(known) => known.facts.push(read),
            None => proofs.push(Proof {
                place,
                line: shown(&fact.text),
                facts: vec![read],
            }),
        }
    }
    proofs
}
