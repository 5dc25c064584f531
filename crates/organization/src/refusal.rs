//! A refusal: what the caller is told, and why, for the journal.

use std::fmt::Display;

use store::StoreError;
use wire::{dataverse::Fault, odata::Trouble};

/// Why a request was not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What the caller is told.
    pub(crate) told: Told,
    /// Why, in a sentence for the journal.
    pub(crate) why: String,
    /// The catalog's cause, where one fits.
    pub(crate) cause: Option<&'static str>,
}

/// What the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A code of the table with its sentence.
    Fault {
        /// The code.
        fault: &'static Fault,
        /// The sentence.
        message: String,
        /// `Retry-After` in seconds, when throttled.
        retry_after: Option<u64>,
    },
    /// 401 with the challenge and an empty body (facts/organization.md 3.2).
    Challenge,
    /// 501: perhaps good for the real service; not understood here.
    NotUnderstood(String),
    /// 404 without a code: no organization answers to this name (unverified).
    Nowhere,
    /// 405: not with this verb.
    Method,
}

impl Refusal {
    /// With a code; `values` fill the sentence's blanks.
    pub(crate) fn of(fault: &'static Fault, values: &[&dyn Display], why: impl Into<String>) -> Self {
        let told = Told::Fault {
            fault,
            message: fault.message(values),
            retry_after: None,
        };
        Self {
            told,
            why: why.into(),
            cause: None,
        }
    }

    /// With a code whose sentence explains itself.
    pub(crate) fn plain(fault: &'static Fault, values: &[&dyn Display]) -> Self {
        let message = fault.message(values);
        Self::of(fault, values, message)
    }

    /// 401.
    pub(crate) fn challenge(why: impl Into<String>) -> Self {
        Self {
            told: Told::Challenge,
            why: why.into(),
            cause: None,
        }
    }

    /// 501.
    pub(crate) fn not_understood(what: impl Into<String>) -> Self {
        let what = what.into();
        let why = format!("this stand-in does not understand {what}, so it does not answer");
        Self {
            told: Told::NotUnderstood(what),
            why,
            cause: None,
        }
    }

    /// 404 without a code.
    pub(crate) fn nowhere(why: impl Into<String>) -> Self {
        Self {
            told: Told::Nowhere,
            why: why.into(),
            cause: None,
        }
    }

    /// 405.
    pub(crate) fn method(why: impl Into<String>) -> Self {
        Self {
            told: Told::Method,
            why: why.into(),
            cause: None,
        }
    }

    /// With the catalog's cause.
    #[must_use]
    pub(crate) fn cause(mut self, cause: &'static str) -> Self {
        self.cause = Some(cause);
        self
    }

    /// With `Retry-After`.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        if let Told::Fault { retry_after, .. } = &mut self.told {
            *retry_after = Some(seconds);
        }
        self
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Bad(text) => Self::plain(&wire::dataverse::BAD_QUERY, &[&text]),
            Trouble::NotUnderstood(what) => Self::not_understood(what),
        }
    }
}

/// What ends a decision: a refusal, or a store that cannot answer.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The caller is refused.
    Refused(Refusal),
    /// Our side failed.
    Store(StoreError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Refused(trouble.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
