//! Profiles: which cause's article talks as a text does.
//!
//! Rules recognize what is essential and say so; a profile only compares words. It breaks ties between causes that are
//! equally sure, and where no rule speaks it names the articles that a text resembles, as merely possible. The measure
//! is BM25 (Robertson and Zaragoza, *The Probabilistic Relevance Framework*, 2009, section 3).

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use crate::{cause::Cause, words::Words};

/// How quickly saying a word again stops counting.
const SATURATION: f32 = 1.2;
/// How much long articles are held back.
const LENGTH: f32 = 0.5;
/// The most different words of a text that are compared.
const MOST: usize = 400;

/// What counts how much in a profile.
const TITLE: f32 = 2.0;
const SYMPTOMS: f32 = 1.5;
const CAUSE: f32 = 1.0;
const RESOLUTION: f32 = 0.5;
const RULES: f32 = 0.5;
/// A word counts in so many rules at most.
const RULES_MOST: f32 = 6.0;

/// The profile of every cause, flat: the build makes it, and the program reads it as it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profiles {
    /// Every word that some profile has, one behind another.
    stems: String,
    /// For each word, in alphabetical order, where it ends and where its worths end.
    ends: Vec<(u32, u32)>,
    /// The causes whose profile has a word, by their number, and what it is worth there.
    worths: Vec<(u16, f32)>,
    causes: usize,
}

/// How a text resembles a cause.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resemblance {
    /// Higher is more alike; below about three there is nothing in it.
    pub score: f32,
    /// How many different words they share.
    pub shared: usize,
}

impl Profiles {
    /// Of causes, in this order.
    pub(crate) fn new(causes: &[Cause]) -> Self {
        let profiles: Vec<BTreeMap<String, f32>> = causes.iter().map(profile).collect();
        let lengths: Vec<f32> = profiles.iter().map(|profile| profile.values().sum()).collect();
        let count = profiles.len().max(1) as f32;
        let average = lengths.iter().sum::<f32>() / count;
        let mut by_word: BTreeMap<String, Vec<(u16, f32)>> = BTreeMap::new();
        for ((number, profile), length) in (0u16..).zip(profiles).zip(&lengths) {
            let held_back = SATURATION * (1.0 - LENGTH + LENGTH * length / average);
            for (word, times) in profile {
                let worth = times * (SATURATION + 1.0) / (times + held_back);
                by_word.entry(word).or_default().push((number, worth));
            }
        }
        let mut flat = Self {
            stems: String::new(),
            ends: Vec::with_capacity(by_word.len()),
            worths: Vec::new(),
            causes: causes.len(),
        };
        for (word, causes) in by_word {
            let having = causes.len() as f32;
            let rarity = (1.0 + (count - having + 0.5) / (having + 0.5)).ln();
            flat.stems.push_str(&word);
            let worths = causes.into_iter().map(|(cause, worth)| (cause, worth * rarity));
            flat.worths.extend(worths);
            flat.ends
                .push((place(flat.stems.len()), place(flat.worths.len())));
        }
        flat
    }

    /// How words resemble each cause, in the order of the catalog.
    pub fn compare(&self, words: &Words) -> Vec<Resemblance> {
        let mut result = vec![Resemblance::default(); self.causes];
        let stems: BTreeSet<String> = (0..words.len()).map(|at| stem(words.text(at))).collect();
        let compared = stems.len().clamp(6, MOST) as f32;
        for stem in stems.iter().take(MOST) {
            for (cause, worth) in self.worths(stem) {
                if let Some(one) = result.get_mut(usize::from(*cause)) {
                    one.score += worth / compared.sqrt();
                    one.shared += 1;
                }
            }
        }
        result
    }

    /// What a word is worth, and where.
    fn worths(&self, stem: &str) -> &[(u16, f32)] {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            let (begin, end) = self.ends_of(middle);
            match self.stems.get(begin.0..end.0).unwrap_or_default().cmp(stem) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return self.worths.get(begin.1..end.1).unwrap_or_default(),
            }
        }
        &[]
    }

    /// Where a word and its worths begin, and where they end.
    fn ends_of(&self, number: usize) -> ((usize, usize), (usize, usize)) {
        let end = |number: usize| {
            let end = self.ends.get(number);
            end.map_or((0, 0), |(stem, worth)| (*stem as usize, *worth as usize))
        };
        (number.checked_sub(1).map_or((0, 0), end), end(number))
    }
}

/// All articles together are a few megabytes.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The words of a cause, and how much each counts.
fn profile(cause: &Cause) -> BTreeMap<String, f32> {
    let mut profile = BTreeMap::new();
    let article = &cause.article;
    let texts = [
        (cause.id.as_str(), TITLE),
        (&article.title, TITLE),
        (&article.symptoms, SYMPTOMS),
        (&article.cause, CAUSE),
        (&article.resolution, RESOLUTION),
    ];
    for (text, worth) in texts {
        for stem in stems(text) {
            *profile.entry(stem).or_insert(0.0) += worth;
        }
    }
    let mut in_rules: BTreeMap<String, f32> = BTreeMap::new();
    for condition in cause.meta.rules.iter().flat_map(crate::cause::Rule::needs) {
        for stem in stems(condition.pattern()).into_iter().collect::<BTreeSet<_>>() {
            *in_rules.entry(stem).or_insert(0.0) += 1.0;
        }
    }
    for (stem, times) in in_rules {
        *profile.entry(stem).or_insert(0.0) += RULES * times.min(RULES_MOST);
    }
    profile
}

fn stems(text: &str) -> Vec<String> {
    let mut words = Words::default();
    for line in text.lines() {
        words.push_line(line, 1);
    }
    (0..words.len()).map(|at| stem(words.text(at))).collect()
}

/// A word without its ending, so that `synchronized` and `synchronization` meet.
fn stem(word: &str) -> String {
    let mut stem = word;
    for ending in ["ations", "ation", "ings", "ing", "ed", "es", "s"] {
        if let Some(rest) = word.strip_suffix(ending).filter(|rest| rest.len() >= 4) {
            stem = rest;
            break;
        }
    }
    if stem.chars().all(char::is_alphabetic) {
        stem.chars().take(9).collect()
    } else {
        stem.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_do_not_matter_and_numbers_do() {
        assert_eq!(stem("synchronized"), stem("synchronization"));
        assert_eq!(stem("passwords"), stem("password"));
        assert_ne!(stem("50126"), stem("50127"));
    }

    #[test]
    fn the_article_that_talks_of_the_same_comes_first() {
        let catalog = crate::Catalog::embedded();
        let mut words = Words::default();
        words.push_line(
            "the public address of our office is not in the list of the environment's IP firewall",
            1,
        );
        let alike = catalog.profiles().compare(&words);
        let best = (0..alike.len())
            .max_by(|a, b| alike[*a].score.total_cmp(&alike[*b].score))
            .expect("causes");
        assert_eq!(catalog.causes()[best].id, "dataverse-ip-firewall");
    }
}
