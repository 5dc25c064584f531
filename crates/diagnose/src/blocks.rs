//! A long text in blocks: threads scan them, one after another takes what they found.

use std::{
    collections::BTreeMap,
    io::Read,
    sync::{Mutex, mpsc},
    thread,
};

use memchr::memchr_iter;

use crate::input::{Encoding, Unreadable};

/// How much is looked at at once.
const SIZE: usize = 1024 * 1024;
/// How many blocks for each thread may lie ready before it and behind it: whoever fills a pipe does so by fits and starts.
const AHEAD: usize = 3;
/// How much of a text shows what is common in it.
const OPENING: usize = 2 * SIZE;

/// A block, and what a scan found in it.
pub(crate) struct Block<F> {
    /// Its text, in UTF-8 or something in which ASCII is ASCII.
    pub(crate) bytes: Vec<u8>,
    /// How many lines begin in it.
    pub(crate) lines: u64,
    /// How many bytes it had in the text.
    pub(crate) length: u64,
    /// What the scan found.
    pub(crate) found: F,
}

impl<F> Block<F> {
    /// Scans one block.
    pub(crate) fn scan(bytes: Vec<u8>, encoding: Encoding, scan: &impl Fn(&[u8]) -> F) -> Self {
        let length = bytes.len() as u64;
        let bytes = match encoding {
            Encoding::Utf8 => bytes,
            _ => encoding.decode(&bytes).into_owned().into_bytes(),
        };
        let breaks = memchr_iter(b'\n', &bytes).count() as u64;
        Self {
            lines: breaks + u64::from(!bytes.ends_with(b"\n")),
            length,
            found: scan(&bytes),
            bytes,
        }
    }
}

/// Fills the head up to the size of an opening; what is behind its last line is given back, unless the text has ended.
pub(crate) fn opening(
    head: &mut Vec<u8>,
    from: &mut impl Read,
    encoding: Encoding,
) -> Result<Option<Vec<u8>>, Unreadable> {
    let missing = OPENING.saturating_sub(head.len());
    let got = from.take(missing as u64).read_to_end(head)?;
    if got < missing {
        return Ok(None);
    }
    let cut = boundary(head, encoding);
    Ok(Some(head.split_off(cut)))
}

/// Scans a text on so many threads, and hands its blocks over in order.
pub(crate) fn each<F: Send>(
    head: Vec<u8>,
    from: impl Read,
    encoding: Encoding,
    threads: usize,
    scan: impl Fn(&[u8]) -> F + Sync,
    mut take: impl FnMut(Block<F>) + Send,
) -> Result<(), Unreadable> {
    let ahead = threads * AHEAD;
    let (give, given) = mpsc::sync_channel::<(usize, Vec<u8>)>(ahead);
    let given = &Mutex::new(given);
    let (done, scanned) = mpsc::sync_channel::<(usize, Block<F>)>(ahead);
    let scan = &scan;
    thread::scope(|scope| {
        for _ in 0..threads {
            let done = done.clone();
            scope.spawn(move || {
                while let Some((number, bytes)) = next(given) {
                    if done.send((number, Block::scan(bytes, encoding, scan))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        scope.spawn(move || {
            let mut early = BTreeMap::new();
            let mut due = 0;
            for (number, block) in scanned {
                early.insert(number, block);
                while let Some(block) = early.remove(&due) {
                    take(block);
                    due += 1;
                }
            }
        });
        let fed = feed(head, from, encoding, &give);
        drop(give);
        fed
    })
}

fn next(given: &Mutex<mpsc::Receiver<(usize, Vec<u8>)>>) -> Option<(usize, Vec<u8>)> {
    given.lock().ok()?.recv().ok()
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
        let missing = SIZE.saturating_sub(rest.len());
        rest.reserve(missing);
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
