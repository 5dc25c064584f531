//! The journal: one line for every request, with the decision and why.

use serde::{Deserialize, Serialize};
use types::{AppId, CorrelationId, TenantId, Timestamp};

/// How a request ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A token, code or session was given, or data was handed out to someone who proved a right to it.
    Granted,
    /// The caller asked for something it may not have, or asked wrongly.
    Refused,
    /// Public information: documents, keys, pages.
    Served,
    /// Our own fault.
    Failed,
}

/// What was decided about one request. Made by whoever decided; the edge adds the rest of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in a sentence for the person who reads the journal. Never holds a secret.
    pub why: String,
    /// The code the caller was given: `AADSTS50126`, `0x80072560`.
    pub code: Option<String>,
    /// How sure we are of the sentence that went with the code: `literal`, `reconstructed` or `recalled`.
    pub grade: Option<&'static str>,
    /// The id of the catalog's cause, where one fits.
    pub cause: Option<&'static str>,
    /// The correlation id that was told, where whoever decided names one.
    pub correlation: Option<CorrelationId>,
    /// The tenant whose rules decided.
    pub tenant: Option<TenantId>,
    /// Who asked: a UPN or an application id.
    pub subject: Option<String>,
    /// The application that a sign-in is for.
    pub app: Option<AppId>,
}

impl Decision {
    fn new(outcome: Outcome, why: impl Into<String>) -> Self {
        Self {
            outcome,
            why: why.into(),
            code: None,
            grade: None,
            cause: None,
            correlation: None,
            tenant: None,
            subject: None,
            app: None,
        }
    }

    /// Given.
    pub fn granted(why: impl Into<String>) -> Self {
        Self::new(Outcome::Granted, why)
    }

    /// Refused.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::new(Outcome::Refused, why)
    }

    /// Public.
    pub fn served(why: impl Into<String>) -> Self {
        Self::new(Outcome::Served, why)
    }

    /// Our fault.
    pub fn failed(why: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, why)
    }

    /// With the code the caller was given.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Under this tenant's rules.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Option<TenantId>>) -> Self {
        self.tenant = tenant.into().or(self.tenant);
        self
    }

    /// Asked by.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// With the catalog's cause.
    #[must_use]
    pub fn cause(mut self, cause: &'static str) -> Self {
        self.cause = Some(cause);
        self
    }
}

/// One request as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// When it was answered, by the tenant's clock.
    pub time: Timestamp,
    /// The id given back in `x-ms-request-id` or `x-ms-service-request-id`.
    pub request: uuid::Uuid,
    /// The correlation id: the caller's, or the one that the sign-in service made up and told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub correlation: Option<CorrelationId>,
    /// The tenant whose rules decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<TenantId>,
    /// The verb.
    pub method: String,
    /// The true host name.
    pub host: String,
    /// The path, without the query: queries carry codes and hints.
    pub path: String,
    /// The answer's status.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// The code the caller was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// How sure we are of the sentence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grade: Option<String>,
    /// The catalog's cause.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<String>,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// The application that a sign-in is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub app: Option<AppId>,
    /// The client library, from its own headers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// Why.
    pub why: String,
    /// How long it took, in microseconds.
    pub micros: u64,
}
