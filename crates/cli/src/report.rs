//! How failures are shown: what happened, to what, what the innermost server said, and what to do next.

use std::error::Error;

use client::{ClientError, Mistake};
use serde_json::{Value, json};

use crate::exit::Exit;

/// A command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What happened, to what.
    what: String,
    /// Why, from the outside in.
    because: Vec<String>,
    /// What the innermost server said, name by name.
    server: Vec<(&'static str, String)>,
    /// What to do next.
    next: String,
}

impl Failure {
    /// A failure with everything a person needs.
    pub(crate) fn new(exit: Exit, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            because: Vec::new(),
            server: Vec::new(),
            next: next.into(),
        }
    }

    /// The command was used wrongly.
    pub(crate) fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what, next)
    }

    /// Our own fault, or the machine's.
    pub(crate) fn internal(what: impl Into<String>, error: impl Into<Box<dyn Error>>) -> Self {
        let next = "If the machine is not the cause (disk, memory, permissions), this is a bug: report it.";
        Self {
            because: chain(&*error.into()),
            ..Self::new(Exit::Internal, what, next)
        }
    }

    /// With what lies behind it.
    pub(crate) fn caused_by(self, error: Option<&(dyn Error + 'static)>) -> Self {
        let because = error.map(chain).unwrap_or_default();
        Self { because, ..self }
    }

    /// The answer has been given; only the exit code is left to tell.
    pub(crate) fn told(exit: Exit) -> Self {
        Self::new(exit, "", "")
    }

    /// Whether everything has been said.
    pub(crate) fn is_told(&self) -> bool {
        self.what.is_empty()
    }

    /// The person pressed Control-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "")
    }

    /// For a terminal or a log.
    pub(crate) fn text(&self, color: bool) -> String {
        let paint = |code: &str, text: &str| {
            if color {
                format!("\x1b[{code}m{text}\x1b[0m")
            } else {
                text.to_owned()
            }
        };
        let mut out = format!("{} {}", paint("1;31", "error:"), self.what);
        for reason in &self.because {
            out.push_str(&format!("\n  because: {reason}"));
        }
        for (name, value) in &self.server {
            out.push_str(&format!(
                "\n  {name}: {}",
                if *name == "server" {
                    paint("1", value)
                } else {
                    value.clone()
                }
            ));
        }
        if !self.next.is_empty() {
            out.push_str(&format!("\n{} {}", paint("1;36", "next:"), self.next));
        }
        out
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let server: serde_json::Map<String, Value> = self
            .server
            .iter()
            .map(|(name, value)| (name.replace(' ', "_"), Value::from(value.clone())))
            .collect();
        json!({
            "error": {
                "exit_code": self.exit.code(),
                "what": self.what,
                "because": self.because,
                "server": server,
                "next": self.next,
            }
        })
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let server = error.said().map(|said| {
            let id = |name, value: Option<String>| value.map(|value| (name, value));
            let first = [Some(("server", format!("{}: {}", said.code, said.sentence)))];
            let ids = [
                id("correlation id", said.correlation_id),
                id("request id", said.request_id),
                id("time", said.time),
            ];
            first.into_iter().chain(ids).flatten().collect()
        });
        Self {
            because: error.source().map(chain).unwrap_or_default(),
            server: server.unwrap_or_default(),
            ..Self::new(error.class().into(), error.to_string(), error.hint())
        }
    }
}

impl From<Mistake> for Failure {
    fn from(mistake: Mistake) -> Self {
        ClientError::from(mistake).into()
    }
}

impl From<client::VaultError> for Failure {
    fn from(error: client::VaultError) -> Self {
        ClientError::from(error).into()
    }
}

impl From<net::NetError> for Failure {
    fn from(error: net::NetError) -> Self {
        ClientError::from(error).into()
    }
}

/// An error and everything behind it; a text that only repeats the one before is left out.
fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if out.last().is_none_or(|last| !last.contains(&text)) {
            out.push(text);
        }
        next = error.source();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::SignInRefusal;

    #[test]
    fn the_innermost_server_always_speaks() {
        let said = serde_json::from_str(
            r#"{"error":"invalid_client","error_description":"AADSTS70002: Error validating credentials. AADSTS7000215: Invalid client secret provided. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2024-05-01 10:20:30Z"}"#,
        );
        let refusal = SignInRefusal {
            asked: "a token with the client secret",
            endpoint: "https://login/token".into(),
            status: Some(401),
            said: said.unwrap(),
        };
        let failure = Failure::from(ClientError::SignIn(Box::new(refusal)));
        let text = failure.text(false);
        for part in [
            "error: the sign-in service refused a token with the client secret",
            "server: AADSTS7000215 (invalid_client): Invalid client secret provided.",
            "correlation id: c-1",
            "request id: t-1",
            "time: 2024-05-01 10:20:30Z",
            "next: ",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(failure.exit, Exit::RefusedAuthentication);
        assert_eq!(failure.json()["error"]["server"]["correlation_id"], "c-1");
        assert!(failure.text(true).contains("\x1b[1;31merror:\x1b[0m"));
    }

    #[test]
    fn reasons_are_not_repeated() {
        let inner = std::io::Error::other("disk full");
        let failure = Failure::internal("it broke", inner);
        assert_eq!(failure.because, ["disk full"]);
    }
}
