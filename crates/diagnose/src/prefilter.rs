//! Which lines of a long text are worth reading: those that hold a literal without which no rule can be met.
//!
//! Of each rule the need counts whose literals are rarest; a line that holds one is read with its neighbors, where the
//! rule's other needs stand if they stand anywhere. So the work goes with what is told, not with what is written.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use catalog::{Catalog, Condition, Need, Rule, rarity};
use evidence::Kind;

use crate::read::Sentences;

/// How often one literal is told within a block, and in the whole text. What comes up over and over says no more; so the
/// work is bounded, whatever the text.
const OFTEN_IN_BLOCK: u8 = 4;
const OFTEN: u16 = 24;

/// A place at which a literal stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    /// Which literal.
    literal: u32,
    /// Where it begins in its block.
    pub(crate) at: usize,
}

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

/// The automaton over every literal.
pub(crate) struct Prefilter {
    automaton: AhoCorasick,
    literals: Vec<String>,
}

impl Prefilter {
    /// Over the rules of a catalog; none where it has none.
    pub(crate) fn new(catalog: &Catalog, sentences: &Sentences) -> Option<Self> {
        let mut literals: BTreeSet<String> = BTreeSet::new();
        for rule in catalog.causes().iter().flat_map(|cause| &cause.meta.rules) {
            literals.extend(rarest(rule, sentences));
        }
        literals.extend(sentences.cores_of(Kind::Good, "*"));
        Self::over(literals.into_iter().collect())
    }

    fn over(literals: Vec<String>) -> Option<Self> {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&literals)
            .ok()?;
        Some(Self { automaton, literals })
    }

    /// The same without the literals that are common in the opening of a text: they were told there as often as they
    /// are ever told, and would only slow down the rest.
    pub(crate) fn without_common(&self, opening: &[u8]) -> Option<Self> {
        let mut seen = vec![0u32; self.literals.len()];
        for hit in self.automaton.find_iter(opening) {
            if let Some(times) = seen.get_mut(hit.pattern().as_usize()) {
                *times += 1;
            }
        }
        let rare = self
            .literals
            .iter()
            .zip(&seen)
            .filter(|(_, times)| **times < u32::from(OFTEN));
        Self::over(rare.map(|(literal, _)| literal.clone()).collect())
    }

    /// The places in a block at which literals stand.
    pub(crate) fn hits(&self, block: &[u8]) -> Vec<Hit> {
        let mut seen = vec![0u8; self.literals.len()];
        let hits = self.automaton.find_iter(block).filter_map(|hit| {
            let times = seen.get_mut(hit.pattern().as_usize())?;
            *times = times.saturating_add(1);
            (*times <= OFTEN_IN_BLOCK).then_some(Hit {
                literal: hit.pattern().as_u32(),
                at: hit.start(),
            })
        });
        hits.collect()
    }

    /// Nothing was told so far.
    pub(crate) fn told(&self) -> Told {
        Told(vec![0; self.literals.len()])
    }
}

/// The literals of the need that narrows the search best.
fn rarest(rule: &Rule, sentences: &Sentences) -> Vec<String> {
    let needs = rule.all.iter().map(|need| of_need(need, sentences));
    let best = needs
        .filter(|literals| !literals.is_empty())
        .max_by_key(|literals| literals.iter().map(|literal| rarity(literal)).min());
    best.unwrap_or_default()
}

/// Empty where one of its conditions can be met without any literal.
fn of_need(need: &Need, sentences: &Sentences) -> Vec<String> {
    let each: Vec<Vec<String>> = need
        .conditions()
        .iter()
        .filter(|condition| !matches!(condition.kind, Kind::State | Kind::Mail))
        .map(|condition| of_condition(condition, sentences))
        .collect();
    if each.iter().any(Vec::is_empty) {
        Vec::new()
    } else {
        each.concat()
    }
}

/// Literals one of which is in every text that shows the fact.
fn of_condition(condition: &Condition, sentences: &Sentences) -> Vec<String> {
    let pattern = condition.pattern.as_str();
    match condition.kind {
        Kind::Says => sentences.cores_of(Kind::Says, pattern),
        Kind::Code => {
            let mut literals = sentences.cores_of(Kind::Code, pattern);
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
            let mut literals = sentences.cores_of(Kind::Http, pattern);
            literals.push("407".into());
            literals
        }
        Kind::Http if pattern == "redirect-loop" => vec!["location".into(), "->".into()],
        Kind::Http if pattern == "html-not-json" => {
            vec!["<!doctype".into(), "<html".into(), "unexpected".into()]
        }
        kind => sentences.cores_of(kind, pattern),
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
