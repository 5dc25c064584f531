//! How a request ends before its time, and what is noted along the way.

use evidence::Decision;
use store::Ticket;
use types::{AppId, CorrelationId, TenantId, Timestamp};
use wire::aadsts::Refusal;

/// The end of a request that gets nothing.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A rule said no.
    Refused(Box<Refusal>),
    /// We failed; the text is for the journal.
    Broken(String),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

macro_rules! broken_by {
    ($($error:ty)*) => {$(
        impl From<$error> for Stop {
            fn from(error: $error) -> Self {
                Self::Broken(error.to_string())
            }
        }
    )*};
}

broken_by! { store::StoreError crypt::BadSeal crypt::HasherBusy crypt::jwt::BadKey directory::SignInError
askama::Error serde_json::Error }

/// What a handler gives: an answer with its reason, or a stop.
pub(crate) type Done<T> = Result<T, Stop>;

/// What is learned on the way and belongs on the journal's line however the request ends; and what is granted, if it
/// ends well.
#[derive(Debug)]
pub(crate) struct Note {
    /// Ties request, answer and line together.
    pub(crate) correlation: CorrelationId,
    /// The tenant whose rules decide.
    pub(crate) tenant: Option<TenantId>,
    /// Its time, once the tenant is known.
    pub(crate) now: Option<Timestamp>,
    /// Who asks.
    pub(crate) subject: Option<String>,
    /// The application asked for.
    pub(crate) app: Option<AppId>,
    /// The tickets behind what the answer hands out.
    pub(crate) granted: Vec<Ticket>,
}

impl Note {
    pub(crate) fn new(correlation: CorrelationId) -> Self {
        Self {
            correlation,
            tenant: None,
            now: None,
            subject: None,
            app: None,
            granted: Vec::new(),
        }
    }

    /// Adds what was learned to a decision that does not say it itself.
    pub(crate) fn complete(self, mut decision: Decision) -> Decision {
        decision.correlation = Some(self.correlation);
        decision.tenant = decision.tenant.or(self.tenant);
        decision.subject = decision.subject.or(self.subject);
        decision.app = decision.app.or(self.app);
        decision
    }
}

/// A refusal as the journal keeps it.
pub(crate) fn decision(refusal: &Refusal) -> Decision {
    let mut decision = Decision::refused(&refusal.why).code(refusal.code());
    decision.grade = Some(refusal.entry.grade.name());
    if !refusal.entry.cause.is_empty() {
        decision = decision.cause(refusal.entry.cause);
    }
    decision
}
