//! Everything a client needs from the world: servers, time, chance, patience.

use std::{sync::Arc, time::Duration};

use evidence::Steps;
use http::{HeaderName, StatusCode};
use net::{Net, Request, Response};
use types::{Chance, Clock, Later, Timestamp};

use crate::ClientError;

/// How to wait: the machine's timer, or, in a test, not at all.
pub type Pause = fn(Duration) -> Later<'static, ()>;

/// The world outside.
pub struct Outside {
    /// Servers.
    pub net: Net,
    /// What must not be guessed: state, nonce, verifier, correlation ids.
    pub chance: Arc<dyn Chance>,
    /// How to wait between polls and retries.
    pub pause: Pause,
}

/// Longest `Retry-After` that is waited out; beyond it a person should decide.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a throttled request is tried in all.
const TRIES: u32 = 3;

impl Outside {
    /// Servers reached through `net`, the machine's timer.
    pub fn new(net: Net, chance: Arc<dyn Chance>) -> Self {
        Self {
            net,
            chance,
            pause: |time| Box::pin(tokio::time::sleep(time)),
        }
    }

    /// What moment it is.
    pub fn now(&self) -> Timestamp {
        Clock::now(self.net.clock())
    }

    /// Sends a request. Where the server is throttling (429, 503), it is left alone for as long as it asks and
    /// tried again; nothing else is ever repeated, because a repeated sign-in counts towards lockout and loop
    /// detection (facts/identity.md 7.2).
    pub(crate) async fn call(&self, request: &Request, steps: &mut Steps) -> Result<Response, ClientError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let response = self.net.send(request, steps).await?;
            if ![StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&response.status) {
                return Ok(response);
            }
            let wait = response
                .retry_after(self.now())
                .unwrap_or(Duration::from_secs(2) * tried);
            if tried >= TRIES || wait > PATIENCE {
                let url = request.url().split('?').next().unwrap_or_default().to_owned();
                return Err(ClientError::Throttled {
                    url,
                    status: response.status.as_u16(),
                    wait,
                });
            }
            (self.pause)(wait).await;
        }
    }

    /// The request with an id of its own, which the server's logs and its error then carry, and that id.
    pub(crate) fn correlated(&self, request: Request, header: &'static str) -> (Request, String) {
        let id = self.chance.uuid().to_string();
        (request.with(HeaderName::from_static(header), &id), id)
    }
}

/// Reads JSON of the expected shape out of a successful answer.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(
    url: &str,
    response: &Response,
) -> Result<T, ClientError> {
    serde_json::from_slice(&response.body).map_err(|error| {
        let kind = response
            .header("content-type")
            .unwrap_or("no content type")
            .to_owned();
        // The error's text names the place, never the content.
        let why = format!(
            "HTTP {} with {kind}, line {} column {}",
            response.status,
            error.line(),
            error.column()
        );
        ClientError::Garbled {
            url: url.split('?').next().unwrap_or_default().to_owned(),
            why,
        }
    })
}
