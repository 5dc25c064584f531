//! From a text of any length to facts, in bounded memory.
//!
//! A short text is one page. A long one is read in blocks; one automaton over every literal core finds the lines that
//! can say something, and only these and their neighbors become pages. Several threads share the blocks.

use std::{
    io::Read,
    sync::{Mutex, OnceLock, mpsc},
    thread,
};

use catalog::Catalog;
use evidence::{Facts, Kind, Place};
use memchr::memchr_iter;
use types::Timestamp;

use crate::{
    input::{self, Encoding, Unreadable},
    page::Page,
    prefilter::Prefilter,
    read::{Context, Notes, READERS, Sentences},
};

/// A text up to this length is read whole, every line of it.
const SHORT: usize = 256 * 1024;
/// How much of a long text is looked at at once.
const BLOCK: usize = 1024 * 1024;
/// Lines read before and after one that can say something: sentences are wrapped, traces have many lines.
const AROUND: usize = 8;
/// The longest piece of a line that is read; nobody's sentence is longer.
const LONGEST_LINE: usize = 64 * 1024;

/// Explains texts by a catalog.
pub struct Explainer<'c> {
    pub(crate) catalog: &'c Catalog,
    sentences: Sentences,
    prefilter: OnceLock<Option<Prefilter>>,
    threads: usize,
}

/// What was read off a text.
#[derive(Debug, Default)]
pub struct Reading {
    /// Everything that was seen.
    pub facts: Facts,
    /// The readers that spoke.
    pub readers: Vec<&'static str>,
    /// How many lines there were.
    pub lines: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What was read off a block; its lines are counted from one.
#[derive(Default)]
struct Part {
    facts: Facts,
    spoke: u32,
    lines: u64,
}

impl<'c> Explainer<'c> {
    /// By this catalog, on one thread.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            sentences: Sentences::new(catalog),
            prefilter: OnceLock::new(),
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

    /// Reads a text to its end. `now` judges what expires.
    pub fn read(&self, mut from: impl Read, now: Timestamp) -> Result<Reading, Unreadable> {
        let mut head = Vec::with_capacity(SHORT);
        (&mut from).take(SHORT as u64).read_to_end(&mut head)?;
        if head.iter().all(u8::is_ascii_whitespace) && head.len() < SHORT {
            return Err(Unreadable::Empty);
        }
        if let Some(what) = input::binary(&head) {
            return Err(Unreadable::Binary(what));
        }
        let (encoding, mark) = Encoding::of(&head);
        head.drain(..mark);
        let mut reading = Reading::default();
        if head.len() + mark < SHORT {
            let part = self.whole(&encoding.decode(&head), now);
            reading.add(&part, head.len());
            return Ok(reading);
        }
        self.blocks(head, from, encoding, now, &mut reading)?;
        Ok(reading)
    }

    /// A short text: one page.
    fn whole(&self, text: &str, now: Timestamp) -> Part {
        let lines = text.lines().count() as u64;
        let page = Page::new((1..).zip(text.lines().map(cut)));
        let mut part = Part::default();
        self.page(&page, now, &mut part);
        part.lines = lines;
        part
    }

    fn page(&self, page: &Page, now: Timestamp, part: &mut Part) {
        let context = Context {
            sentences: &self.sentences,
            now,
        };
        for (at, reader) in READERS.iter().enumerate() {
            let mut notes = Notes::new(page, &mut part.facts);
            (reader.read)(page, &context, &mut notes);
            part.spoke |= u32::from(notes.spoke()) << at;
        }
    }

    /// A long text: blocks that end with a line, read by as many threads as there are.
    fn blocks(
        &self,
        head: Vec<u8>,
        from: impl Read,
        encoding: Encoding,
        now: Timestamp,
        reading: &mut Reading,
    ) -> Result<(), Unreadable> {
        let (give, take) = mpsc::sync_channel::<(usize, Vec<u8>)>(self.threads);
        let (done, parts) = mpsc::channel::<(usize, usize, Part)>();
        let take = &Mutex::new(take);
        thread::scope(|scope| {
            for _ in 0..self.threads {
                let done = done.clone();
                scope.spawn(move || {
                    while let Some((number, block)) = next(take) {
                        let part = match encoding {
                            Encoding::Utf8 => self.block(&block, now),
                            _ => self.block(encoding.decode(&block).as_bytes(), now),
                        };
                        if done.send((number, block.len(), part)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(done);
            let fed = feed(head, from, encoding, &give);
            drop(give);
            let mut parts: Vec<_> = parts.into_iter().collect();
            parts.sort_by_key(|(number, ..)| *number);
            for (_, length, part) in parts {
                reading.add(&part, length);
            }
            fed
        })
    }

    /// One block: only the lines around a literal are read.
    fn block(&self, block: &[u8], now: Timestamp) -> Part {
        let mut part = Part::default();
        let places = self
            .prefilter()
            .map_or_else(Vec::new, |prefilter| prefilter.places(block));
        let breaks: Vec<usize> = memchr_iter(b'\n', block).collect();
        part.lines = breaks.len() as u64 + u64::from(!block.ends_with(b"\n"));
        let last = part.lines.saturating_sub(1) as usize;
        let mut window: Option<(usize, usize)> = None;
        for place in places {
            let line = breaks.partition_point(|end| *end < place);
            let (from, to) = (line.saturating_sub(AROUND), (line + AROUND).min(last));
            window = match window {
                Some((begin, end)) if from <= end + 1 => Some((begin, to.max(end))),
                Some(done) => {
                    self.window(block, &breaks, done, now, &mut part);
                    Some((from, to))
                }
                None => Some((from, to)),
            };
        }
        if let Some(done) = window {
            self.window(block, &breaks, done, now, &mut part);
        }
        part
    }

    /// Reads the lines of a block from one to another.
    fn window(
        &self,
        block: &[u8],
        breaks: &[usize],
        (first, last): (usize, usize),
        now: Timestamp,
        part: &mut Part,
    ) {
        let start = first
            .checked_sub(1)
            .and_then(|before| breaks.get(before))
            .map_or(0, |end| end + 1);
        let end = breaks.get(last).copied().unwrap_or(block.len());
        let text = String::from_utf8_lossy(&block[start..end]);
        let page = Page::new((first as u64 + 1..).zip(text.split('\n').map(cut)));
        self.page(&page, now, part);
    }

    fn prefilter(&self) -> Option<&Prefilter> {
        let made = self
            .prefilter
            .get_or_init(|| Prefilter::new(self.catalog, &self.sentences));
        made.as_ref()
    }
}

impl Reading {
    fn add(&mut self, part: &Part, bytes: usize) {
        let before = self.lines;
        for fact in part.facts.iter() {
            let place = match fact.place {
                Place::Line(line) => Place::Line(before + line),
                step @ Place::Step(_) => step,
            };
            self.facts.see(fact.kind, &fact.value, place, &fact.text);
        }
        for (at, reader) in READERS.iter().enumerate() {
            if part.spoke & (1 << at) != 0 && !self.readers.contains(&reader.name) {
                self.readers.push(reader.name);
            }
        }
        self.lines += part.lines;
        self.bytes += bytes as u64;
    }

    /// Whether something in it says that something works.
    pub fn good(&self) -> bool {
        self.facts.of(Kind::Good).next().is_some()
    }
}

fn next(take: &Mutex<mpsc::Receiver<(usize, Vec<u8>)>>) -> Option<(usize, Vec<u8>)> {
    take.lock().ok()?.recv().ok()
}

/// Cuts the text into blocks that end with a line, where lines end at all.
fn feed(
    head: Vec<u8>,
    mut from: impl Read,
    encoding: Encoding,
    give: &mpsc::SyncSender<(usize, Vec<u8>)>,
) -> Result<(), Unreadable> {
    let mut rest = head;
    for number in 0.. {
        let missing = BLOCK.saturating_sub(rest.len());
        let got = (&mut from).take(missing as u64).read_to_end(&mut rest)?;
        let ended = got < missing;
        let cut = if ended {
            rest.len()
        } else {
            boundary(&rest, encoding)
        };
        let tail = rest.split_off(cut);
        if !rest.is_empty() && give.send((number, rest)).is_err() {
            break;
        }
        rest = tail;
        if ended {
            break;
        }
    }
    Ok(())
}

/// Behind the last line break; or, where a line is longer than a block, the block's end.
fn boundary(block: &[u8], encoding: Encoding) -> usize {
    let unit = if encoding == Encoding::Utf8 { 1 } else { 2 };
    let ends_line = |unit: &[u8]| unit.contains(&b'\n') && unit.iter().all(|byte| matches!(byte, 0 | b'\n'));
    let whole = block.len() - block.len() % unit;
    let breaks = block[..whole].chunks(unit).rposition(ends_line);
    breaks.map_or(whole, |at| (at + 1) * unit)
}

/// The beginning of a line that is too long to be anybody's sentence.
fn cut(line: &str) -> &str {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let end = (0..=LONGEST_LINE)
        .rev()
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(0);
    &line[..end]
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn read(text: impl AsRef<[u8]>, threads: usize) -> Result<Reading, Unreadable> {
        Explainer::new(Catalog::embedded())
            .threads(threads)
            .read(Cursor::new(text.as_ref()), NOW)
    }

    fn filler(lines: usize) -> String {
        "2026-11-22T10:00:00Z INFO opportunity 17 was opened by a colleague\n".repeat(lines)
    }

    #[test]
    fn a_needle_in_a_long_text_is_found_on_its_line_by_any_number_of_threads() {
        let text = format!("{}AADSTS50126: no\n{}", filler(12_000), filler(12_000));
        for threads in [1, 2, 3] {
            let reading = read(&text, threads).expect("a reading");
            let fact = reading.facts.get(Kind::Aadsts, "50126").expect("the needle");
            assert_eq!(fact.place, Place::Line(12_001));
            assert_eq!(reading.lines, 24_001);
            assert_eq!(reading.bytes, text.len() as u64);
        }
    }

    #[test]
    fn long_texts_in_utf_16_are_read_alike() {
        let text = format!("\u{feff}{}AADSTS50126: no\r\n", filler(10_000));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let reading = read(bytes, 2).expect("a reading");
        assert_eq!(
            reading.facts.get(Kind::Aadsts, "50126").map(|fact| fact.place),
            Some(Place::Line(10_001))
        );
    }

    #[test]
    fn a_line_without_an_end_is_cut_not_hoarded() {
        let mut text = "x".repeat(3 * BLOCK);
        text.push_str(" AADSTS50126");
        assert!(read(text, 1).is_ok());
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
