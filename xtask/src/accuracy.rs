//! `docs/accuracy.md`: how often the catalog is right, by its own samples; `xtask evaluate --write` writes it.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use catalog::{
    Catalog,
    samples::{Expected, Sample},
};

use crate::{Failure, evaluate::Score, root};

const PAGE: &str = "docs/accuracy.md";
const CATALOG: &str = "catalog";
/// How many parts the causes are dealt into for what is held back.
pub(crate) const FOLDS: usize = 5;

/// What was evaluated, and what came out.
pub(crate) struct Outcome<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) samples: &'c [Sample],
    /// With every rule.
    pub(crate) whole: Score,
    /// Each part by a catalog that was never told of it.
    pub(crate) held_back: Score,
}

/// Writes the page.
pub(crate) fn write(outcome: &Outcome<'_>) -> Result<String, Failure> {
    fs::write(root().join(PAGE), page(outcome)?)?;
    Ok(format!("{PAGE} is written\n"))
}

fn page(outcome: &Outcome<'_>) -> Result<String, Failure> {
    let mut out = String::from(
        "# Accuracy\n\nHow often `keyway explain` names the right cause, by texts whose cause is known: the samples of the catalog. \
         Written by\n`cargo run --release -p xtask -- evaluate --write`; do not edit.\n\n",
    );
    let counts = Counts::of(outcome.catalog, outcome.samples);
    write!(out, "{}", counts.text())?;
    out.push_str(
        "\n## Figures\n\n*With every rule* says that the rules fit the samples they were made by, and no more.\n\n*Held back* is \
         cross-validation in five parts (`evaluate --folds 5`): the causes are dealt out, each with all its samples, and a\n\
         part's samples are judged by a catalog without any rule, of any cause, whose only source is a document that one of \
         them was found in.\nA document is one however it is cited. Articles of the knowledge base are cited by old numbers and by new \
         names; of a cause with a\nsample from there, every rule that cites a number counts as drawn from it. The sentences that \
         are looked for and the words that articles\nare compared by follow from the rules that stay; the articles themselves stay, too.\n\nMost causes are documented \
         in one place, where their samples and their rules were both found. So of most causes this judges a catalog that knows\n\
         what the fact sheets and other documents say of them and no more: how far it reaches beyond what it was told. What a text meets \
         that\nnobody has seen should lie between the columns. Near-misses and texts that name no cause are nearly all made up by \
         whoever wrote what they test, so the\nlast two lines say little.\n\n| | With every rule | Held back |\n|---|---|---|\n",
    );
    for ((what, part, of), (_, held, held_of)) in outcome
        .whole
        .figures()
        .into_iter()
        .zip(outcome.held_back.figures())
    {
        writeln!(out, "| {what} | {} | {} |", share(part, of), share(held, held_of))?;
    }
    out.push_str("\n## Confusion\n\nSamples whose first cause is not an accepted one.\n\n");
    confusion(&mut out, "With every rule", &outcome.whole.confused)?;
    confusion(&mut out, "Held back", &outcome.held_back.confused)?;
    writeln!(out, "{}", stamp()?)?;
    Ok(out)
}

fn share(part: usize, whole: usize) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    format!("{part} of {whole}, {percent:.1} %")
}

fn confusion(
    out: &mut String,
    heading: &str,
    pairs: &BTreeMap<(String, String), usize>,
) -> Result<(), Failure> {
    writeln!(out, "### {heading}\n")?;
    if pairs.is_empty() {
        out.push_str("None.\n\n");
        return Ok(());
    }
    out.push_str("| The cause | Was taken for | Samples |\n|---|---|---|\n");
    for ((cause, taken), count) in pairs {
        let taken = if taken.is_empty() { "nothing" } else { taken };
        writeln!(out, "| {cause} | {taken} | {count} |")?;
    }
    out.push('\n');
    Ok(())
}

/// What there is to judge by.
struct Counts {
    causes: usize,
    unsampled: Vec<String>,
    positive: usize,
    near: usize,
    nothing: usize,
}

impl Counts {
    fn of(catalog: &Catalog, samples: &[Sample]) -> Self {
        let count =
            |wanted: fn(&Expected) -> bool| samples.iter().filter(|sample| wanted(&sample.expected)).count();
        let is_sampled = |id: &str| {
            samples
                .iter()
                .any(|sample| matches!(&sample.expected, Expected::First(accepted) if accepted[0] == id))
        };
        let unsampled = catalog.causes().iter().filter(|cause| !is_sampled(&cause.id));
        Self {
            causes: catalog.causes().len(),
            unsampled: unsampled.map(|cause| cause.id.clone()).collect(),
            positive: count(|expected| matches!(expected, Expected::First(_))),
            near: count(|expected| matches!(expected, Expected::NotFirst(_))),
            nothing: count(|expected| matches!(expected, Expected::Nothing)),
        }
    }

    fn text(&self) -> String {
        let mut out = format!(
            "## What there is\n\n{} causes; {} samples that lead to one, {} near-misses that must not lead to theirs, {} texts \
             that name no cause.\n\n**{} causes are unsampled**: no text is known that shows them and may be published, and none is made \
             up. Their rules\nrest on documents alone.\n",
            self.causes,
            self.positive,
            self.near,
            self.nothing,
            self.unsampled.len(),
        );
        if !self.unsampled.is_empty() {
            out.push_str("\n<details><summary>Which</summary>\n\n");
            for id in &self.unsampled {
                out.push_str(&format!("- [{id}](causes/{id}.md)\n"));
            }
            out.push_str("\n</details>\n");
        }
        out
    }
}

/// Says of which catalog the page speaks. The readers have a say too; who changes them evaluates anew.
fn stamp() -> Result<String, Failure> {
    let mut digest = Digest(0xcbf2_9ce4_8422_2325);
    digest.folder(&root().join(CATALOG))?;
    Ok(format!("<!-- catalog {:016x} -->", digest.0))
}

/// FNV-1a: it is to notice a change, not to withstand anybody.
struct Digest(u64);

impl Digest {
    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.bytes(entry.file_name().as_encoded_bytes());
            if entry.file_type()?.is_dir() {
                self.folder(&entry.path())?;
            } else {
                self.bytes(&fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_of_this_catalog() {
        let page = fs::read_to_string(root().join(PAGE)).unwrap();
        assert!(
            page.trim_end().ends_with(&stamp().unwrap()),
            "run `cargo run --release -p xtask -- evaluate --write`"
        );
    }
}
