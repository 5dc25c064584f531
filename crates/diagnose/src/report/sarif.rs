//! For code scanners: SARIF 2.1.0. A cause is a rule, a finding points at the line that proves it.

use catalog::Confidence;
use evidence::Place;
use serde_json::{Value, json};

use super::Report;
use crate::diagnosis::Found;

/// Every report in one run.
pub fn sarif(reports: &[Report<'_>], version: &str) -> Value {
    let mut rules: Vec<Value> = Vec::new();
    let mut results = Vec::new();
    let mut notes: Vec<Value> = Vec::new();
    for report in reports {
        notes.extend(report.first().as_deref().map(note));
        for found in &report.diagnosis.causes {
            if !rules.iter().any(|rule| rule["id"] == found.id.as_str()) {
                rules.push(rule(found));
            }
            results.push(result(found, report.subject));
        }
    }
    let mut all = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "keyway", "version": version, "rules": rules } },
            "results": results,
        }],
    });
    // What the service says of itself is about the run, and no result of it (3.20.21).
    if !notes.is_empty() {
        all["runs"][0]["invocations"] =
            json!([{ "executionSuccessful": true, "toolExecutionNotifications": notes }]);
    }
    all
}

fn note(incidents: &str) -> Value {
    json!({ "level": "warning", "message": { "text": incidents } })
}

fn rule(found: &Found) -> Value {
    json!({
        "id": found.id,
        "shortDescription": { "text": found.title },
        "fullDescription": { "text": found.cause },
        "help": { "text": found.fix.join("\n") },
    })
}

fn result(found: &Found, subject: &str) -> Value {
    let locations = found.evidence.iter().filter_map(|fact| match fact.place {
        Place::Line(line) => Some(json!({ "physicalLocation": {
            "artifactLocation": { "uri": subject },
            "region": { "startLine": line.max(1), "snippet": { "text": fact.text } },
        }})),
        Place::Step(_) => None,
    });
    let level = match found.confidence {
        Confidence::Possible => "note",
        Confidence::Likely => "warning",
        Confidence::Certain => "error",
    };
    json!({
        "ruleId": found.id,
        "level": level,
        "message": { "text": found.title },
        "locations": locations.collect::<Vec<_>>(),
    })
}
