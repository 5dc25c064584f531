//! `xtask facts`: what the readers make of a text on standard input, and what the catalog's folder says to it. For those
//! who write causes: it reads the folder (or the one that is named) as it stands, without building anything.

use std::{fmt::Write as _, path::PathBuf};

use catalog::Catalog;
use diagnose::{Diagnosis, Explainer};
use types::Timestamp;

use crate::{Failure, root};

pub(crate) fn run(args: &[String]) -> Result<String, Failure> {
    let folder = args.first().map_or_else(|| root().join("catalog"), PathBuf::from);
    let (catalog, problems) = Catalog::load(&folder);
    let explainer = Explainer::new(&catalog);
    let reading = explainer.read(std::io::stdin().lock(), Timestamp::from_seconds(1_795_000_000))?;
    let mut out = String::new();
    for problem in &problems {
        writeln!(out, "problem: {problem}")?;
    }
    for fact in reading.facts.iter() {
        writeln!(out, "{:?}  {} {}", fact.place, fact.kind, fact.value)?;
    }
    let judgement = explainer.judge(&reading);
    let diagnosis = Diagnosis::from_judgement(judgement, &reading.facts);
    writeln!(out, "{:?}", diagnosis.verdict)?;
    for cause in &diagnosis.causes {
        let proof: Vec<_> = cause
            .evidence
            .iter()
            .map(|fact| format!("{} {}", fact.kind, fact.value))
            .collect();
        writeln!(
            out,
            "  {} {}: {}",
            cause.confidence.word(),
            cause.id,
            proof.join("; ")
        )?;
    }
    for out_of_question in &diagnosis.ruled_out {
        writeln!(out, "  not {}: {}", out_of_question.id, out_of_question.because)?;
    }
    Ok(out)
}
