//! `xtask patterns`: every rule's conditions as regular expressions, one a line, for measuring other tools with the same
//! rules (bar B12).

use std::collections::BTreeSet;

use catalog::{Catalog, Condition, Need};
use diagnose::Explainer;

use crate::{Failure, root};

pub(crate) fn run(args: &[String]) -> Result<String, Failure> {
    let (catalog, _) = Catalog::load(&root().join("catalog"));
    if args.iter().any(|arg| arg == "--literals") {
        let literals = Explainer::new(&catalog).literals();
        return Ok(literals.into_iter().map(|literal| literal + "\n").collect());
    }
    let rules = catalog.causes().iter().flat_map(|cause| &cause.meta.rules);
    let needs = rules.flat_map(|rule| rule.all.iter().flat_map(Need::conditions));
    let patterns: BTreeSet<String> = needs.filter_map(pattern).collect();
    Ok(patterns.into_iter().map(|pattern| pattern + "\n").collect())
}

/// The condition in a regular expression; none where it asks for more than characters.
fn pattern(condition: &Condition) -> Option<String> {
    use evidence::Kind;
    let literal = || escape(condition.pattern());
    match condition.kind {
        Kind::Says => condition.phrase().map(catalog::Phrase::to_regex),
        Kind::Aadsts => Some(format!("aadsts{}", literal())),
        Kind::Status => Some(format!(r"\b{}\b", literal())),
        Kind::Code
        | Kind::Exception
        | Kind::Frame
        | Kind::Alert
        | Kind::Smtp
        | Kind::Id
        | Kind::OAuth
        | Kind::Suberror
        | Kind::Fault
        | Kind::Setting => Some(literal()),
        _ => None,
    }
}

/// A literal, with the stars of a pattern as what they stand for.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '*' => out.push_str(".*"),
            c if r"\.+?()|[]{}^$#&-~".contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
