//! For CI: JUnit XML. A diagnosis is a test suite; a step is a test, and so is the verdict.

use std::fmt::Write as _;

use evidence::Seen;
use wire::markup::escape;

use super::Report;
use crate::diagnosis::Verdict;

/// Every report as a suite of its own.
pub fn junit(reports: &[Report<'_>]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"keyway\">\n");
    for report in reports {
        suite(&mut out, *report);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, report: Report<'_>) {
    let diagnosis = report.diagnosis;
    let steps: Vec<_> = diagnosis.steps.iter().collect();
    let failed = steps
        .iter()
        .filter(|step| matches!(step.seen, Seen::Failed(_)))
        .count();
    let found = usize::from(diagnosis.verdict == Verdict::CauseFound);
    let skipped = steps
        .iter()
        .filter(|step| matches!(step.seen, Seen::Skipped(_)))
        .count();
    let name = escape(report.subject);
    let (tests, failures) = (steps.len() + 1, failed + found);
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">"
    );
    for step in &steps {
        let seconds = format!("{}.{:03}", step.millis / 1000, step.millis % 1000);
        let _ = write!(
            out,
            "    <testcase classname=\"{name}\" name=\"{}\" time=\"{seconds}\">",
            escape(&step.what)
        );
        match &step.seen {
            Seen::Ok(_) | Seen::Answered(_) => {}
            Seen::Failed(detail) => {
                let _ = write!(out, "<failure message=\"{}\"/>", escape(detail));
            }
            Seen::Skipped(detail) => {
                let _ = write!(out, "<skipped message=\"{}\"/>", escape(detail));
            }
        }
        out.push_str("</testcase>\n");
    }
    let _ = write!(out, "    <testcase classname=\"{name}\" name=\"verdict\">");
    if let (Verdict::CauseFound, Some(first)) = (diagnosis.verdict, diagnosis.causes.first()) {
        let fix: Vec<String> = first
            .fix
            .iter()
            .enumerate()
            .map(|(at, step)| format!("{}. {step}", at + 1))
            .collect();
        let _ = write!(
            out,
            "<failure type=\"{}\" message=\"{}\">{}\n{}</failure>",
            escape(&first.id),
            escape(&first.title),
            escape(&first.cause),
            escape(&fix.join("\n"))
        );
    }
    out.push_str("</testcase>\n");
    if let Some(first) = report.first() {
        let _ = writeln!(out, "    <system-out>{}</system-out>", escape(&first));
    }
    out.push_str("  </testsuite>\n");
}
