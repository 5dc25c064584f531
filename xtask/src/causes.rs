//! `docs/causes/`: a page for each cause and an index by family, written from the catalog.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use catalog::{Catalog, Cause};

use crate::{Failure, root};

const FOLDER: &str = "docs/causes";
const MADE: &str = "<!-- written by `cargo run -p xtask -- causes`; do not edit -->\n";

/// Writes every page, and takes away those of causes that are gone.
pub(crate) fn run(args: &[String]) -> Result<String, Failure> {
    if let Some(extra) = args.first() {
        return Err(format!("causes takes no arguments, '{extra}' was given").into());
    }
    let pages = pages()?;
    let folder = root().join(FOLDER);
    fs::create_dir_all(&folder)?;
    for gone in present()?.iter().filter(|name| !pages.contains_key(*name)) {
        fs::remove_file(folder.join(gone))?;
    }
    for (name, page) in &pages {
        fs::write(folder.join(name), page)?;
    }
    Ok(format!("{} pages are in {FOLDER}\n", pages.len()))
}

/// The files that lie in the folder.
fn present() -> Result<BTreeSet<String>, Failure> {
    let entries = fs::read_dir(root().join(FOLDER))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

/// Every page by its file's name.
fn pages() -> Result<BTreeMap<String, String>, Failure> {
    let (catalog, problems) = Catalog::load(&root().join("catalog"));
    if let Some(problem) = problems.first() {
        return Err(problem.to_string().into());
    }
    let mut pages = BTreeMap::from([("README.md".to_owned(), index(&catalog)?)]);
    for cause in catalog.causes() {
        pages.insert(format!("{}.md", cause.id), page(&catalog, cause)?);
    }
    Ok(pages)
}

fn index(catalog: &Catalog) -> Result<String, Failure> {
    let mut families: BTreeMap<&str, Vec<&Cause>> = BTreeMap::new();
    for cause in catalog.causes() {
        families.entry(&cause.meta.family).or_default().push(cause);
    }
    let mut out = format!(
        "# Causes\n\n{MADE}\n{} causes that a connection can fail by. `keyway causes list WORD` searches them, `keyway explain` \
         names the one\nthat a text shows.\n",
        catalog.causes().len()
    );
    for (family, causes) in families {
        writeln!(out, "\n## {family}\n")?;
        for cause in causes {
            writeln!(out, "- [{}]({}.md)", cause.article.title, cause.id)?;
        }
    }
    Ok(out)
}

fn page(catalog: &Catalog, cause: &Cause) -> Result<String, Failure> {
    let (meta, article) = (&cause.meta, &cause.article);
    let mut out = format!("# {}\n\n{MADE}\n", article.title);
    for (heading, text) in [
        ("Symptoms", &article.symptoms),
        ("Cause", &article.cause),
        ("Resolution", &article.resolution),
    ] {
        writeln!(out, "## {heading}\n\n{text}\n")?;
    }
    writeln!(out, "It is for {} to act.\n", meta.who.words())?;
    writeln!(out, "## What would decide\n\n{}\n", meta.ask)?;
    let see = meta.see.iter().filter_map(|id| catalog.get(id));
    list(
        &mut out,
        "Often taken for",
        see.map(|other| format!("[{}]({}.md)", other.article.title, other.id)),
    )?;
    let references = meta.references.iter().map(|reference| {
        let date = reference
            .date
            .as_deref()
            .map_or_else(String::new, |date| format!(", {date}"));
        match reference.url.starts_with("https://") {
            true => format!("[{}]({}){date}", reference.title, reference.url),
            false => format!("{} ({}){date}", reference.title, reference.url),
        }
    });
    list(&mut out, "References", references)?;
    list(&mut out, "Details", details(cause).into_iter())?;
    if let Some(why) = &meta.unplayed {
        writeln!(out, "The stand-in cannot play it: {}", why.trim_end())?;
    }
    Ok(out.trim_end().to_owned() + "\n")
}

fn list(out: &mut String, heading: &str, items: impl Iterator<Item = String>) -> Result<(), Failure> {
    let items: Vec<String> = items.collect();
    if !items.is_empty() {
        writeln!(out, "## {heading}\n")?;
        for item in &items {
            writeln!(out, "- {item}")?;
        }
        out.push('\n');
    }
    Ok(())
}

fn details(cause: &Cause) -> Vec<String> {
    let id = ("Id", format!("`{}`", cause.id));
    let told = std::iter::once(id).chain(cause.meta.details());
    told.map(|(name, value)| format!("{name}: {value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_fresh() {
        let pages = pages().unwrap();
        let stale: Vec<&String> = pages
            .iter()
            .filter(|(name, page)| {
                fs::read_to_string(root().join(FOLDER).join(name)).ok().as_ref() != Some(*page)
            })
            .map(|(name, _)| name)
            .collect();
        let present = present().unwrap();
        let gone: Vec<&String> = present.iter().filter(|name| !pages.contains_key(*name)).collect();
        assert!(
            stale.is_empty() && gone.is_empty(),
            "run `cargo run -p xtask -- causes`: {stale:?} are stale, {gone:?} are of no cause"
        );
    }
}
