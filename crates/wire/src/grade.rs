//! How sure we are of a sentence the real service says (DESIGN.md, "A refusal counts").

use std::fmt;

/// Where a sentence stands between captured and remembered. No sentence goes out without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grade {
    /// Word for word from a named source.
    Literal,
    /// The code is sourced; the sentence is put together from the documented parts.
    Reconstructed,
    /// From memory of the field; no source was at hand.
    Recalled,
}

impl Grade {
    /// The word that stands in the journal and on the divergences page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::Reconstructed => "reconstructed",
            Self::Recalled => "recalled",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
