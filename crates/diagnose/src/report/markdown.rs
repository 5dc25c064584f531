//! For a ticket or a chat: the same as text, in Markdown.

use std::fmt::Write as _;

use catalog::read_off;
use evidence::{Place, Seen};

use super::Report;
use crate::diagnosis::{Diagnosis, Found};

/// The whole report.
pub fn markdown(report: Report<'_>) -> String {
    let diagnosis = report.diagnosis;
    let mut out = format!(
        "### {}: {}\n\n",
        escape(report.subject),
        escape(&report.headline())
    );
    steps(&mut out, diagnosis);
    if let Some(first) = report.first() {
        let _ = writeln!(out, "{}\n", escape(&first));
    }
    for (at, found) in diagnosis.causes.iter().enumerate() {
        let _ = writeln!(
            out,
            "**{}** ({}, `{}`)\n",
            escape(&found.title),
            found.confidence.word(),
            found.id
        );
        if at == 0 {
            first(&mut out, found);
        }
    }
    if let Some(question) = &diagnosis.question {
        let _ = writeln!(out, "What would decide: {}\n", escape(question));
    }
    for not_it in &diagnosis.ruled_out {
        let _ = writeln!(out, "- not `{}`: {}", not_it.id, escape(&not_it.because));
    }
    out
}

fn steps(out: &mut String, diagnosis: &Diagnosis) {
    let mut head = "| | step | ms | seen |\n|---|---|---|---|\n";
    for step in diagnosis.steps.iter() {
        let (mark, detail) = match &step.seen {
            Seen::Ok(detail) => ("ok", detail),
            Seen::Answered(detail) => ("said", detail),
            Seen::Failed(detail) => ("**failed**", detail),
            Seen::Skipped(detail) => ("skipped", detail),
        };
        out.push_str(head);
        head = "";
        let _ = writeln!(
            out,
            "| {mark} | {} | {} | {} |",
            escape(&step.what),
            step.millis,
            escape(detail)
        );
    }
    if head.is_empty() {
        out.push('\n');
    }
}

fn first(out: &mut String, found: &Found) {
    let _ = writeln!(
        out,
        "{} It is for {} to act.\n",
        escape(&found.cause),
        found.who.words()
    );
    for fact in &found.evidence {
        let place = match fact.place {
            Place::Line(number) => format!("line {number}"),
            Place::Step(number) => format!("step {}", number + 1),
        };
        let _ = writeln!(
            out,
            "- {place}: `{}` (`{}`)",
            fact.text.replace('`', "'"),
            read_off(fact)
        );
    }
    out.push('\n');
    for (at, step) in found.fix.iter().enumerate() {
        let _ = writeln!(out, "{}. {step}", at + 1);
    }
    out.push('\n');
}

/// Keeps text from being taken for markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '_' | '<' | '|' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
