//! From facts to causes: which rules are met, how sure that makes us, and what is ruled out.

use std::cmp::Ordering;

use evidence::{Fact, Facts};

use crate::{
    cause::{Cause, Confidence, Rule},
    condition::Condition,
    load::Catalog,
    profile::Resemblance,
    read_off::read_off,
};

/// A cause whose recognizer is met.
#[derive(Clone, Debug)]
pub struct Match<'c> {
    /// The cause.
    pub cause: &'c Cause,
    /// How sure.
    pub confidence: Confidence,
    /// Whether a rule that is met says that what failed is not to be relied on.
    pub dismisses: bool,
    /// What proves it, the most telling first.
    pub evidence: Vec<Fact>,
    weight: usize,
    alike: f32,
    turn: Turn,
}

/// When a proof's turn is: which part of a text it stands in, and where in that.
type Turn = (usize, usize);

/// A cause that came into question and is ruled out.
#[derive(Clone, Debug)]
pub struct RuledOut<'c> {
    /// The cause.
    pub cause: &'c Cause,
    /// Why not.
    pub because: String,
}

/// What the catalog says to a set of facts.
#[derive(Clone, Debug, Default)]
pub struct Judgement<'c> {
    /// The causes in question, the best first.
    pub matches: Vec<Match<'c>>,
    /// The causes that are not it, and why.
    pub ruled_out: Vec<RuledOut<'c>>,
}

impl Catalog {
    /// Judges facts: surer causes first; among certain ones the one whose turn is first, among equals the one whose rules ask for more.
    pub fn judge(&self, facts: &Facts) -> Judgement<'_> {
        Judgement::of(self.causes().iter(), facts)
    }
}

/// How much telling rules count beside a text's resemblance.
const TELLING: f32 = 0.01;

impl<'c> Judgement<'c> {
    /// What these causes' rules say.
    pub(crate) fn of(causes: impl Iterator<Item = &'c Cause>, facts: &Facts) -> Self {
        let mut judgement = Self::default();
        for cause in causes {
            let Some(found) = recognize(cause, facts, &mut judgement.ruled_out) else {
                continue;
            };
            match cause.excluded(facts).map(str::to_owned) {
                Some(because) => judgement.ruled_out.push(RuledOut { cause, because }),
                None => judgement.matches.push(found),
            }
        }
        judgement.settle();
        judgement
    }

    /// Whether no cause came into question.
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty() && self.ruled_out.is_empty()
    }

    /// Takes into account how the text resembles each cause of the catalog: among those that are equally sure, the one
    /// that is most alike comes first.
    pub fn weigh(&mut self, catalog: &'c Catalog, alike: &[Resemblance]) {
        for (cause, alike) in catalog.causes().iter().zip(alike) {
            if let Some(found) = self.matches.iter_mut().find(|found| found.cause.id == cause.id) {
                found.alike = alike.score;
            }
        }
        self.settle();
    }

    /// Whether several causes are certain, so that it matters whose proof comes first.
    pub fn is_contested(&self) -> bool {
        let certain = |found: &&Match<'_>| found.confidence == Confidence::Certain;
        self.matches.iter().filter(certain).count() > 1
    }

    /// Of several certain causes, the one whose most telling fact has the first turn comes first.
    pub fn arrange(&mut self, turn: impl Fn(&Fact) -> (usize, usize)) {
        for found in &mut self.matches {
            found.turn = found.evidence.first().map_or_else(Turn::default, &turn);
        }
        self.settle();
    }

    /// Adds a cause that no rule names, as possible.
    pub fn suppose(&mut self, cause: &'c Cause, alike: Resemblance, evidence: Fact) {
        self.matches.push(Match {
            cause,
            confidence: Confidence::Possible,
            dismisses: false,
            evidence: vec![evidence],
            weight: 0,
            alike: alike.score,
            turn: Turn::default(),
        });
        self.settle();
    }

    /// Nothing is more than possible, for the reason that the fact tells.
    pub fn doubt(&mut self, reason: &Fact) {
        for found in &mut self.matches {
            if found.confidence > Confidence::Possible {
                found.confidence = Confidence::Possible;
                found.evidence.push(reason.clone());
            }
        }
        self.settle();
    }

    /// Joins the judgement of another part of the same text: of each cause the better proof stays, the earlier among
    /// equals.
    pub fn join(&mut self, other: Self) {
        for found in other.matches {
            match self
                .matches
                .iter_mut()
                .find(|known| known.cause.id == found.cause.id)
            {
                Some(known) if found.rank_over(known).is_gt() => *known = found,
                Some(_) => {}
                None => self.matches.push(found),
            }
        }
        for out in other.ruled_out {
            if !self.ruled_out.iter().any(|known| known.cause.id == out.cause.id) {
                self.ruled_out.push(out);
            }
        }
        self.settle();
    }

    /// Puts the best first; what is found somewhere is not ruled out.
    fn settle(&mut self) {
        self.matches.sort_by(|a, b| b.rank_over(a));
        let matches = &self.matches;
        self.ruled_out
            .retain(|out| !matches.iter().any(|found| found.cause.id == out.cause.id));
    }
}

impl Match<'_> {
    /// Greater where this one goes before the other.
    fn rank_over(&self, other: &Self) -> Ordering {
        let telling = |found: &Self| found.alike + TELLING * found.weight as f32;
        let sure = self.confidence.cmp(&other.confidence);
        let first = match self.confidence {
            Confidence::Certain => other.turn.cmp(&self.turn),
            _ => Ordering::Equal,
        };
        sure.then(first).then(telling(self).total_cmp(&telling(other)))
    }
}

/// The surest and most telling rule that is met. Further rules that are met make it a little more telling.
fn recognize<'c>(cause: &'c Cause, facts: &Facts, ruled_out: &mut Vec<RuledOut<'c>>) -> Option<Match<'c>> {
    let mut best: Option<Match<'c>> = None;
    let mut against = None;
    let (mut more, mut dismisses) = (0, false);
    for rule in &cause.meta.rules {
        let Some(evidence) = proof(rule, facts) else {
            continue;
        };
        if let Some(contrary) = rule.none.iter().find_map(|condition| condition.met(facts)) {
            against.get_or_insert(contrary);
            continue;
        }
        more += 1;
        dismisses |= rule.dismisses;
        let found = Match {
            cause,
            confidence: rule.confidence,
            dismisses: false,
            evidence,
            weight: rule.weight() * 4,
            alike: 0.0,
            turn: Turn::default(),
        };
        if best
            .as_ref()
            .is_none_or(|best| (found.confidence, found.weight) > (best.confidence, best.weight))
        {
            best = Some(found);
        }
    }
    if let (None, Some(contrary)) = (&best, against) {
        ruled_out.push(RuledOut {
            cause,
            because: format!("`{}` was seen, which does not go with it", read_off(contrary)),
        });
    }
    best.map(|best| Match {
        weight: best.weight + more,
        dismisses,
        ..best
    })
}

/// The facts that meet every need of a rule.
fn proof(rule: &Rule, facts: &Facts) -> Option<Vec<Fact>> {
    let mut proof: Vec<(usize, &Fact)> = Vec::new();
    for need in &rule.all {
        let (condition, fact) = need.met(facts)?;
        proof.push((condition.weight(), fact));
    }
    proof.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    Some(proof.into_iter().map(|(_, fact)| fact.clone()).collect())
}

impl Cause {
    /// Why it is not this cause, where a fact does not go with it.
    pub fn excluded(&self, facts: &Facts) -> Option<&str> {
        let met = |condition: &Condition| condition.met(facts).is_some();
        let found = self
            .meta
            .exclusions
            .iter()
            .find(|exclusion| exclusion.any.iter().any(met));
        found.map(|exclusion| exclusion.because.as_str())
    }
}
