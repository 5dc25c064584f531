//! What the control API says when it does not do what it was asked: what happened, and the next step.

use evidence::Decision;
use http::{StatusCode, header};
use serde_json::json;
use store::StoreError;
use wire::Answer;

/// An act that was not done: what happened, to what, and the next step.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    message: String,
    next: String,
    allow: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            next: next.into(),
            allow: None,
        }
    }

    /// The request is wrong in itself.
    pub(crate) fn bad(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, next)
    }

    /// What it speaks of is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            message,
            "see /_keyway/v1/openapi.json for everything that is",
        )
    }

    /// It contradicts what is there.
    pub(crate) fn conflict(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message, next)
    }

    pub(crate) fn method(method: &str, allowed: &[&str]) -> Self {
        let allow = allowed.join(", ");
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{} is not possible here", crate::edge::printable(method, 20)),
            format!("use {allow}"),
        );
        problem.allow = Some(allow);
        problem
    }

    /// The body is not what the operation takes.
    pub(crate) fn body(error: &serde_json::Error) -> Self {
        Self::bad(
            format!("the body is not what this operation takes: {error}"),
            "see the example in /_keyway/v1/openapi.json",
        )
    }

    /// As HTTP grades it.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What happened, to what.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The next step.
    pub fn next(&self) -> &str {
        &self.next
    }

    pub(crate) fn answer(self) -> (Answer, Decision) {
        let body = json!({ "error": { "message": self.message, "next": self.next } });
        let mut answer = Answer::json(self.status, &body).no_store();
        if let Some(allow) = &self.allow {
            answer = answer.with(header::ALLOW, allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer = answer.with(header::WWW_AUTHENTICATE, "Bearer realm=\"Keyway control API\"");
        }
        let decision = match self.status.is_server_error() {
            true => Decision::failed(format!("control API: {}", self.message)),
            false => Decision::refused(format!("control API: {}", self.message)),
        };
        (answer, decision)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let status = match &error {
            StoreError::UnknownTenant { .. } => StatusCode::NOT_FOUND,
            StoreError::NameTaken { .. } | StoreError::TenantExists { .. } => StatusCode::CONFLICT,
            StoreError::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // The store's sentence holds its own next step, after a semicolon.
        Self::new(
            status,
            error.to_string(),
            "if it stays so, look into the journal and the stand-in's standard error",
        )
    }
}

impl From<organization::ManageError> for Problem {
    fn from(error: organization::ManageError) -> Self {
        use organization::ManageError as E;
        let status = match &error {
            E::NoRegion(_) | E::OtherUnit { .. } | E::NoRole(_) => StatusCode::BAD_REQUEST,
            E::NoOrganization(_) | E::NoUser(_) | E::NoUnit(_) => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string(), "change the request accordingly")
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::body(&error)
    }
}

/// A text as a sentence that stands alone: the API's begin small and end without a stop.
pub fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let mut whole: String = first.to_uppercase().chain(chars).collect();
    if !whole.ends_with(['.', '!', '?', ':']) {
        whole.push('.');
    }
    whole
}
