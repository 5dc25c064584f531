//! From a text of any length to facts, in bounded memory.
//!
//! A short text is one page. A long one is read in blocks: threads look for literals in them, and where one stands, the
//! lines around it become a page, an *incident*. Facts are judged together only within an incident: what stands a
//! thousand lines apart has nothing to do with each other.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    io::Read,
    sync::OnceLock,
};

use catalog::{Catalog, Cause, Index, Judgement, Resemblance};
use evidence::{Fact, Facts, Kind, Place};
use memchr::{memchr, memchr_iter, memrchr};
use types::Timestamp;

use crate::{
    bearing,
    blocks::{self, Block},
    grams::Hit,
    input::{self, Encoding, Unreadable},
    page::Page,
    prefilter::{Prefilter, Told},
    read::{Context, Notes, READERS, Reader, Sentences},
    turn::{self, Turns},
};

/// A text up to this length is read whole, every line of it, as one incident.
const SHORT: usize = 48 * 1024;
/// Lines read before and after one that can say something: sentences are wrapped, traces have many lines.
const AROUND: usize = 8;
/// The longest piece of a line that is read; nobody's sentence is longer.
const LONGEST_LINE: usize = 16 * 1024;
/// How many incidents that differ are kept, and how many of those by which no cause comes into question: a text with more
/// has said what it had to say.
const INCIDENTS: usize = 512;
const IDLE: usize = 64;

/// Explains texts by a catalog.
pub struct Explainer<'c> {
    pub(crate) catalog: &'c Catalog,
    sentences: Sentences<'c>,
    /// What only long texts are worth.
    prefilter: OnceLock<Prefilter>,
    index: OnceLock<Index<'c>>,
    threads: usize,
}

/// What was read off a text.
#[derive(Debug, Default)]
pub struct Reading<'c> {
    /// Everything that was seen.
    pub facts: Facts,
    /// What was seen together.
    pub incidents: Vec<Incident<'c>>,
    /// The readers that spoke.
    pub readers: Vec<&'static str>,
    /// How many lines there were.
    pub lines: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What was seen together.
#[derive(Debug)]
pub struct Incident<'c> {
    /// What was seen.
    pub facts: Facts,
    judgement: Judgement<'c>,
    /// How the text around it resembles each cause; the text itself would be too much to keep.
    alike: Vec<Resemblance>,
    turns: Turns,
    first: (Place, String),
}

impl<'c> Explainer<'c> {
    /// By this catalog, on one thread.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            sentences: Sentences::new(catalog),
            prefilter: OnceLock::new(),
            index: OnceLock::new(),
            threads: 1,
        }
    }

    /// With so many threads for long texts.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            ..self
        }
    }

    /// The literals that long texts are searched for, to measure other tools with the same work.
    pub fn literals(&self) -> Vec<String> {
        Prefilter::new(self.catalog, &self.sentences.cores()).literals
    }

    /// What one reader alone sees in a text.
    pub fn read_by(&self, reader: &Reader, text: &str, now: Timestamp) -> Facts {
        let page = Page::new((1..).zip(text.lines().map(cut)));
        let context = Context {
            sentences: &self.sentences,
            now,
        };
        let mut facts = Facts::default();
        (reader.read)(&page, &context, &mut Notes::new(&page, &mut facts));
        facts
    }

    /// What the readers see in a part of a text alone.
    fn facts(&self, text: &str, now: Timestamp) -> Facts {
        let page = Page::new((1..).zip(text.lines().map(cut)));
        let context = Context {
            sentences: &self.sentences,
            now,
        };
        let mut facts = Facts::default();
        for reader in READERS {
            (reader.read)(&page, &context, &mut Notes::new(&page, &mut facts));
        }
        facts
    }

    /// Reads a text to its end. `now` judges what expires.
    pub fn read(&self, mut from: impl Read, now: Timestamp) -> Result<Reading<'c>, Unreadable> {
        let mut head = Vec::with_capacity(SHORT);
        (&mut from).take(SHORT as u64).read_to_end(&mut head)?;
        if head.iter().all(u8::is_ascii_whitespace) && head.len() < SHORT {
            return Err(Unreadable::Empty);
        }
        if let Some(what) = input::binary(&head) {
            return Err(Unreadable::Binary(what));
        }
        let (encoding, mark) = Encoding::of(&head);
        let is_short = head.len() < SHORT;
        head.drain(..mark);
        let mut gathering = Gathering::new(self, now);
        if is_short {
            let text = encoding.decode(&head);
            gathering.page(1, &text);
            gathering.reading.lines = text.lines().count() as u64;
            gathering.reading.bytes = head.len() as u64;
            return Ok(gathering.reading);
        }
        self.long(head, from, encoding, &mut gathering)?;
        Ok(gathering.reading)
    }

    /// A long text: its opening tells which literals are too common in it to tell anything.
    fn long(
        &self,
        mut head: Vec<u8>,
        mut from: impl Read,
        encoding: Encoding,
        gathering: &mut Gathering<'_, '_>,
    ) -> Result<(), Unreadable> {
        let prefilter = self
            .prefilter
            .get_or_init(|| Prefilter::new(self.catalog, &self.sentences.cores()));
        self.index.get_or_init(|| Index::new(self.catalog));
        let rest = blocks::opening(&mut head, &mut from, encoding)?;
        let search = prefilter.search(&head);
        let opening = Block::scan(head, encoding, &|bytes| search.hits(bytes));
        gathering.block(&opening, &mut prefilter.told());
        let Some(rest) = rest else {
            return Ok(());
        };
        let search = search.without_common(&opening.bytes);
        drop(opening);
        let mut told = prefilter.told();
        let scan = |bytes: &[u8]| search.hits(bytes);
        blocks::each(rest, from, encoding, self.threads, scan, |block| {
            gathering.block(&block, &mut told);
        })
    }
}

/// How alike a text and an article must be for the cause to be possible without a rule that says so.
const ALIKE: f32 = 3.0;
/// How many words they must share.
const SHARED: usize = 4;
/// How many causes are supposed.
const SUPPOSED: usize = 3;

impl<'c> Explainer<'c> {
    /// What the catalog says to a reading.
    pub fn judge(&self, reading: &Reading<'c>) -> Judgement<'c> {
        let mut whole = Judgement::default();
        let opened = reading.incidents.iter().map(|incident| incident.first.1.as_str());
        let last = turn::is_newest_first(opened).then_some(reading.incidents.len());
        for (at, incident) in reading.incidents.iter().enumerate() {
            // Which program wrote it holds for all of it, also where it was told elsewhere.
            let clients = reading.facts.of(Kind::Client);
            let news: Vec<&Fact> = clients
                .filter(|fact| incident.facts.get(fact.kind, &fact.value).is_none())
                .collect();
            let mut judgement = if news.is_empty() {
                incident.judgement.clone()
            } else {
                let mut facts = incident.facts.clone();
                for fact in news {
                    facts.keep(fact.clone());
                }
                self.say(&facts)
            };
            judgement.weigh(self.catalog, &incident.alike);
            let since = last.map_or(at, |last| last - at);
            judgement.arrange(|fact| (since, incident.turns.turn(fact)));
            // A long text is a log, which tells what happens.
            if reading.bytes < SHORT as u64
                && let Some(reason) = bearing::doubt(&incident.facts)
            {
                judgement.doubt(&reason);
            }
            if judgement.matches.is_empty() && reading.incidents.len() == 1 && !reading.good() {
                self.suppose(&mut judgement, incident);
            }
            whole.join(judgement);
        }
        whole
    }

    fn say(&self, facts: &Facts) -> Judgement<'c> {
        match self.index.get() {
            Some(index) => index.judge(facts),
            None => self.catalog.judge(facts),
        }
    }

    /// Where no rule speaks: the articles that the text resembles most, but for those that a fact excludes.
    fn suppose(&self, judgement: &mut Judgement<'c>, incident: &Incident<'_>) {
        let mut best: Vec<(&Cause, Resemblance)> = self
            .catalog
            .causes()
            .iter()
            .zip(incident.alike.iter().copied())
            .collect();
        best.retain(|(cause, alike)| {
            alike.score >= ALIKE && alike.shared >= SHARED && cause.excluded(&incident.facts).is_none()
        });
        best.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
        for (cause, alike) in best.into_iter().take(SUPPOSED) {
            let (place, text) = &incident.first;
            let shared = format!("{} in common", alike.shared);
            judgement.suppose(cause, alike, Fact::new(Kind::Words, &shared, *place, text));
        }
    }
}

impl Reading<'_> {
    /// Whether something in it says that something works.
    fn good(&self) -> bool {
        self.facts.of(Kind::Good).next().is_some()
    }
}

/// A reading in the making.
struct Gathering<'e, 'c> {
    explainer: &'e Explainer<'c>,
    now: Timestamp,
    reading: Reading<'c>,
    known: HashSet<u64>,
    /// Incidents that were kept although no cause came into question.
    idle: usize,
}

impl<'e, 'c> Gathering<'e, 'c> {
    fn new(explainer: &'e Explainer<'c>, now: Timestamp) -> Self {
        Self {
            explainer,
            now,
            reading: Reading::default(),
            known: HashSet::new(),
            idle: 0,
        }
    }

    /// Takes the next block of a long text.
    fn block(&mut self, block: &Block<Vec<Hit>>, told: &mut Told) {
        let bytes = &block.bytes[..];
        let worth: Vec<usize> = block
            .found
            .iter()
            .filter(|hit| told.is_worth(**hit))
            .map(|hit| hit.at)
            .collect();
        let (mut counted, mut line) = (0, self.reading.lines + 1);
        for (start, end) in windows(bytes, &worth) {
            line += memchr_iter(b'\n', &bytes[counted..start]).count() as u64;
            counted = start;
            self.page(line, &String::from_utf8_lossy(&bytes[start..end]));
        }
        self.reading.lines += block.lines;
        self.reading.bytes += block.length;
    }

    /// Reads a page; its facts are an incident, unless the same was seen before.
    fn page(&mut self, first: u64, text: &str) {
        if self.reading.incidents.len() >= INCIDENTS {
            return;
        }
        let page = Page::new((first..).zip(text.lines().map(cut)));
        let context = Context {
            sentences: &self.explainer.sentences,
            now: self.now,
        };
        let mut facts = Facts::default();
        for reader in READERS {
            let mut notes = Notes::new(&page, &mut facts);
            (reader.read)(&page, &context, &mut notes);
            if notes.spoke() && !self.reading.readers.contains(&reader.name) {
                self.reading.readers.push(reader.name);
            }
        }
        // A text of which nothing is recognized may still resemble an article.
        if self.known.insert(fingerprint(&facts)) {
            self.reading.facts.extend(facts.clone());
            let judgement = self.explainer.say(&facts);
            if judgement.is_empty() {
                if self.idle == IDLE {
                    return;
                }
                self.idle += 1;
            }
            let turns = if judgement.is_contested() {
                Turns::of(text, |part| self.explainer.facts(part, self.now))
            } else {
                Turns::default()
            };
            let (place, text) = page.place(0);
            self.reading.incidents.push(Incident {
                facts,
                judgement,
                alike: self.explainer.catalog.profiles().compare(page.words()),
                turns,
                first: (place, text.to_owned()),
            });
        }
    }
}

/// Tells whether two incidents show the same.
fn fingerprint(facts: &Facts) -> u64 {
    let all: BTreeSet<_> = facts.iter().map(|fact| (fact.kind, &fact.value)).collect();
    let mut hasher = DefaultHasher::new();
    all.hash(&mut hasher);
    hasher.finish()
}

/// The lines around places, as ranges of bytes; what overlaps is one.
fn windows(bytes: &[u8], places: &[usize]) -> Vec<(usize, usize)> {
    let mut windows: Vec<(usize, usize)> = Vec::new();
    for place in places {
        let (start, end) = (before(bytes, *place), behind(bytes, *place));
        match windows.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => windows.push((start, end)),
        }
    }
    windows
}

/// Where the line begins that stands [`AROUND`] lines before a place.
fn before(bytes: &[u8], place: usize) -> usize {
    let mut at = place;
    for _ in 0..=AROUND {
        match memrchr(b'\n', &bytes[..at]) {
            Some(end) if place - end <= LONGEST_LINE => at = end,
            Some(_) | None if place > LONGEST_LINE => return at.max(place - LONGEST_LINE),
            _ => return 0,
        }
    }
    at + 1
}

/// Where the line ends that stands [`AROUND`] lines behind a place.
fn behind(bytes: &[u8], place: usize) -> usize {
    let mut at = place;
    for _ in 0..=AROUND {
        match memchr(b'\n', &bytes[at..]) {
            Some(end) if at + end - place <= LONGEST_LINE => at += end + 1,
            _ => return bytes.len().min(at.max(place + LONGEST_LINE)),
        }
    }
    at
}

/// The beginning of a line that is too long to be anybody's sentence.
fn cut(line: &str) -> &str {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let end = (0..=LONGEST_LINE).rev().find(|at| line.is_char_boundary(*at));
    &line[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn read(text: impl AsRef<[u8]>, threads: usize) -> Result<Reading<'static>, Unreadable> {
        Explainer::new(Catalog::embedded())
            .threads(threads)
            .read(Cursor::new(text.as_ref()), NOW)
    }

    fn filler(lines: usize) -> String {
        "2026-11-22T10:00:00Z INFO opportunity 17 was opened by a colleague\n".repeat(lines)
    }

    #[test]
    fn a_needle_in_a_long_text_is_found_on_its_line_by_any_number_of_threads() {
        let text = format!("{}AADSTS50126: no\n{}", filler(9_000), filler(9_000));
        for threads in [1, 3] {
            let reading = read(&text, threads).expect("a reading");
            let fact = reading.facts.get(Kind::Aadsts, "50126").expect("the needle");
            assert_eq!(fact.place, Place::Line(9_001));
            assert_eq!(reading.lines, 18_001);
            assert_eq!(reading.bytes, text.len() as u64);
        }
    }

    #[test]
    fn what_stands_far_apart_is_not_judged_together() {
        let text = format!("AADSTS50126: no\n{}AADSTS7000222: no\n", filler(2_000));
        let reading = read(&text, 1).expect("a reading");
        let both = |facts: &Facts| facts.of(Kind::Aadsts).count() == 2;
        assert!(both(&reading.facts) && !reading.incidents.iter().any(|incident| both(&incident.facts)));
        let causes = Explainer::new(Catalog::embedded()).judge(&reading).matches;
        assert!(causes.len() >= 2, "{causes:?}");
    }

    #[test]
    fn much_that_means_nothing_does_not_hide_what_does() {
        let mut text = filler(1_000);
        for number in 0..2_000 {
            text.push_str(&filler(20));
            text.push_str(&format!(
                "the server answered HTTP/1.1 {} and event {number} says Nothing{number}Exception\n",
                200 + number % 300
            ));
        }
        text.push_str(&filler(20));
        text.push_str("AADSTS50053: locked\n");
        let reading = read(&text, 1).expect("a reading");
        let has_needle = |incident: &Incident<'_>| incident.facts.get(Kind::Aadsts, "50053").is_some();
        assert!(reading.incidents.iter().any(has_needle));
        assert!(reading.incidents.len() <= INCIDENTS);
    }

    #[test]
    fn long_texts_in_utf_16_are_read_alike() {
        let text = format!("\u{feff}{}AADSTS50126: no\r\n", filler(2_000));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let reading = read(bytes, 2).expect("a reading");
        let place = reading.facts.get(Kind::Aadsts, "50126").map(|fact| fact.place);
        assert_eq!(place, Some(Place::Line(2_001)));
    }

    #[test]
    fn a_line_without_an_end_is_cut_not_hoarded() {
        let mut text = "x".repeat(3 * 1024 * 1024);
        text.push_str(" AADSTS50126 ");
        text.push_str(&"y".repeat(1024 * 1024));
        let reading = read(text, 1).expect("a reading");
        assert!(reading.facts.get(Kind::Aadsts, "50126").is_some());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(matches!(read("  \n ", 1), Err(Unreadable::Empty)));
        assert!(matches!(
            read([0u8, 1, 2, 3, 4, 5, 6, 7, 1, 2], 1),
            Err(Unreadable::Binary(_))
        ));
        assert!(matches!(read("PK\u{3}\u{4}rest", 1), Err(Unreadable::Binary(_))));
    }
}
