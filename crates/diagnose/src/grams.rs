//! Finding thousands of literals at the speed of memory.
//!
//! Of each literal four bytes are looked for: those that are rarest in the opening of the text at hand. A table of bits
//! says of every four bytes of the text whether they can be any of them; nearly always they cannot, and what that costs
//! does not depend on what came before, so that a processor does several at a time. An automaton must wait for the
//! state it was in.
//!
//! ASCII letters count alike in both cases: with the bit of the case set in every byte, which makes a few other
//! characters alike, too; whatever passes the table is compared in full.

/// Bits of the table: 32 KB, so that it stays beside the processor.
const BITS: u32 = 18;
/// The bit by which the cases of a letter differ, in four bytes and in eight.
const CASES: u32 = 0x2020_2020;
const CASES_OF_EIGHT: u64 = 0x2020_2020_2020_2020;
/// Literals of this length are looked for with every byte that can follow them.
const SHORT: usize = 3;

/// Where a literal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// Where it begins.
    pub(crate) at: usize,
    /// Which one, by its place in the list.
    pub(crate) literal: u32,
}

/// How often four bytes stand in a text, by their place in the table.
pub(crate) struct Usual(Vec<u16>);

/// Literals, ready to be looked for.
pub(crate) struct Grams<'l> {
    literals: &'l [String],
    table: Box<[u64; TABLE]>,
    /// The literals that share a word of the table, one after another.
    entries: Vec<Entry>,
    /// Where the entries of each word of the table begin.
    starts: Vec<u32>,
    /// Literals too short for four bytes; of them a block holds few or very many.
    tiny: Vec<u32>,
}

const TABLE: usize = 1 << (BITS - 6);

/// Four bytes by which a literal is looked for.
#[derive(Clone, Copy)]
struct Entry {
    /// The bytes, with the bit of the case set. Others share their place in the table.
    gram: u32,
    literal: u32,
    /// Where in the literal they stand.
    offset: u32,
}

impl Usual {
    /// Of this text.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut times = vec![0u16; 1 << BITS];
        for gram in text.array_windows::<4>() {
            if let Some(count) = times.get_mut(place(gram) as usize) {
                *count = count.saturating_add(1);
            }
        }
        Self(times)
    }

    fn times(&self, gram: &[u8; 4]) -> u16 {
        self.0.get(place(gram) as usize).copied().unwrap_or(0)
    }
}

/// The place of four bytes in the table.
fn place(gram: &[u8; 4]) -> u32 {
    scatter(u32::from_le_bytes(*gram) | CASES)
}

/// Multiplication by a number without a pattern spreads what is alike (Knuth, The Art of Computer Programming, 6.4).
const fn scatter(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1) >> (32 - BITS)
}

impl<'l> Grams<'l> {
    /// Over those literals of a list that are `wanted`, each by what of it is rarest.
    pub(crate) fn new(literals: &'l [String], usual: &Usual, wanted: impl Fn(usize) -> bool) -> Self {
        let mut entries = Vec::with_capacity(literals.len() * 2);
        let mut tiny = Vec::new();
        for (number, literal) in (0u32..)
            .zip(literals)
            .filter(|(number, _)| wanted(*number as usize))
        {
            let bytes = literal.as_bytes();
            let mut add = |offset: u32, gram: &[u8; 4]| {
                entries.push(Entry {
                    gram: u32::from_le_bytes(*gram) | CASES,
                    literal: number,
                    offset,
                });
            };
            let rarest = (0u32..)
                .zip(bytes.array_windows::<4>())
                .min_by_key(|(_, gram)| usual.times(gram));
            match (rarest, bytes) {
                (Some((offset, gram)), _) => add(offset, gram),
                (None, [a, b, c]) => {
                    debug_assert_eq!(bytes.len(), SHORT);
                    for next in (0..=u8::MAX).filter(|next| next & 0x20 != 0) {
                        add(0, &[*a, *b, *c, next]);
                    }
                }
                (None, []) => {}
                (None, _) => tiny.push(number),
            }
        }
        entries.sort_by_key(|entry| scatter(entry.gram));
        let mut table = Box::new([0u64; TABLE]);
        let mut starts = vec![0u32; TABLE + 1];
        for entry in &entries {
            let place = scatter(entry.gram);
            let word = (place >> 6) as usize;
            if let (Some(bits), Some(count)) = (table.get_mut(word), starts.get_mut(word + 1)) {
                *bits |= 1 << (place & 63);
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self {
            literals,
            table,
            entries,
            starts,
            tiny,
        }
    }

    /// Calls `found` for every place at which a literal stands; each literal in order. A tiny one may be left alone as
    /// soon as `found` says that it has heard enough of it.
    pub(crate) fn each(&self, text: &[u8], mut found: impl FnMut(Hit) -> bool) {
        let mut at = 0;
        while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let eight = u64::from_le_bytes(*eight) | CASES_OF_EIGHT;
            let bits = self.bit(eight) | self.bit(eight >> 8) | self.bit(eight >> 16) | self.bit(eight >> 24);
            if bits & 1 != 0 {
                for ahead in 0..4 {
                    let four = eight >> (8 * ahead);
                    if self.bit(four) & 1 != 0 {
                        self.check(text, at + ahead, four as u32, &mut found);
                    }
                }
            }
            at += 4;
        }
        // The last few bytes, with blanks behind them.
        for at in at..text.len() {
            let mut gram = *b"    ";
            for (to, from) in gram.iter_mut().zip(text.get(at..).unwrap_or_default()) {
                *to = *from;
            }
            self.check(text, at, u32::from_le_bytes(gram) | CASES, &mut found);
        }
        for number in &self.tiny {
            self.each_tiny(text, *number, &mut found);
        }
    }

    /// Whether its lower four bytes may be looked for, in the last bit.
    fn bit(&self, bytes: u64) -> u64 {
        let place = scatter(bytes as u32);
        self.table[(place >> 6) as usize & (TABLE - 1)] >> (place & 63)
    }

    /// The literals of which these four bytes are looked for.
    fn check(&self, text: &[u8], at: usize, gram: u32, found: &mut impl FnMut(Hit) -> bool) {
        let word = (scatter(gram) >> 6) as usize;
        let range = self.starts.get(word).zip(self.starts.get(word + 1));
        let entries = range.and_then(|(start, end)| self.entries.get(*start as usize..*end as usize));
        for entry in entries
            .unwrap_or_default()
            .iter()
            .filter(|entry| entry.gram == gram)
        {
            let Some(begin) = at.checked_sub(entry.offset as usize) else {
                continue;
            };
            let literal = self
                .literals
                .get(entry.literal as usize)
                .map_or("", String::as_str);
            let there = text.get(begin..begin + literal.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(literal.as_bytes())) {
                found(Hit {
                    at: begin,
                    literal: entry.literal,
                });
            }
        }
    }

    fn each_tiny(&self, text: &[u8], number: u32, found: &mut impl FnMut(Hit) -> bool) {
        let literal = self
            .literals
            .get(number as usize)
            .map_or("", String::as_str)
            .as_bytes();
        let Some(first) = literal.first() else {
            return;
        };
        let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        for at in memchr::memchr2_iter(lower, upper, text) {
            let there = text.get(at..at + literal.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(literal))
                && !found(Hit { at, literal: number })
            {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    fn hits(literals: &[String], text: &[u8]) -> Vec<Hit> {
        let usual = Usual::of(text);
        let mut hits = Vec::new();
        Grams::new(literals, &usual, |_| true).each(text, |hit| {
            hits.push(hit);
            true
        });
        hits.sort_unstable();
        hits
    }

    /// The same by an automaton that somebody else wrote.
    fn by_automaton(literals: &[String], text: &[u8]) -> Vec<Hit> {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(literals)
            .unwrap();
        let mut hits: Vec<Hit> = automaton
            .find_overlapping_iter(text)
            .map(|hit| Hit {
                at: hit.start(),
                literal: hit.pattern().as_u32(),
            })
            .collect();
        hits.sort_unstable();
        hits
    }

    proptest! {
        #[test]
        fn it_finds_what_an_automaton_finds(
            literals in proptest::collection::btree_set("[a-c@`0-1_]{1,7}", 1..12),
            text in "[a-cA-C@`0-1_\u{e4} ]{0,200}",
        ) {
            let literals: Vec<String> = literals.into_iter().collect();
            prop_assert_eq!(hits(&literals, text.as_bytes()), by_automaton(&literals, text.as_bytes()));
        }
    }

    #[test]
    fn the_ends_of_a_text_are_part_of_it() {
        let literals = ["AADSTS".to_owned(), "not".to_owned(), "->".to_owned()];
        for text in [
            "aadsts",
            "xaadsts NOT",
            "not",
            "NOT->",
            "->",
            "",
            "no",
            "..aadstsnot->",
        ] {
            assert_eq!(
                hits(&literals, text.as_bytes()),
                by_automaton(&literals, text.as_bytes()),
                "{text}"
            );
        }
    }
}
