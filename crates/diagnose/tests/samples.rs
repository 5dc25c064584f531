//! The read proof of every folder of the catalog: its samples rank it first, its near misses do not.
//!
//! Samples lie beside their cause, so a new folder is proved here without a line of code. One that is wrong fails
//! unless [`NOT_YET`] names it with the reason, and an entry there that is no longer needed fails as well.

#![cfg(test)]

use std::{collections::BTreeSet, path::PathBuf};

use catalog::{
    Catalog,
    samples::{self, Expected, Sample},
};
use diagnose::{Diagnosis, Explainer};
use types::Timestamp;

/// Samples are judged at one moment, so that the same text always gives the same answer.
const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// Samples that are not read right, each with the reason.
const NOT_YET: &[(&str, &str)] = &[];

#[test]
fn samples_rank_their_cause_first_and_near_misses_do_not() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let (catalog, problems) = Catalog::load(&folder);
    assert!(problems.is_empty(), "{problems:#?}");
    let explainer = Explainer::new(&catalog);
    let samples = samples::load(&folder).unwrap();
    let mut wrong = BTreeSet::new();
    let mut told = Vec::new();
    for sample in &samples {
        let diagnosis = explainer.explain(sample.text.as_bytes(), NOW).unwrap();
        if !is_right(sample, &diagnosis) {
            wrong.insert(sample.file.as_str());
            let causes: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.id.as_str()).collect();
            told.push(format!("{}: {:?}, not {causes:?}", sample.file, sample.expected));
        }
    }
    let with_samples: BTreeSet<&str> = samples
        .iter()
        .filter_map(|sample| sample.cause.as_deref())
        .collect();
    println!(
        "{} samples of {} causes, {} wrong; {} causes have no sample",
        samples.len(),
        with_samples.len(),
        wrong.len(),
        catalog.causes().len() - with_samples.len()
    );
    let known: BTreeSet<&str> = NOT_YET.iter().map(|(file, _)| *file).collect();
    assert_eq!(
        wrong,
        known,
        "wrong and unlisted, or listed and no longer wrong:\n{}",
        told.join("\n")
    );
}

#[test]
fn a_cause_that_has_samples_has_a_near_miss() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let samples = samples::load(&folder).unwrap();
    let with = |is_near: bool| -> BTreeSet<&str> {
        let is_asked = |sample: &&Sample| matches!(sample.expected, Expected::NotFirst(_)) == is_near;
        let asked = samples.iter().filter(is_asked);
        asked.filter_map(|sample| sample.cause.as_deref()).collect()
    };
    let (near, matched) = (with(true), with(false));
    let without: Vec<_> = matched.difference(&near).collect();
    assert!(!matched.is_empty() && without.is_empty(), "{without:?}");
}

fn is_right(sample: &Sample, diagnosis: &Diagnosis) -> bool {
    let found = diagnosis.verdict.names_cause();
    let first = diagnosis.causes.first().map_or("", |cause| cause.id.as_str());
    match &sample.expected {
        Expected::First(accepted) => accepted.iter().any(|id| id == first),
        Expected::NotFirst(id) => first != id || !found,
        Expected::Nothing => !found,
    }
}
