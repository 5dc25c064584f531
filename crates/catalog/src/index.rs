//! Which causes a set of facts can bring into question: worth making where many sets are judged, as in a long log. A
//! cause then costs nothing unless one of its rules has a need that is met.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use evidence::{Facts, Kind};

use crate::{
    condition::{Condition, Need},
    judge::Judgement,
    load::Catalog,
};

/// The causes of a catalog by what their rules cannot be met without.
pub struct Index<'c> {
    catalog: &'c Catalog,
    /// By a digest of kind and value; that two may share one only means that a cause is looked at in vain.
    by_fact: HashMap<u64, Vec<usize>>,
    /// Causes with a rule whose needs all have patterns.
    always: Vec<usize>,
    digests: RandomState,
}

impl<'c> Index<'c> {
    /// Of a catalog.
    pub fn new(catalog: &'c Catalog) -> Self {
        let mut index = Self {
            catalog,
            by_fact: HashMap::new(),
            always: Vec::new(),
            digests: RandomState::new(),
        };
        for (cause, rules) in catalog.causes().iter().map(|cause| &cause.meta.rules).enumerate() {
            for rule in rules {
                let exact = rule.all.iter().filter(is_exact);
                let rarest = exact.min_by_key(|need| need.conditions().len());
                for condition in rarest.map_or(&[][..], Need::conditions) {
                    let digest = index.digest(condition.kind, condition.pattern());
                    let causes = index.by_fact.entry(digest).or_default();
                    if causes.last() != Some(&cause) {
                        causes.push(cause);
                    }
                }
                if rarest.is_none() && index.always.last() != Some(&cause) {
                    index.always.push(cause);
                }
            }
        }
        index
    }

    /// What the catalog says to a set of facts; the same as [`Catalog::judge`].
    pub fn judge(&self, facts: &Facts) -> Judgement<'c> {
        let met = facts
            .iter()
            .filter_map(|fact| self.by_fact.get(&self.digest(fact.kind, &fact.value)));
        let mut causes: Vec<usize> = met.flatten().chain(&self.always).copied().collect();
        causes.sort_unstable();
        causes.dedup();
        let causes = causes.into_iter().filter_map(|at| self.catalog.causes().get(at));
        Judgement::of(causes, facts)
    }

    /// Of a dotted name, by its end, since that is what is compared.
    fn digest(&self, kind: Kind, value: &str) -> u64 {
        let end = value.rsplit('.').next().filter(|_| Condition::is_dotted(kind));
        self.digests.hash_one((kind, end.unwrap_or(value)))
    }
}

/// Whether only facts with just these values meet it.
fn is_exact(need: &&Need) -> bool {
    let is_pattern =
        |condition: &Condition| condition.phrase().is_none() && condition.pattern().contains('*');
    !need.conditions().iter().any(is_pattern)
}

#[cfg(test)]
mod tests {
    use evidence::Place;

    use super::*;

    #[test]
    fn it_says_what_the_catalog_says() {
        let catalog = Catalog::embedded();
        let index = Index::new(catalog);
        let mut judged = 0;
        for cause in catalog.causes() {
            for rule in &cause.meta.rules {
                let mut facts = Facts::default();
                for condition in rule.all.iter().flat_map(|need| need.conditions().first()) {
                    let value = condition.pattern().replace('*', "x");
                    // A dotted name is met by its end.
                    let before = if Condition::is_dotted(condition.kind) {
                        "a.b."
                    } else {
                        ""
                    };
                    facts.see(condition.kind, &format!("{before}{value}"), Place::Line(1), "");
                }
                let told = |judgement: Judgement<'_>| {
                    let matches = judgement.matches.iter();
                    let matches: Vec<_> = matches.map(|found| (&found.cause.id, found.confidence)).collect();
                    let out: Vec<_> = judgement.ruled_out.iter().map(|out| &out.cause.id).collect();
                    format!("{matches:?} {out:?}")
                };
                assert_eq!(
                    told(index.judge(&facts)),
                    told(catalog.judge(&facts)),
                    "{}",
                    cause.id
                );
                judged += 1;
            }
        }
        assert!(judged > 1000, "{judged}");
    }
}
