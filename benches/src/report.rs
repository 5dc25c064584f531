//! What is printed: a line as each round ends, and at the end a table that can be pasted into docs/performance.md.

use std::io::Write;

use crate::load::Round;

/// One bar's result.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// `B1`
    pub(crate) bar: &'static str,
    /// What was measured.
    pub(crate) what: String,
    /// With numbers.
    pub(crate) measured: String,
    /// What is asked for.
    pub(crate) wanted: String,
    /// Whether it is met.
    pub(crate) met: bool,
}

impl Row {
    /// A ratio that must not be smaller than `least`.
    pub(crate) fn at_least(
        bar: &'static str,
        what: impl Into<String>,
        value: f64,
        least: f64,
        detail: &str,
    ) -> Self {
        Self {
            bar,
            what: what.into(),
            measured: format!("**{value:.2}** {detail}"),
            wanted: format!("≥ {least:.2}"),
            met: value >= least,
        }
    }

    /// A value that must not be larger than `most`.
    pub(crate) fn at_most(
        bar: &'static str,
        what: impl Into<String>,
        value: f64,
        most: f64,
        unit: &str,
        detail: &str,
    ) -> Self {
        Self {
            bar,
            what: what.into(),
            measured: format!("**{value:.1}**{unit} {detail}"),
            wanted: format!("≤ {most}{unit}"),
            met: value <= most,
        }
    }
}

/// The table, in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "\n| Bar | What | Measured | Bar | |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for row in rows {
        let mark = if row.met { "met" } else { "**missed**" };
        text.push_str(&format!(
            "| {} | {} | {} | {} | {mark} |\n",
            row.bar,
            row.what,
            row.measured.trim(),
            row.wanted
        ));
    }
    text
}

/// How much is done in a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Of the time on the wall.
    pub(crate) wall: f64,
    /// Of the processor's time: what a core that nobody else uses would do.
    pub(crate) core: f64,
}

/// What several rounds of one thing gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    rounds: Vec<Round>,
    /// The rate of each round, divided by that of what it is compared with.
    ratios: Vec<f64>,
    /// The same by processor time.
    core_ratios: Vec<f64>,
}

impl Series {
    /// Adds a round and what it is compared with.
    pub(crate) fn add(&mut self, name: &str, round: Round, base: Rate) {
        let rate = round.rate();
        let (ratio, core_ratio) = (rate.wall / base.wall, rate.core / base.core);
        say(&format!(
            "{name}: {:.0}/s, {ratio:.3} of {:.0}/s ({core_ratio:.3} by processor time); p50 {:.2} ms, p99 {:.2} ms, {} not 200",
            rate.wall,
            base.wall,
            round.percentile(0.50),
            round.percentile(0.99),
            round.refused
        ));
        self.ratios.push(ratio);
        self.core_ratios.push(core_ratio);
        self.rounds.push(round);
    }

    /// The median ratio.
    pub(crate) fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    /// The median rate.
    pub(crate) fn rate(&self) -> f64 {
        median(
            &self
                .rounds
                .iter()
                .map(|round| round.rate().wall)
                .collect::<Vec<_>>(),
        )
    }

    /// The median of a percentile, in milliseconds.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        median(
            &self
                .rounds
                .iter()
                .map(|round| round.percentile(part))
                .collect::<Vec<_>>(),
        )
    }

    /// The median of p99 divided by p50.
    pub(crate) fn tail(&self) -> f64 {
        let tails = self
            .rounds
            .iter()
            .map(|round| round.percentile(0.99) / round.percentile(0.50));
        median(&tails.collect::<Vec<_>>())
    }

    /// Answers that were not 200.
    pub(crate) fn refused(&self) -> usize {
        self.rounds.iter().map(|round| round.refused).sum()
    }

    /// The rate, how far the rounds lie apart, and the ratio by processor time.
    pub(crate) fn detail(&self) -> String {
        let (low, high) = spread(&self.ratios);
        let core = median(&self.core_ratios);
        format!(
            "({:.0}/s; rounds {low:.2}–{high:.2}; by processor time {core:.2})",
            self.rate()
        )
    }
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The smallest and the largest.
pub(crate) fn spread(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
}

/// Prints a line. Nobody is left to be told when standard output is gone.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints an error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "benches: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_even_and_odd_many() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_bar_is_met_or_missed_and_says_so() {
        let met = Row::at_least("B1", "tokens", 0.8, 0.8, "");
        let missed = Row::at_most("B9", "start", 51.0, 50.0, " ms", "");
        assert!(met.met && !missed.met);
        let table = table(&[met, missed]);
        assert!(
            table.contains("| B1 | tokens | **0.80** | ≥ 0.80 | met |"),
            "{table}"
        );
        assert!(table.contains("| **missed** |"), "{table}");
    }
}
