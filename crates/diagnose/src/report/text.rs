//! For people: like a good compiler's errors, readable without color.

use std::fmt::Write as _;

use catalog::read_off;
use evidence::{Fact, Kind, Place, Seen};

use super::Report;
use crate::{
    bearing,
    diagnosis::{Found, Verdict},
};

/// The widest line of running text.
const WIDTH: usize = 100;

/// The whole report.
pub fn text(report: Report<'_>) -> String {
    let mut out = String::new();
    let diagnosis = report.diagnosis;
    steps(&mut out, report);
    if let Some(first) = report.first() {
        labeled(&mut out, "first", &first);
        line(&mut out, "");
    }
    match (diagnosis.verdict, diagnosis.causes.split_first()) {
        (verdict, Some((first, rest))) if verdict.names_cause() => {
            let sure = match verdict {
                Verdict::NotAuthoritative => word(verdict),
                _ => first.confidence.word(),
            };
            line(&mut out, &format!("{sure}: {}", first.title));
            cause(&mut out, first, report.subject);
            others(&mut out, "also", rest);
        }
        _ => {
            line(
                &mut out,
                &format!("{}: {}", word(diagnosis.verdict), report.headline()),
            );
            proofs(
                &mut out,
                &diagnosis.good[..diagnosis.good.len().min(3)],
                report.subject,
            );
            if !diagnosis.causes.is_empty() {
                line(&mut out, "");
                others(&mut out, "maybe", &diagnosis.causes);
            }
            if let Some(question) = &diagnosis.question {
                let label = match diagnosis.verdict {
                    Verdict::NotMeasurable => "why",
                    _ => "decide",
                };
                labeled(&mut out, label, question);
            } else if diagnosis.verdict == Verdict::Unknown
                && diagnosis.causes.is_empty()
                && diagnosis.steps.is_empty()
            {
                labeled(
                    &mut out,
                    "next",
                    "Paste more of it: the lines around the first error, its code, and what was tried.",
                );
            }
        }
    }
    for not_it in &diagnosis.ruled_out {
        labeled(&mut out, "not", &format!("{}: {}", not_it.id, not_it.because));
    }
    if !diagnosis.read_as.is_empty() {
        labeled(&mut out, "read as", &diagnosis.read_as.join(", "));
    }
    out
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "healthy",
        Verdict::CauseFound => "found",
        Verdict::Unknown => "unknown",
        Verdict::NotMeasurable => "not measurable",
        Verdict::NotAuthoritative => "not authoritative",
    }
}

fn steps(out: &mut String, report: Report<'_>) {
    let mut any = false;
    for step in report.diagnosis.steps.iter() {
        any = true;
        let (mark, detail) = match &step.seen {
            Seen::Ok(detail) => ("ok  ", detail),
            Seen::Answered(detail) => ("said", detail),
            Seen::Failed(detail) => ("FAIL", detail),
            Seen::Skipped(detail) => ("skip", detail),
        };
        line(
            out,
            &format!("{mark} {:>6} ms  {}: {detail}", step.millis, step.what),
        );
    }
    if any {
        line(out, "");
    }
}

fn cause(out: &mut String, found: &Found, subject: &str) {
    proofs(out, &found.evidence, subject);
    line(out, "");
    labeled(out, "cause", &format!("{} [{}]", found.cause, found.id));
    labeled(out, "move", &format!("It is for {} to act.", found.who.words()));
    for (at, step) in found.fix.iter().enumerate() {
        let label = if at == 0 { "fix" } else { "" };
        labeled(out, label, &format!("{}. {step}", at + 1));
    }
    // Places in the fact sheets are for those who write causes.
    for reference in found.references.iter().filter(|reference| reference.is_public()) {
        labeled(out, "read", &format!("{} <{}>", reference.title, reference.url));
    }
}

/// Where each stands, what stands there, and what was read off it; a line that proves several things once.
fn proofs(out: &mut String, facts: &[Fact], subject: &str) {
    for (at, fact) in facts.iter().enumerate() {
        if facts[..at].iter().any(|before| before.place == fact.place) {
            continue;
        }
        let place = match fact.place {
            Place::Line(number) => format!("{subject}:{number}"),
            Place::Step(number) => format!("step {}", number + 1),
        };
        line(out, &format!("  --> {place}"));
        line(out, &format!("   |  {}", fact.text));
        for here in facts.iter().filter(|here| here.place == fact.place) {
            line(out, &format!("   |  = {}", read_off(here)));
        }
    }
}

fn others(out: &mut String, label: &str, rest: &[Found]) {
    for other in rest {
        let why = other.evidence.iter().find_map(|fact| match fact.kind {
            Kind::Words => Some(format!("by words alone, {}", fact.value)),
            Kind::About => Some(bearing::words(&fact.value).to_owned()),
            _ => None,
        });
        let how = why.unwrap_or_else(|| other.confidence.word().to_owned());
        labeled(out, label, &format!("{} [{}] ({how})", other.title, other.id));
    }
}

fn labeled(out: &mut String, label: &str, text: &str) {
    let mut column = 0;
    let _ = write!(out, "{label:>7}  ");
    for word in text.replace("**", "").split_whitespace() {
        if column > 0 && column + word.chars().count() > WIDTH - 10 {
            out.push_str("\n         ");
            column = 0;
        } else if column > 0 {
            out.push(' ');
        }
        out.push_str(word);
        column += word.chars().count() + 1;
    }
    out.push('\n');
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}
