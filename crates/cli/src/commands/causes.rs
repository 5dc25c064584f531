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
        let causes: Vec<&Cause> = catalog.causes().iter().filter(fits).collect();
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
    /// The cause's id, or its article's number
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
        let Some(cause) = catalog.get(&self.cause).or_else(numbered) else {
            return Err(Failure::new(
                Exit::NotFound,
                format!("`{}` is no cause of the catalog", self.cause),
                "`keyway causes list WORD` searches it.",
            ));
        };
        context.output.result(&full(cause), || text(cause))
    }
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
        out.push_str(&format!("{heading}\n{}\n\n", indent(body)));
    }
    out.push_str(&format!("It is for {} to act.\n", cause.meta.who.words()));
    if !cause.meta.numbers.is_empty() {
        out.push_str(&format!("Numbers: {}\n", cause.meta.numbers.join(", ")));
    }
    if !cause.meta.see.is_empty() {
        out.push_str(&format!("Often taken for: {}\n", cause.meta.see.join(", ")));
    }
    for reference in &cause.meta.references {
        out.push_str(&format!("Read: {} <{}>\n", reference.title, reference.url));
    }
    out
}

fn indent(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| format!("  {line}").trim_end().to_owned())
        .collect();
    lines.join("\n")
}
