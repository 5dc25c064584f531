//! Which lines of a long text are worth reading: those that hold a literal without which no rule can be met.
//!
//! Of each rule the need counts whose literals are rarest; a line that holds one is read with its neighbors, where the
//! rule's other needs stand if they stand anywhere. So the work goes with what is told, not with what is written.

use std::collections::BTreeSet;

use catalog::{Catalog, Condition, Need, Rule, rarity};
use evidence::Kind;

use crate::{
    grams::{Grams, Hit, Usual},
    read::Cores,
};

/// How often one literal is told within a block, and in the whole text. What comes up over and over says no more; so the
/// work is bounded, whatever the text.
const OFTEN_IN_BLOCK: u8 = 4;
const OFTEN: u16 = 24;

/// How often each literal was told so far.
pub(crate) struct Told(Vec<u16>);

impl Told {
    /// Whether a hit is worth reading.
    pub(crate) fn is_worth(&mut self, hit: Hit) -> bool {
        match self.0.get_mut(hit.literal as usize) {
            Some(times) if *times < OFTEN => {
                *times += 1;
                true
            }
            _ => false,
        }
    }
}

/// Every literal.
pub(crate) struct Prefilter {
    /// In alphabetical order, each once.
    pub(crate) literals: Vec<String>,
}

/// The literals in the order that suits one text.
pub(crate) struct Search<'p> {
    literals: &'p [String],
    usual: Usual,
    grams: Grams<'p>,
}

impl Prefilter {
    /// Over the rules of a catalog.
    pub(crate) fn new(catalog: &Catalog, cores: &Cores<'_>) -> Self {
        let mut literals: BTreeSet<String> = BTreeSet::new();
        for rule in catalog.causes().iter().flat_map(|cause| &cause.meta.rules) {
            literals.extend(rarest(rule, cores));
        }
        literals.extend(cores.of(Kind::Good, "*"));
        literals.remove("");
        Self {
            literals: literals.into_iter().collect(),
        }
    }

    /// For a text that begins so.
    pub(crate) fn search(&self, opening: &[u8]) -> Search<'_> {
        let usual = Usual::of(opening);
        let grams = Grams::new(&self.literals, &usual, |_| true);
        Search {
            literals: &self.literals,
            usual,
            grams,
        }
    }

    /// Nothing was told so far.
    pub(crate) fn told(&self) -> Told {
        Told(vec![0; self.literals.len()])
    }
}

impl Search<'_> {
    /// The same without the literals that are common in the opening of a text: they were told there as often as they
    /// are ever told, and would only slow down the rest.
    pub(crate) fn without_common(self, opening: &[u8]) -> Self {
        let mut hits = Vec::new();
        self.each(opening, |hit| {
            hits.push(hit);
            true
        });
        hits.sort_unstable();
        let mut seen = vec![0u16; self.literals.len()];
        let mut end = 0;
        // What overlaps is one.
        for hit in hits {
            let length = self.literals.get(hit.literal as usize).map_or(0, String::len);
            if let Some(times) = seen.get_mut(hit.literal as usize)
                && hit.at >= end
            {
                *times = times.saturating_add(1);
                end = hit.at + length;
            }
        }
        let is_rare = |number: usize| seen.get(number).is_some_and(|times| *times < OFTEN);
        Self {
            grams: Grams::new(self.literals, &self.usual, is_rare),
            ..self
        }
    }

    fn each(&self, text: &[u8], mut found: impl FnMut(Hit) -> bool) {
        self.grams.each(text, |hit| {
            let literal = self.literals.get(hit.literal as usize).map_or("", String::as_str);
            is_part_of_id(text, hit.at, literal) || found(hit)
        });
    }

    /// The places in a block at which literals stand, in order.
    pub(crate) fn hits(&self, block: &[u8]) -> Vec<Hit> {
        let mut seen = vec![0u8; self.literals.len()];
        let mut hits = Vec::new();
        self.each(block, |hit| {
            let Some(times) = seen.get_mut(hit.literal as usize) else {
                return false;
            };
            *times = times.saturating_add(1);
            let is_told = *times <= OFTEN_IN_BLOCK;
            if is_told {
                hits.push(hit);
            }
            is_told
        });
        hits.sort_unstable();
        hits
    }
}

/// Lengths of the runs of hexadecimal digits in a GUID, with and without its hyphens.
const RUNS: [usize; 3] = [8, 12, 32];
/// Shorter literals come up in anything.
const LEAST: usize = 4;

/// Whether a number is only a piece of a GUID. Logs are full of them, every number of five digits stands in one in a
/// million, and no reader takes it for a number there.
fn is_part_of_id(text: &[u8], at: usize, literal: &str) -> bool {
    let is_hex = |byte: &&u8| byte.is_ascii_hexdigit();
    if literal.len() < LEAST || !literal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let (before, from) = text.split_at(at);
    let end = from.get(literal.len()..).unwrap_or_default();
    let run = before.iter().rev().take(32).take_while(is_hex).count()
        + literal.len()
        + end.iter().take(32).take_while(is_hex).count();
    run > literal.len() && RUNS.contains(&run)
}

/// The literals of the need that narrows the search best.
fn rarest(rule: &Rule, cores: &Cores<'_>) -> Vec<String> {
    let needs = rule.all.iter().map(|need| of_need(need, cores));
    let best = needs
        .filter(|literals| !literals.is_empty())
        .max_by_key(|literals| literals.iter().map(|literal| rarity(literal)).min());
    best.unwrap_or_default()
}

/// Empty where one of its conditions can be met without any literal.
fn of_need(need: &Need, cores: &Cores<'_>) -> Vec<String> {
    let each: Vec<Vec<String>> = need
        .conditions()
        .iter()
        .filter(|condition| !matches!(condition.kind, Kind::State | Kind::Mail))
        .map(|condition| of_condition(condition, cores))
        .collect();
    if each.iter().any(Vec::is_empty) {
        Vec::new()
    } else {
        each.concat()
    }
}

/// Literals one of which is in every text that shows the fact.
fn of_condition(condition: &Condition, cores: &Cores<'_>) -> Vec<String> {
    let pattern = condition.pattern();
    match condition.kind {
        Kind::Says => cores.of(Kind::Says, pattern),
        Kind::Code => {
            let mut literals = cores.of(Kind::Code, pattern);
            let hex = pattern.trim_start_matches("0x");
            literals.extend(longest(hex));
            if let Ok(code) = u32::from_str_radix(hex, 16) {
                literals.push(code.cast_signed().unsigned_abs().to_string());
            }
            literals
        }
        Kind::Status
        | Kind::Aadsts
        | Kind::Smtp
        | Kind::Event
        | Kind::Id
        | Kind::OAuth
        | Kind::Suberror
        | Kind::Fault => longest(pattern),
        Kind::Exception | Kind::Frame | Kind::Alert => longest(pattern.rsplit('.').next().unwrap_or(pattern)),
        Kind::Setting if pattern.starts_with("user=") => {
            vec!["user".into(), "login".into(), "account".into()]
        }
        Kind::Setting => longest(pattern.split('=').next().unwrap_or(pattern)),
        Kind::Token => vec!["eyj".into()],
        Kind::Url => vec![of_address(pattern).into()],
        Kind::Http if pattern == "proxy-auth" => {
            let mut literals = cores.of(Kind::Http, pattern);
            literals.push("407".into());
            literals
        }
        Kind::Http if pattern == "redirect-loop" => vec!["location".into(), "->".into()],
        Kind::Http if pattern == "html-not-json" => {
            vec!["<!doctype".into(), "<html".into(), "unexpected".into()]
        }
        kind => cores.of(kind, pattern),
    }
}

/// The longest piece between stars.
fn longest(pattern: &str) -> Vec<String> {
    let piece = pattern
        .split('*')
        .max_by_key(|piece| piece.len())
        .filter(|piece| !piece.is_empty());
    piece.map(str::to_owned).into_iter().collect()
}

/// What stands in every address of this sort.
fn of_address(what: &str) -> &'static str {
    match what {
        "discovery-service" => "discovery.svc",
        "organization-service" => "/organization",
        "web-api" => "/api/data/",
        "v1-endpoint" | "v2-endpoint" => "/oauth2/",
        "common-tenant" => "/common/",
        "ews" => "exchange.asmx",
        "autodiscover" => "autodiscover",
        "federation" => "/adfs/",
        "redirector" => "cloudredirector",
        "live-id" => "live",
        "authorize" => "/authorize",
        "token-endpoint" => "/token",
        "regional-discovery" => "disco",
        "organization-online" | "unknown-region" | "missing-region" => "dynamics",
        _ => "http",
    }
}

#[cfg(test)]
mod tests {
    use super::is_part_of_id;

    #[test]
    fn a_piece_of_a_guid_is_no_number() {
        let within =
            |text: &str, literal: &str| is_part_of_id(text.as_bytes(), text.find(literal).unwrap(), literal);
        assert!(within("1a50053b-4c50-4a50-8a50-1234567890ab", "50053"));
        assert!(within("00000000-0000-4000-8000-12345a500531", "50053"));
        for text in [
            "AADSTS50053",
            "AADSTS50053Error",
            "[50053]",
            "50053",
            "code50053",
            "0x50053",
        ] {
            assert!(!within(text, "50053"), "{text}");
        }
        assert!(!within("0x80044150", "80044150"));
    }
}
