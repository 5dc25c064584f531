//! Reading an authorize request: everything that can be judged before anybody is known.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use directory::Where;
use http::{Method, header};
use serde::{Deserialize, Serialize};
use wire::{
    Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{
    application::Caller,
    endpoint::Version,
    redirect::{Mode, Target},
    resource::Ask,
    token::{absolute_resource, missing, params, resource_on_v2},
};

/// A longer query than any client sends; the real limit is unpublished.
const LONGEST_QUERY: usize = 8192;

/// A code challenge (RFC 7636 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// Its SHA-256.
    S256(String),
}

impl Challenge {
    fn read(params: &Params) -> Result<Option<Self>, Refusal> {
        let size = |text: &str, fits: bool, why: &str| {
            if fits {
                Ok(text.to_owned())
            } else {
                Err(Refusal::new(&aadsts::CHALLENGE_SIZE, why))
            }
        };
        let method = params.some("code_challenge_method");
        match (params.some("code_challenge"), method) {
            (None, None) => Ok(None),
            (None, Some(method)) => {
                let why = format!("code_challenge_method is {method} and code_challenge is missing");
                Err(Refusal::new(&aadsts::CHALLENGE_MISSING, why))
            }
            (Some(text), Some("S256")) => {
                let fits = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
                size(text, fits, "an S256 challenge is 43 characters of base64url")
                    .map(|t| Some(Self::S256(t)))
            }
            (Some(text), None | Some("plain")) => {
                let fits = (43..=128).contains(&text.len());
                size(text, fits, "a plain challenge is 43 to 128 characters").map(|t| Some(Self::Plain(t)))
            }
            (Some(_), Some(other)) => {
                let why = format!("code_challenge_method '{other}' is neither S256 nor plain");
                Err(Refusal::new(&aadsts::CHALLENGE_SIZE, why))
            }
        }
    }

    /// Whether `verifier` is behind it.
    pub(crate) fn fits(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(text) => crypt::same(text, verifier),
            Self::S256(text) => crypt::same(text, &crypt::digest(verifier)),
        }
    }
}

/// What the application wants back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) code: bool,
    pub(crate) id_token: bool,
    pub(crate) token: bool,
}

impl Wanted {
    fn read(text: &str) -> Option<Self> {
        let mut wanted = Self::default();
        for word in text.split_whitespace() {
            match word {
                "code" => wanted.code = true,
                "id_token" => wanted.id_token = true,
                "token" => wanted.token = true,
                _ => return None,
            }
        }
        (wanted != Self::default()).then_some(wanted)
    }

    fn is_implicit(self) -> bool {
        self.id_token || self.token
    }
}

/// A request that may be answered once somebody has signed in.
pub(crate) struct Authorize {
    pub(crate) version: Version,
    pub(crate) place: Where,
    pub(crate) caller: Caller,
    pub(crate) target: Target,
    pub(crate) wanted: Wanted,
    pub(crate) mode: Mode,
    pub(crate) ask: Ask,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) params: Params,
}

/// The request's parameters and, when a page of ours was posted, its fields.
pub(crate) fn read(call: &Call) -> Result<(Params, Option<Params>), Refusal> {
    if call.method != Method::GET && call.method != Method::POST {
        let why = format!("{} was sent to an endpoint that takes GET and POST", call.method);
        return Err(Refusal::new(&aadsts::WRONG_VERB, why)
            .with("verbs", "GET, POST")
            .with("verb", &call.method));
    }
    if call.query.len() > LONGEST_QUERY {
        let why = format!(
            "the query is {} bytes long and may be {LONGEST_QUERY}",
            call.query.len()
        );
        return Err(Refusal::new(&aadsts::TOO_LONG, why));
    }
    let query = params(call.query.as_bytes())?;
    if call.method == Method::GET {
        return Ok((query, None));
    }
    if !call.is_form() {
        let kind = call.header(header::CONTENT_TYPE).unwrap_or_default();
        let why = format!("the content type of the form is '{kind}'");
        return Err(Refusal::new(&aadsts::NOT_WELL_FORMED, why).with("reason", "The body is not a form."));
    }
    let body = params(&call.body)?;
    // OpenID Connect Core 3.1.2.1: the request itself may come as a form.
    if body.get("client_id").is_some() {
        Ok((body, None))
    } else {
        Ok((query, Some(body)))
    }
}

/// Where errors go until the request is known to be whole.
pub(crate) fn provisional_back(target: &Target, params: &Params) -> (Target, Mode, Option<String>) {
    let mode = match params.get("response_mode") {
        Some("form_post") => Mode::FormPost,
        Some("fragment") => Mode::Fragment,
        _ => Mode::Query,
    };
    (target.clone(), mode, params.get("state").map(str::to_owned))
}

impl Authorize {
    /// Checks everything that needs nobody.
    pub(crate) fn check(
        version: Version,
        place: Where,
        caller: Caller,
        target: Target,
        params: Params,
    ) -> Result<Self, Refusal> {
        let text = params
            .some("response_type")
            .ok_or_else(|| missing("response_type"))?;
        let wanted = Wanted::read(text).ok_or_else(|| unknown_type(text, "it is none of this endpoint's"))?;
        if wanted.token && !caller.app.implicit_access_tokens {
            return Err(unknown_type(
                text,
                "implicit access tokens are off in the registration",
            ));
        }
        if wanted.id_token && !caller.app.implicit_id_tokens {
            let why = format!("'{}' has ID tokens switched off", caller.app.name);
            return Err(Refusal::new(&aadsts::ID_TOKEN_NOT_ENABLED, why));
        }
        let mode = mode(wanted, &params)?;
        let ask = ask(version, &params)?;
        let challenge = Challenge::read(&params)?;
        if wanted.code && challenge.is_none() && target.platform.needs_challenge() {
            let why = "the redirect URI is a single-page application's and no code challenge was sent";
            return Err(Refusal::new(&aadsts::PKCE_REQUIRED, why));
        }
        if params
            .some("claims")
            .is_some_and(|c| serde_json::from_str::<serde_json::Value>(c).is_err())
        {
            return Err(Refusal::new(&aadsts::BAD_INPUT, "'claims' is not JSON")
                .with("reason", "The claims parameter is not valid JSON."));
        }
        Ok(Self {
            version,
            place,
            caller,
            target,
            wanted,
            mode,
            ask,
            challenge,
            params,
        })
    }

    pub(crate) fn state(&self) -> Option<&str> {
        self.params.get("state")
    }

    pub(crate) fn prompt(&self) -> Option<&str> {
        self.params.some("prompt")
    }

    /// Nobody may be asked anything.
    pub(crate) fn is_silent(&self) -> bool {
        self.prompt() == Some("none")
    }

    /// Everybody must be asked for consent again.
    pub(crate) fn wants_consent(&self) -> bool {
        matches!(self.prompt(), Some("consent" | "admin_consent"))
    }

    /// The password must be typed, whatever the session says.
    pub(crate) fn wants_password(&self) -> bool {
        self.prompt() == Some("login")
    }

    /// How old a proof of who one is may be (OpenID Connect Core 3.1.2.1, `max_age`).
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.params.some("max_age")?.parse().ok().map(Duration::from_secs)
    }

    /// The person is to pick the account.
    pub(crate) fn wants_picking(&self) -> bool {
        self.prompt() == Some("select_account")
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.params.some("login_hint")
    }

    /// Where the pages post to: this address with the request in its query.
    pub(crate) fn action(&self, call: &Call) -> String {
        format!("{}?{}", call.path, self.params.encode())
    }

    /// What makes two requests equal for loop detection (facts/identity.md 3.2).
    pub(crate) fn identity(&self) -> String {
        let of = |name| self.params.get(name).unwrap_or_default();
        [
            "client_id",
            "redirect_uri",
            "scope",
            "resource",
            "response_type",
            "response_mode",
            "login_hint",
        ]
        .map(of)
        .join("|")
    }
}

fn unknown_type(text: &str, why: &str) -> Refusal {
    Refusal::new(
        &aadsts::RESPONSE_TYPE_UNKNOWN,
        format!("response_type '{text}': {why}"),
    )
    .with("type", text)
}

fn mode(wanted: Wanted, params: &Params) -> Result<Mode, Refusal> {
    match params.some("response_mode") {
        None if wanted.is_implicit() => Ok(Mode::Fragment),
        None => Ok(Mode::Query),
        Some("fragment") => Ok(Mode::Fragment),
        Some("form_post") => Ok(Mode::FormPost),
        Some("query") if !wanted.is_implicit() => Ok(Mode::Query),
        Some(other) => {
            let why = format!("response_mode '{other}' cannot carry what is wanted");
            Err(Refusal::new(&aadsts::RESPONSE_MODE, why).with("mode", other))
        }
    }
}

fn ask(version: Version, params: &Params) -> Result<Ask, Refusal> {
    match version {
        Version::V1 => match params.some("resource") {
            Some(resource) => absolute_resource(resource),
            None => Ok(Ask {
                reserved: crate::resource::Reserved::ALL,
                ..Ask::default()
            }),
        },
        Version::V2 if params.some("resource").is_some() => Err(resource_on_v2()),
        Version::V2 => Ask::scope(params.some("scope").ok_or_else(|| missing("scope"))?, true),
    }
}
