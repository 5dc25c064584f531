//! `keyway causes list|show`: the catalog.

use catalog::{Catalog, Cause};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{context::Context, exit::Exit, output::columns, report::Failure};

/// The catalog of causes
#[derive(Subcommand)]
pub(crate) enum Causes {
    /// List causes, or those that a number or a phrase leads to
    List(List),
    /// Show one cause: what people see, why, and what to do
    Show(Show),
}

impl Causes {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
        }
    }
}

/// List causes, or those that a number or a phrase leads to
#[derive(Args)]
pub(crate) struct List {
    /// An article's number, an error code, a word or a phrase
    #[arg(value_name = "SEARCH")]
    search: Vec<String>,
    /// Only this family: identity, app-registration, organization-access, …
    #[arg(long, value_name = "NAME", env = "KEYWAY_FAMILY")]
    family: Option<String>,
    /// Only causes described for this version: `9.x`, `8.x`
    #[arg(long, value_name = "VERSION", env = "KEYWAY_APPLIES_TO")]
    applies_to: Option<String>,
}

impl List {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let catalog = Catalog::embedded();
        let search = self.search.join(" ");
        let fits = |cause: &&Cause| {
            let family = self
                .family
                .as_ref()
                .is_none_or(|family| *family == cause.meta.family);
            let version = self
                .applies_to
                .as_ref()
                .is_none_or(|version| cause.meta.versions.contains(version));
            family && version && (search.is_empty() || cause.is_about(&search))
        };
        let mut causes: Vec<&Cause> = catalog.causes().iter().filter(fits).collect();
        // Whose title says it comes before those that only mention it.
        let words = search.to_lowercase();
        causes.sort_by_key(|cause| !cause.article.title.to_lowercase().contains(&words));
        if causes.is_empty() {
            return Err(Failure::new(
                Exit::NotFound,
                "no cause fits",
                "Try fewer words, or `keyway explain` with the whole text.",
            ));
        }
        let rows: Vec<Vec<String>> = causes
            .iter()
            .map(|cause| {
                vec![
                    cause.id.clone(),
                    cause.meta.family.clone(),
                    cause.article.title.clone(),
                ]
            })
            .collect();
        let list: Vec<Value> = causes.iter().map(|cause| brief(cause)).collect();
        context
            .output
            .result(&list, || columns(&["CAUSE", "FAMILY", "WHAT IS WRONG"], &rows))
    }
}

/// Show one cause: what people see, why, and what to do
#[derive(Args)]
pub(crate) struct Show {
    /// The cause's id, its article's number, or a number or phrase that leads to it alone
    #[arg(value_name = "CAUSE")]
    cause: String,
}

impl Show {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let catalog = Catalog::embedded();
        let number = self
            .cause
            .trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
        let numbered = || {
            catalog
                .causes()
                .iter()
                .find(|cause| cause.meta.numbers.iter().any(|known| known == number))
        };
        let cause = match catalog.get(&self.cause).or_else(numbered) {
            Some(cause) => cause,
            None => one_about(catalog, &self.cause)?,
        };
        context.output.result(&full(cause), || text(cause))
    }
}

/// The only cause that a number or a phrase leads to.
fn one_about<'c>(catalog: &'c Catalog, search: &str) -> Result<&'c Cause, Failure> {
    let about: Vec<&Cause> = catalog
        .causes()
        .iter()
        .filter(|cause| cause.is_about(search))
        .collect();
    let (what, next) = match &about[..] {
        [cause] => return Ok(cause),
        [] => (
            format!("`{search}` is no cause of the catalog"),
            "`keyway causes list WORD` searches it.".to_owned(),
        ),
        several => (
            format!("{} causes are about `{search}`", several.len()),
            format!("`keyway causes list {search}` lists them; show one by its id."),
        ),
    };
    Err(Failure::new(Exit::NotFound, what, next))
}

fn brief(cause: &Cause) -> Value {
    json!({ "id": cause.id, "family": cause.meta.family, "title": cause.article.title, "applies_to": cause.meta.applies_to })
}

fn full(cause: &Cause) -> Value {
    let meta = &cause.meta;
    json!({
        "id": cause.id,
        "family": meta.family,
        "title": cause.article.title,
        "applies_to": meta.applies_to,
        "who": meta.who,
        "numbers": meta.numbers,
        "products": meta.products,
        "versions": meta.versions,
        "topic": meta.topic,
        "date": meta.date,
        "reviewer": meta.reviewer,
        "service": meta.service,
        "component": meta.component,
        "symptoms": cause.article.symptoms,
        "cause": cause.article.cause,
        "resolution": cause.article.resolution,
        "fix": cause.article.steps(),
        "ask": meta.ask,
        "see": meta.see,
        "unplayed": meta.unplayed,
        "references": meta.references,
    })
}

fn text(cause: &Cause) -> String {
    let article = &cause.article;
    let mut out = format!("{} [{}]\n\n", article.title, cause.id);
    for (heading, body) in [
        ("Symptoms", &article.symptoms),
        ("Cause", &article.cause),
        ("Resolution", &article.resolution),
    ] {
        out.push_str(&format!("{heading}\n{}\n", wrapped(body)));
    }
    let mut line = |label: &str, text: &str| out.push_str(&format!("{label}: {text}\n"));
    line("Who acts", cause.meta.who.words());
    line("What decides", &cause.meta.ask);
    if !cause.meta.numbers.is_empty() {
        line("Numbers", &cause.meta.numbers.join(", "));
    }
    if !cause.meta.see.is_empty() {
        line("Often taken for", &cause.meta.see.join(", "));
    }
    if cause
        .meta
        .play
        .as_ref()
        .is_some_and(|play| play.network.is_none())
    {
        line("Try it", &format!("keyway break {}", cause.id));
    }
    for reference in cause
        .meta
        .references
        .iter()
        .filter(|one| one.url.starts_with("http"))
    {
        line("Read", &format!("{} <{}>", reference.title, reference.url));
    }
    out
}

/// The widest line of running text.
const WIDTH: usize = 100;

/// An article's part as a terminal shows it: its lines wrapped, what follows a number or a point below its text, and without
/// the stars of what stands out. What is typed stays as it is.
fn wrapped(markdown: &str) -> String {
    let mut out = String::new();
    let mut typed = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            typed = !typed;
        } else if typed {
            out.push_str(&format!("    {line}\n"));
        } else {
            let line = line.replace("**", "");
            let text = line.trim_start();
            let mark = text.split_inclusive(' ').next().filter(|mark| {
                let number = mark.trim_end().trim_end_matches('.');
                *mark == "- " || (mark.contains('.') && number.parse::<u8>().is_ok())
            });
            let before = 2 + line.len() - text.len();
            wrap(&mut out, text, before, before + mark.map_or(0, str::len));
        }
    }
    out
}

/// One line, as many as it takes: the first behind so many blanks, the others behind as many of their own.
fn wrap(out: &mut String, text: &str, first: usize, others: usize) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column == 0 {
            out.push_str(&" ".repeat(first));
            column = first;
        } else if column + 1 + length > WIDTH {
            out.push_str(&format!("\n{}", " ".repeat(others)));
            column = others;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_shown_as_a_terminal_can() {
        let long = "word ".repeat(25);
        assert_eq!(
            wrapped(&format!("Open **Users**.\n\n2. {long}\n```\na  b\n```")),
            format!(
                "  Open Users.\n\n  2. {}\n     {}\n    a  b\n",
                "word ".repeat(19).trim_end(),
                "word ".repeat(6).trim_end()
            )
        );
    }
}
