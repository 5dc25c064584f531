//! The token endpoint: reading the request, and which grant it is.

use directory::Where;
use evidence::Decision;
use http::{Method, StatusCode, header};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::{BadForm, Params},
    oauth::TokenResponse,
};

use crate::{
    Service,
    application::{Caller, Credential, credential},
    endpoint::Version,
    resource::Ask,
    stop::{Done, Note, Stop},
};

/// A token request whose application was found.
pub(crate) struct Request<'a> {
    pub(crate) call: &'a Call,
    pub(crate) version: Version,
    pub(crate) place: Where,
    pub(crate) params: Params,
    pub(crate) caller: Caller,
    pub(crate) credential: Credential,
}

impl Request<'_> {
    /// A field of the credential itself.
    pub(crate) fn field(&self, name: &'static str) -> Result<&str, Refusal> {
        self.params.some(name).ok_or_else(|| {
            Refusal::new(&aadsts::FIELD_MISSING, format!("'{name}' is missing")).with("name", name)
        })
    }

    /// What is asked for: `resource` on v1, `scope` on v2.
    pub(crate) fn ask(&self) -> Result<Option<Ask>, Refusal> {
        match self.version {
            Version::V1 => self.params.some("resource").map(absolute_resource).transpose(),
            Version::V2 if self.params.some("resource").is_some() => Err(resource_on_v2()),
            Version::V2 => self
                .params
                .some("scope")
                .map(|scope| Ask::scope(scope, false))
                .transpose(),
        }
    }

    /// As [`Request::ask`], and something must be.
    pub(crate) fn ask_required(&self) -> Result<Ask, Refusal> {
        let name = match self.version {
            Version::V1 => "resource",
            Version::V2 => "scope",
        };
        self.ask()?.ok_or_else(|| missing(name))
    }

    pub(crate) fn wants_client_info(&self) -> bool {
        self.params.get("client_info") == Some("1")
    }
}

/// A resource is an absolute URI or a GUID.
pub(crate) fn absolute_resource(text: &str) -> Result<Ask, Refusal> {
    let is_guid = text.parse::<types::AppId>().is_ok();
    if is_guid || url::Url::parse(text).is_ok() {
        return Ok(Ask::resource(text));
    }
    let why = format!("resource '{text}' is neither an absolute URI nor a GUID");
    Err(Refusal::new(&aadsts::NOT_ABSOLUTE, why).with("name", "resource"))
}

pub(crate) fn resource_on_v2() -> Refusal {
    Refusal::new(
        &aadsts::RESOURCE_PARAMETER_ON_V2,
        "'resource' was sent to the v2.0 endpoint",
    )
}

pub(crate) fn missing(name: &'static str) -> Refusal {
    Refusal::new(&aadsts::PARAMETER_MISSING, format!("'{name}' is missing")).with("name", name)
}

/// Decodes parameters; what means two things is refused.
pub(crate) fn params(encoded: &[u8]) -> Result<Params, Refusal> {
    Params::parse(encoded).map_err(|bad| match &bad {
        BadForm::Duplicate(_) | BadForm::TooMany(_) => Refusal::new(&aadsts::MALFORMED, bad.to_string()),
        BadForm::NotUtf8 => Refusal::new(&aadsts::BAD_INPUT, bad.to_string())
            .with("reason", "The parameters are not valid UTF-8."),
    })
}

/// The body of a POST, which must be a form.
pub(crate) fn body(call: &Call) -> Result<Params, Refusal> {
    if call.method != Method::POST {
        let why = format!("{} was sent to an endpoint that takes POST", call.method);
        return Err(Refusal::new(&aadsts::WRONG_VERB, why)
            .with("verbs", "POST")
            .with("verb", &call.method));
    }
    if !call.body.is_empty() && !call.is_form() {
        let kind = call.header(header::CONTENT_TYPE).unwrap_or_default();
        let why = format!("the content type is '{kind}', so no parameter can be read");
        return Err(Refusal::new(&aadsts::PARAMETER_MISSING, why).with("name", "grant_type"));
    }
    params(&call.body)
}

/// Refusals that a tenant's administrator or our own trouble causes, before anything is looked at.
pub(crate) fn available(place: &Where) -> Result<(), Refusal> {
    let Where::Tenant(tenant) = place else {
        return Ok(());
    };
    if let Some(seconds) = tenant.settings.throttled {
        let mut refusal = Refusal::new(
            &aadsts::THROTTLED,
            "the tenant is set to throttle every token request",
        );
        refusal.retry_after = Some(seconds);
        return Err(refusal);
    }
    if tenant.settings.transient_fault {
        return Err(Refusal::new(
            &aadsts::TRANSIENT,
            "the tenant is set to fail every token request",
        ));
    }
    Ok(())
}

impl Service {
    pub(crate) async fn token(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        if call.method == Method::OPTIONS {
            return Ok((
                preflight(call),
                Decision::served("a browser asked whether it may send its request"),
            ));
        }
        let request = self.request(call, segment, version, note).await?;
        let done = self.by_grant(&request, note).await;
        let (tokens, why) = done.map_err(|stop| as_this_version_says(stop, version))?;
        let answer = Answer::json_written(StatusCode::OK, tokens.into_json()).no_store();
        Ok((cross_origin(call, answer), Decision::granted(why)))
    }

    /// Reads a request and finds its application. A step of its own, so that what only this needs is gone when tokens
    /// are made.
    async fn request<'c>(
        &self,
        call: &'c Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<Request<'c>> {
        let params = body(call)?;
        let place = self.place(call, segment, note).await?;
        available(&place)?;
        let grant = params.some("grant_type").ok_or_else(|| missing("grant_type"))?;
        let (client_id, credential) = credential(call, &params)?;
        if grant == "password" && matches!(place, Where::Common | Where::Consumers) {
            return Err(Refusal::new(
                &aadsts::PASSWORD_ON_COMMON,
                "a password was sent to a shared endpoint",
            )
            .into());
        }
        let caller = self
            .caller(call, client_id.as_deref(), &place, version, note)
            .await?;
        drop(client_id);
        Ok(Request {
            call,
            version,
            place,
            params,
            caller,
            credential,
        })
    }

    async fn by_grant(&self, request: &Request<'_>, note: &mut Note) -> Done<(TokenResponse, String)> {
        match request.params.some("grant_type").unwrap_or_default() {
            "client_credentials" => self.client_credentials(request).await,
            // These ask the database and are long. In a box they take no room from the one that programs live by.
            "authorization_code" => Box::pin(self.authorization_code(request, note)).await,
            "refresh_token" => Box::pin(self.refresh(request, note)).await,
            "password" => Box::pin(self.password(request, note)).await,
            "device_code" | wire::oauth::GRANT_DEVICE_CODE => {
                Box::pin(self.device_token(request, note)).await
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => Box::pin(self.on_behalf_of(request, note)).await,
            other => {
                let why = format!("the grant type '{other}' is not one of this endpoint");
                Err(Refusal::new(&aadsts::UNSUPPORTED_GRANT, why)
                    .with("grant", other)
                    .into())
            }
        }
    }
}

/// v1 calls a missing second factor `interaction_required`, v2 `invalid_grant` (facts/identity.md 3.3 E).
fn as_this_version_says(stop: Stop, version: Version) -> Stop {
    match stop {
        Stop::Refused(refusal)
            if version == Version::V1
                && [aadsts::MFA_REQUIRED.code, aadsts::MFA_ENROLL.code].contains(&refusal.entry.code) =>
        {
            refusal.as_error("interaction_required").into()
        }
        other => other,
    }
}

/// A browser script may read the answer; the origin was checked against the platform (facts/identity.md 2.4).
fn cross_origin(call: &Call, answer: Answer) -> Answer {
    match call.header(header::ORIGIN) {
        Some(origin) => answer.with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin).with(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "Content-Length,Content-Encoding,client-request-id",
        ),
        None => answer,
    }
}

fn preflight(call: &Call) -> Answer {
    let wanted = call
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .unwrap_or_default();
    cross_origin(call, Answer::empty(StatusCode::OK))
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS")
        .with(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted)
}
