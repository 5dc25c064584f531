//! OData 4.0 as Dataverse speaks it: what comes after the question mark, what stands in parentheses, what an
//! error looks like, batches and the two metadata documents (facts/organization.md 3 and 4).
//!
//! Only what is understood is answered. Everything here parses strictly and tells two kinds of trouble apart:
//! a caller's mistake, which the real service refuses with 400, and something the real service knows and we
//! do not, which is [`Trouble::NotUnderstood`] and becomes a 501 (DESIGN.md). To add a query option or a
//! function: its parser here and its meaning in `organization`; until both exist it stays refused.

pub mod batch;
pub mod csdl;
mod error;
pub mod fetch;
pub mod filter;
mod lexer;
pub mod options;
pub mod path;
mod prefer;
pub mod sql;
mod value;

pub use error::{ErrorBody, ErrorDetail, InnerError};
pub use prefer::{FORMATTED_VALUE, LOOKUP_LOGICAL_NAME, NAVIGATION_PROPERTY, Prefer};
pub use value::{Case, Kind, Literal, Value};

/// The content type of every JSON answer.
pub const JSON: &str = "application/json; odata.metadata=minimal";

/// The namespace of every type.
pub const NAMESPACE: &str = "Microsoft.Dynamics.CRM";

/// Why a query was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The caller's mistake, in the words of the OData library (recalled from it).
    #[error("{0}")]
    Bad(String),
    /// Perhaps good for the real service; this one does not understand it and says so.
    #[error("this stand-in does not understand {0}")]
    NotUnderstood(String),
}

impl Trouble {
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::Bad(text.into())
    }

    pub(crate) fn not_understood(what: impl Into<String>) -> Self {
        Self::NotUnderstood(what.into())
    }
}

/// Reads one literal: the value of a parameter alias.
///
/// # Errors
/// [`Trouble::Bad`] when it is none, or several.
pub fn literal(text: &str) -> Result<Literal, Trouble> {
    match lexer::tokens(text)?.as_slice() {
        [lexer::Token::Literal(literal)] => Ok(literal.clone()),
        _ => Err(Trouble::bad(format!("The value '{text}' is not a literal."))),
    }
}
