//! `xtask evaluate`: how often the catalog is right about texts whose cause is known.
//!
//! With `--folds N` the causes are dealt into N parts, and each part's samples are judged by a catalog that was never told
//! of them (`folds` says how far that goes): closer to what a text meets that nobody has seen.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use catalog::{
    Catalog,
    samples::{self, Expected, Sample},
};
use diagnose::{Diagnosis, Explainer};
use types::Timestamp;

use crate::{
    Failure,
    accuracy::{self, Outcome},
    folds, root,
};

/// Samples are judged at one moment, so that the same text always gives the same answer.
const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

pub(crate) fn run(args: &[String]) -> Result<String, Failure> {
    let settings = Settings::read(args)?;
    let folder = settings.folder();
    let (catalog, problems) = Catalog::load(&folder);
    let mut out = String::new();
    for problem in &problems {
        writeln!(out, "problem: {problem}")?;
    }
    writeln!(
        out,
        "{} causes, {} problems",
        catalog.causes().len(),
        problems.len()
    )?;
    let mut samples = match &settings.batch {
        Some(file) => batch(file)?,
        None => samples::load(&folder)?,
    };
    samples.retain(|sample| settings.wants(&catalog, sample));
    let score = judge(&catalog, &samples, settings.folds, |sample, diagnosis| {
        if settings.all || !right(sample, diagnosis) {
            let (file, wants, told) = (&sample.file, wants(sample), told(diagnosis));
            out.push_str(&format!("{file}\n    wants {wants}\n    got   {told}\n"));
        }
    })?;
    writeln!(out, "{}", score.text())?;
    if settings.write && !problems.is_empty() {
        return Err(format!("{out}nothing is written while the catalog has problems").into());
    }
    if settings.write {
        let score = |folds| judge(&catalog, &samples, folds, |_, _| {});
        out.push_str(&accuracy::write(&Outcome {
            catalog: &catalog,
            samples: &samples,
            whole: score(0)?,
            held_back: score(accuracy::FOLDS)?,
        })?);
    }
    Ok(out)
}

#[derive(Default)]
struct Settings {
    families: Vec<String>,
    folds: usize,
    all: bool,
    write: bool,
    batch: Option<String>,
    catalog: Option<String>,
}

impl Settings {
    fn read(args: &[String]) -> Result<Self, Failure> {
        let mut settings = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--all" => settings.all = true,
                "--write" => settings.write = true,
                "--catalog" => {
                    settings.catalog = Some(args.next().ok_or("--catalog wants a folder")?.clone());
                }
                "--batch" => settings.batch = Some(args.next().ok_or("--batch wants a file")?.clone()),
                "--folds" => settings.folds = args.next().ok_or("--folds wants a number")?.parse()?,
                family if !family.starts_with('-') => settings.families.push(family.to_owned()),
                other => {
                    return Err(format!(
                        "'{other}' is no flag; there are --all, --batch FILE, --catalog DIR, --folds N, --write and names of families"
                    )
                    .into());
                }
            }
        }
        let is_part = !settings.families.is_empty() || settings.batch.is_some() || settings.catalog.is_some();
        if settings.write && is_part {
            return Err(
                "--write is for the whole catalog: it goes without families, --batch and --catalog".into(),
            );
        }
        Ok(settings)
    }

    fn folder(&self) -> PathBuf {
        self.catalog
            .as_ref()
            .map_or_else(|| root().join("catalog"), PathBuf::from)
    }

    fn wants(&self, catalog: &Catalog, sample: &Sample) -> bool {
        let family = sample
            .cause
            .as_deref()
            .and_then(|id| catalog.get(id))
            .map(|cause| &cause.meta.family);
        self.families.is_empty() || family.is_none_or(|family| self.families.contains(family))
    }
}

/// Cases from a file: one JSON object a line with `id`, `input` and `expected`, the ids of causes that are accepted.
fn batch(file: &str) -> Result<Vec<Sample>, Failure> {
    #[derive(serde::Deserialize)]
    struct Case {
        id: String,
        input: String,
        expected: Vec<String>,
    }
    let text = std::fs::read_to_string(file).map_err(|why| format!("{file}: {why}"))?;
    let cases = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let case: Case = serde_json::from_str(line).map_err(|why| format!("{file}: {why}"))?;
        Ok(Sample {
            file: case.id,
            cause: case.expected.first().cloned(),
            expected: if case.expected.is_empty() {
                Expected::Nothing
            } else {
                Expected::First(case.expected)
            },
            source: String::new(),
            text: case.input,
        })
    });
    cases.collect()
}

/// Judges every sample: with the whole catalog, or each of so many parts without what was drawn from it.
fn judge(
    catalog: &Catalog,
    samples: &[Sample],
    parts: usize,
    mut each: impl FnMut(&Sample, &Diagnosis),
) -> Result<Score, Failure> {
    let mut score = Score::default();
    let mut of = |explainer: &Explainer<'_>, sample: &Sample| -> Result<(), Failure> {
        let diagnosis = explainer.explain(sample.text.as_bytes(), NOW);
        let diagnosis = diagnosis.map_err(|why| format!("{}: {why}", sample.file))?;
        score.count(sample, &diagnosis);
        each(sample, &diagnosis);
        Ok(())
    };
    if parts == 0 {
        let explainer = Explainer::new(catalog);
        samples.iter().try_for_each(|sample| of(&explainer, sample))?;
        return Ok(score);
    }
    let dealt = folds::deal(samples, parts);
    for part in 0..parts {
        let numbered = samples.iter().zip(&dealt);
        let held: Vec<&Sample> = numbered
            .filter(|(_, number)| **number == part)
            .map(|(sample, _)| sample)
            .collect();
        let rest = folds::without(catalog, &held);
        let explainer = Explainer::new(&rest);
        held.iter().try_for_each(|sample| of(&explainer, sample))?;
    }
    Ok(score)
}

fn first(diagnosis: &Diagnosis) -> &str {
    diagnosis.causes.first().map_or("", |cause| &cause.id)
}

fn right(sample: &Sample, diagnosis: &Diagnosis) -> bool {
    let found = diagnosis.verdict.names_cause();
    match &sample.expected {
        Expected::First(accepted) => accepted.iter().any(|id| id == first(diagnosis)),
        Expected::NotFirst(id) => first(diagnosis) != id || !found,
        Expected::Nothing => !found,
    }
}

fn wants(sample: &Sample) -> String {
    match &sample.expected {
        Expected::First(accepted) => accepted.join(" or "),
        Expected::NotFirst(id) => format!("anything but {id}"),
        Expected::Nothing => "nothing".to_owned(),
    }
}

fn told(diagnosis: &Diagnosis) -> String {
    let causes = diagnosis.causes.iter().take(3).map(|cause| {
        let proof: Vec<_> = cause
            .evidence
            .iter()
            .map(|fact| format!("{} {}", fact.kind, fact.value))
            .collect();
        format!("{} ({}: {})", cause.id, cause.confidence.word(), proof.join("; "))
    });
    let causes: Vec<_> = causes.collect();
    if causes.is_empty() {
        "nothing".to_owned()
    } else {
        causes.join(", ")
    }
}

/// Counts by what was asked for.
#[derive(Default)]
pub(crate) struct Score {
    positives: usize,
    first: usize,
    found: usize,
    negatives: usize,
    quiet: usize,
    near: usize,
    kept_apart: usize,
    /// What was due, and what was said in its place.
    pub(crate) confused: BTreeMap<(String, String), usize>,
}

impl Score {
    fn count(&mut self, sample: &Sample, diagnosis: &Diagnosis) {
        let right = right(sample, diagnosis);
        let found = diagnosis.verdict.names_cause();
        match &sample.expected {
            Expected::First(accepted) => {
                self.positives += 1;
                self.first += usize::from(right);
                self.found += usize::from(found);
                if !right {
                    let pair = (accepted[0].clone(), first(diagnosis).to_owned());
                    *self.confused.entry(pair).or_default() += 1;
                }
            }
            Expected::NotFirst(_) => {
                self.near += 1;
                self.kept_apart += usize::from(right);
            }
            Expected::Nothing => {
                self.negatives += 1;
                self.quiet += usize::from(right);
            }
        }
    }

    /// What was asked, how often it was met, of how many.
    pub(crate) fn figures(&self) -> [(&'static str, usize, usize); 4] {
        [
            ("first cause is an accepted one", self.first, self.positives),
            ("verdict is cause-found", self.found, self.positives),
            ("nothing found where there is nothing", self.quiet, self.negatives),
            ("near-misses kept apart", self.kept_apart, self.near),
        ]
    }

    fn text(&self) -> String {
        let line = |(what, part, whole): (&str, usize, usize)| {
            let share = part as f64 * 100.0 / whole.max(1) as f64;
            format!("{what:<44} {part:>4} of {whole:>4}  {share:5.1} %\n")
        };
        self.figures().map(line).concat()
    }
}
