//! What was wrong with a form, said on the same page, beside what was typed.

use http::StatusCode;

use crate::stop::{Stop, sentence};

/// What a page says above its content when its form could not be done.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// As HTTP grades it.
    pub(crate) status: StatusCode,
    /// What happened.
    pub(crate) what: String,
    /// The next step.
    pub(crate) next: String,
}

impl Stop {
    /// As something that the page itself can say; what nobody at the page can correct stays a page of its own.
    ///
    /// # Errors
    /// The stop as it was.
    pub(crate) fn correctable(self) -> Result<Wrong, Self> {
        match self {
            Self::Refused(problem) if !problem.status().is_server_error() => Ok(Wrong {
                status: problem.status(),
                what: sentence(problem.message()),
                next: sentence(problem.next()),
            }),
            Self::Wrong(what, next) => Ok(Wrong {
                status: StatusCode::BAD_REQUEST,
                what: sentence(&what),
                next: sentence(&next),
            }),
            other => Err(other),
        }
    }
}

/// The status of a page that says it, or of one with nothing to say.
pub(crate) fn status(wrong: Option<&Wrong>) -> StatusCode {
    wrong.map_or(StatusCode::OK, |wrong| wrong.status)
}
