//! The stand-in and the catalog agree: what a refusal's journal line names as its cause is what its body is explained by.

#![cfg(test)]

use catalog::Catalog;
use diagnose::Explainer;
use types::{Timestamp, Uuid};
use wire::aadsts::{self, Refusal};

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// Refusals whose sentence alone leads to another cause first, each with the reason.
const ELSEWHERE: &[(u32, &str)] = &[(
    7_000_218,
    "the sentence asks for a secret; that the application was to be public is its registration's to say",
)];

#[test]
fn every_refusal_is_explained_by_the_cause_that_the_journal_names() {
    let catalog = Catalog::embedded();
    let explainer = Explainer::new(catalog);
    let mut wrong = Vec::new();
    for entry in aadsts::table().filter(|entry| !entry.cause.is_empty()) {
        let id = Uuid::nil();
        let body = Refusal::new(entry, "").body("https://login.microsoftonline.com", id, id.into(), NOW);
        let body = serde_json::to_string(&body).unwrap();
        let causes = explainer.explain(body.as_bytes(), NOW).unwrap().causes;
        let sure = causes.first().map(|first| first.confidence);
        let mut surest = causes.iter().filter(|cause| Some(cause.confidence) == sure);
        let agrees = catalog.get(entry.cause).is_some() && surest.any(|cause| cause.id == entry.cause);
        let is_elsewhere = ELSEWHERE.iter().any(|(code, _)| *code == entry.code);
        if agrees == is_elsewhere {
            let told: Vec<&str> = causes.iter().map(|cause| cause.id.as_str()).collect();
            wrong.push(format!("{} {}: {told:?}", entry.code, entry.cause));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
