//! The parts of a `says` pattern, one behind another: choices stand flat among them, behind a head that says how many
//! parts they take.

use serde::{Deserialize, Serialize};

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    Word(Span),
    Beginning(Span),
    Token,
    Gap,
    /// The choices stand behind it and take so many parts.
    OneOf(u16),
    /// One choice: so many parts behind it.
    Choice(u16),
}

/// Where a word stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: u16,
    pub(crate) end: u16,
}

/// A part by itself, or all choices of which one stands there.
pub(crate) enum Piece<'p> {
    One(&'p Part),
    OneOf(&'p [Part]),
}

/// Parts, with choices taken together.
pub(crate) fn pieces(parts: &[Part]) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = parts;
    std::iter::from_fn(move || {
        let (part, behind) = rest.split_first()?;
        let Part::OneOf(length) = part else {
            rest = behind;
            return Some(Piece::One(part));
        };
        let (choices, behind) = behind.split_at_checked(usize::from(*length))?;
        rest = behind;
        Some(Piece::OneOf(choices))
    })
}

/// The parts of each choice.
pub(crate) fn each_choice(choices: &[Part]) -> impl Iterator<Item = &[Part]> {
    let mut rest = choices;
    std::iter::from_fn(move || {
        let (Part::Choice(length), behind) = rest.split_first()? else {
            return None;
        };
        let (choice, behind) = behind.split_at_checked(usize::from(*length))?;
        rest = behind;
        Some(choice)
    })
}

/// How many words always stand there.
pub(crate) fn weight(parts: &[Part]) -> usize {
    pieces(parts)
        .map(|piece| match piece {
            Piece::One(Part::Word(_) | Part::Beginning(_)) => 1,
            Piece::One(_) => 0,
            Piece::OneOf(choices) => each_choice(choices).map(weight).min().unwrap_or(0),
        })
        .sum()
}
