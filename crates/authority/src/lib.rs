//! The sign-in service: what `login.microsoftonline.com` does, refusals included.
//!
//! A request comes in at [`Service::handle`], is routed by the shape of its path ([`endpoint`]), and ends as
//! an answer and a [`Decision`] that says why. Everything a rule can refuse is a [`wire::aadsts::Refusal`];
//! this crate never writes a sentence of its own. Sections of the fact sheet are those of facts/identity.md.
//!
//! To add an endpoint: a file here with its handler, and its line in [`endpoint::Operation::named`].

mod admin_consent;
mod announcements;
mod application;
mod assertion;
mod authorize;
mod device;
mod device_login;
mod documents;
mod endpoint;
mod first_party;
mod grants;
mod issue;
mod loops;
mod management;
mod pages;
mod redirect;
mod registration;
mod removal;
mod resource;
mod rst2;
pub mod rules;
mod session;
mod sign_in;
mod sign_out;
mod stop;
mod token;
mod userinfo;

use std::sync::{Arc, Mutex};

use crypt::{Hasher, Keyring, Sealer};
use directory::SignIn;
use evidence::Decision;
use http::{HeaderName, StatusCode, header};
use store::{Store, Ticket};
use types::{Chance, Clock, CorrelationId, Host, Later, RegionTable};
use wire::{Answer, Call};

pub use endpoint::signs_in;
pub use first_party::{CALLBACK, SITES, Site};
pub use registration::{
    App, Audience, BadExpiry, ClientSecret, Consent, FederatedCredential, KIND_APP, KIND_CONSENT,
    KIND_PRINCIPAL, KeyCredential, Platform, Principal, Redirects, Registrations, Required,
};

pub use session::end_sign_in;

use endpoint::Endpoint;
use stop::{Note, Stop};

// Names that are made when the program is built: every request meets them.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const SERVER: HeaderName = HeaderName::from_static("x-ms-ests-server");
const CORRELATION: HeaderName = HeaderName::from_static("client-request-id");
const RETURN_CORRELATION: HeaderName = HeaderName::from_static("return-client-request-id");

/// What the service is made of.
pub struct Parts {
    /// The state.
    pub store: Store,
    /// The keys that sign tokens.
    pub keyring: Arc<Keyring>,
    /// Seals what a browser carries between two pages.
    pub sealer: Arc<Sealer>,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// The machine's clock; each tenant's stands apart from it by an offset.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// The regions, for the discovery hosts that are resources.
    pub regions: Arc<RegionTable>,
}

/// The sign-in service.
pub struct Service {
    parts: Parts,
    loops: Mutex<loops::Loops>,
    guesses: Mutex<sign_in::Guesses>,
    port: Option<u16>,
    documents: documents::Documents,
}

impl Service {
    /// Puts it together.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            loops: Mutex::default(),
            guesses: Mutex::default(),
            port: None,
            documents: documents::Documents::default(),
        }
    }

    /// Where Keyway's own pages are: `https://localhost` on this port. Error pages link there.
    #[must_use]
    pub fn with_pages_on(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Whether requests for `host` are for this service.
    pub fn owns(&self, host: &Host) -> bool {
        endpoint::Face::of(host).is_some()
    }

    /// Answers a request and says what was decided. The tickets behind the codes, tokens and cookies of the answer are
    /// left in `granted`: whoever passes the answer on writes them first, so that they can be written with its line.
    pub fn handle<'a>(
        &'a self,
        call: &'a Call,
        granted: &'a mut Vec<Ticket>,
    ) -> Later<'a, (Answer, Decision)> {
        Box::pin(self.handled(call, granted))
    }

    async fn handled(&self, call: &Call, granted: &mut Vec<Ticket>) -> (Answer, Decision) {
        let mut note = Note::new(
            call.correlation()
                .unwrap_or_else(|| CorrelationId::new(self.parts.chance.uuid())),
        );
        let done = match Endpoint::of(call) {
            Some(endpoint) => self.dispatch(call, &endpoint, &mut note).await,
            None => Ok((
                documents::not_found(call),
                Decision::refused("no such address on this host"),
            )),
        };
        let (answer, decision) = match done {
            Ok(done) => {
                granted.append(&mut note.granted);
                done
            }
            Err(stop) => self.stopped(call, stop, &note),
        };
        (self.finish(call, answer, &note), note.complete(decision))
    }

    /// An error at an endpoint that answers JSON; the interactive ones have turned theirs into pages already.
    fn stopped(&self, call: &Call, stop: Stop, note: &Note) -> (Answer, Decision) {
        match stop {
            Stop::Refused(refusal) => {
                let now = note.now.unwrap_or_else(|| self.parts.clock.now());
                let body = refusal.body(&call.url(""), call.request, note.correlation, now);
                let status = StatusCode::from_u16(refusal.entry.status).unwrap_or(StatusCode::BAD_REQUEST);
                let telemetry = format!("1,{},{},,", refusal.entry.code, refusal.suberror);
                let mut answer = Answer::json(status, &body)
                    .no_store()
                    .with(HeaderName::from_static("x-ms-clitelem"), &telemetry);
                if let Some(seconds) = refusal.retry_after {
                    answer = answer.with(header::RETRY_AFTER, &seconds.to_string());
                }
                if status == StatusCode::UNAUTHORIZED && call.headers.contains_key(header::AUTHORIZATION) {
                    answer = answer.with(header::WWW_AUTHENTICATE, "Basic realm=\"login\"");
                }
                (answer, stop::decision(&refusal))
            }
            Stop::Broken(why) => {
                let body = serde_json::json!({
                    "error": "server_error",
                    "error_description": "The sign-in service could not read or write its state. Try again; the journal says more.",
                    "trace_id": call.request, "correlation_id": note.correlation.to_string(),
                });
                (
                    Answer::json(StatusCode::INTERNAL_SERVER_ERROR, &body).no_store(),
                    Decision::failed(why),
                )
            }
        }
    }

    /// What every answer carries (facts/identity.md 3.1; the server name is unverified).
    fn finish(&self, call: &Call, answer: Answer, note: &Note) -> Answer {
        let answer = answer
            .with(REQUEST_ID, &call.request.to_string())
            .with_fixed(SERVER, concat!("keyway/", env!("CARGO_PKG_VERSION")));
        match call.header(RETURN_CORRELATION) {
            Some(wanted) if wanted.eq_ignore_ascii_case("true") => {
                answer.with(CORRELATION, &note.correlation.to_string())
            }
            _ => answer,
        }
    }

    fn sign_in(&self) -> SignIn<'_> {
        SignIn {
            store: &self.parts.store,
            sealer: &self.parts.sealer,
            hasher: &self.parts.hasher,
            chance: &*self.parts.chance,
        }
    }
}
