//! Cross-validation: the causes are dealt into parts, and each part's samples are judged by a catalog that was never told
//! of them.
//!
//! A catalog is told by whoever writes rules, so nothing is trained anew. What can be taken away is what cites a sample's
//! document: for each part every rule, of any cause, whose only source is one of the documents its samples were found in.
//! The sentences that long texts are searched for and the words that articles are compared by follow from the rules that
//! stay. What cannot be taken away is what its writers knew when they wrote rules from other sources, and the articles.

use std::collections::BTreeSet;

use catalog::{Catalog, Cause, Rule, samples::Sample};

/// How the knowledge base's articles are cited by their old numbers.
const BY_NUMBER: &str = "KB ";
/// Where they stand today, under names in which the number is not found.
const BY_NAME: &str = "SupportArticles-docs";

/// The number of the part that each sample belongs to: all samples of a cause to one, texts without a cause in turn.
pub(crate) fn deal(samples: &[Sample], parts: usize) -> Vec<usize> {
    let causes: BTreeSet<&str> = samples
        .iter()
        .filter_map(|sample| sample.cause.as_deref())
        .collect();
    let number = |(at, sample): (usize, &Sample)| {
        let cause = sample.cause.as_deref();
        cause.map_or(at, |id| causes.range(..id).count()) % parts.max(1)
    };
    samples.iter().enumerate().map(number).collect()
}

/// The catalog without what was drawn from these samples alone.
pub(crate) fn without(catalog: &Catalog, held: &[&Sample]) -> Catalog {
    let documents: BTreeSet<String> = held
        .iter()
        .filter_map(|sample| document(&sample.source))
        .collect();
    let from_articles: BTreeSet<&str> = held
        .iter()
        .filter(|sample| sample.source.contains(BY_NAME))
        .filter_map(|sample| sample.cause.as_deref())
        .collect();
    let is_held = |cause: &Cause, source: &str| {
        // Which number was which article is not on record, so of these causes all of them count as held back.
        let by_number = source.starts_with(BY_NUMBER) && from_articles.contains(cause.id.as_str());
        by_number || document(source).is_some_and(|document| documents.contains(&document))
    };
    let stays = |cause: &Cause, rule: &Rule| {
        let mut sources = rule.source.split(';').map(str::trim);
        !sources.all(|source| is_held(cause, source))
    };
    catalog.keeping(stays)
}

/// What a source is known by, however it is cited: an issue by its path, a page by its name. Nothing for what was made up.
fn document(source: &str) -> Option<String> {
    let source = source.trim().to_lowercase();
    if source.is_empty() || source.starts_with("constructed") {
        return None;
    }
    let path = source.split(['#', '?']).next()?.trim_end_matches('/');
    let is_thread = ["/issues/", "/pull/", "/discussions/"]
        .iter()
        .any(|part| path.contains(part));
    let name = match path.split_once("github.com/") {
        Some((_, thread)) if is_thread => thread,
        _ => path.rsplit('/').next()?,
    };
    Some(name.trim_end_matches(".md").to_owned())
}

#[cfg(test)]
mod tests {
    use catalog::samples::Expected;

    use super::*;

    fn sample(cause: Option<&str>, source: &str) -> Sample {
        Sample {
            file: String::new(),
            cause: cause.map(str::to_owned),
            expected: Expected::Nothing,
            source: source.to_owned(),
            text: String::new(),
        }
    }

    #[test]
    fn a_document_is_one_however_it_is_cited() {
        let page = document(
            "MicrosoftDocs/SupportArticles-docs/support/dynamics-365/sales/access-is-denied-error.md",
        );
        assert_eq!(
            page,
            document(
                "https://learn.microsoft.com/troubleshoot/dynamics-365/sales/access-is-denied-error#cause"
            )
        );
        let issue = document("https://github.com/one/project/issues/3");
        assert_ne!(issue, document("https://github.com/another/project/issues/3"));
        assert_eq!(issue, document("https://github.com/One/Project/issues/3/"));
        assert_eq!(document("constructed: success log"), None);
    }

    #[test]
    fn a_cause_is_in_one_part_with_all_its_samples() {
        let samples = ["b", "a", "b", "c", "a"].map(|cause| sample(Some(cause), ""));
        assert_eq!(deal(&samples, 2), [1, 0, 1, 0, 0]);
        assert_eq!(deal(&samples, 1), [0; 5]);
    }

    #[test]
    fn what_cites_only_a_held_document_is_gone_from_every_cause() {
        let catalog = Catalog::embedded();
        let rules = |catalog: &Catalog| -> Vec<String> {
            let all = catalog.causes().iter().flat_map(|cause| &cause.meta.rules);
            all.map(|rule| rule.source.clone()).collect()
        };
        let cited = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes";
        let held = sample(
            Some("account-locked"),
            "MicrosoftDocs/entra-docs/docs/identity-platform/reference-error-codes.md",
        );
        let (before, after) = (rules(catalog), rules(&without(catalog, &[&held])));
        assert!(before.iter().any(|source| source == cited));
        assert!(!after.iter().any(|source| source == cited));
        assert!(after.iter().any(|source| source.starts_with("facts/")));
        assert_eq!(rules(&without(catalog, &[])), before);
    }
}
