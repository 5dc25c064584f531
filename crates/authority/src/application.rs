//! The application that asks: finding it, and letting it prove itself (facts/identity.md 2.1 to 2.6).

use std::{borrow::Cow, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use directory::{Tenant, Where};
use http::header;
use types::{AppId, Secret, TenantId, Timestamp};
use wire::{
    Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{
    App, Platform, Principal, Registrations, Service,
    endpoint::{Face, Version},
    first_party,
    stop::{Done, Note},
};

/// An application that exists and may be used at the called endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) app: Arc<App>,
    pub(crate) home: TenantId,
    pub(crate) registrations: Arc<Registrations>,
}

/// How an application proved itself: claim `appidacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It is public and proved nothing.
    None,
    /// By a secret.
    Secret,
    /// By a signed assertion.
    Assertion,
}

impl Proof {
    pub(crate) const fn acr(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

/// What an application sent to prove itself.
#[derive(Debug)]
pub(crate) enum Credential {
    Nothing,
    Secret(Secret),
    Assertion { kind: String, token: Secret },
}

impl Credential {
    fn is_some(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// Client id and credential, from the body or from an `Authorization: Basic` header (RFC 6749 2.3.1).
pub(crate) fn credential<'p>(
    call: &Call,
    params: &'p Params,
) -> Result<(Option<Cow<'p, str>>, Credential), Refusal> {
    let in_body = params.get("client_id").map(Cow::Borrowed);
    if let Some(token) = params.secret("client_assertion") {
        let kind = params.get("client_assertion_type").unwrap_or_default().to_owned();
        return Ok((in_body, Credential::Assertion { kind, token }));
    }
    if let Some(secret) = params.secret("client_secret") {
        return Ok((in_body, Credential::Secret(secret)));
    }
    let basic = call.header(header::AUTHORIZATION).and_then(|value| {
        let (scheme, rest) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then(|| rest.trim())
    });
    let Some(basic) = basic else {
        return Ok((in_body, Credential::Nothing));
    };
    let malformed = || {
        Refusal::new(
            &aadsts::NOT_WELL_FORMED,
            "the Authorization header is not base64 of id:secret",
        )
        .with(
            "reason",
            "The Authorization header is not valid Basic authentication.",
        )
    };
    let text = STANDARD
        .decode(basic)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(malformed)?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    // Both parts are form-encoded before base64 (RFC 6749 2.3.1).
    let decode = |part: &str| {
        form_urlencoded::parse(part.as_bytes())
            .next()
            .map(|(name, _)| name.into_owned())
            .unwrap_or_default()
    };
    Ok((
        in_body.or_else(|| Some(Cow::Owned(decode(id)))),
        Credential::Secret(Secret::new(decode(secret))),
    ))
}

impl Service {
    /// Finds the application and checks that it may be used at `place` at all.
    pub(crate) async fn caller(
        &self,
        call: &Call,
        client_id: Option<&str>,
        place: &Where,
        version: Version,
        note: &mut Note,
    ) -> Done<Caller> {
        let id = match client_id {
            None => {
                let why = "client_id is missing";
                return Err(Refusal::new(&aadsts::PARAMETER_MISSING, why)
                    .with("name", "client_id")
                    .into());
            }
            Some("") => {
                return Err(Refusal::new(&aadsts::EMPTY_PARAMETER, "client_id is empty")
                    .with("name", "client_id")
                    .into());
            }
            Some(id) => id,
        };
        note.subject.get_or_insert_with(|| id.to_owned());
        let unknown = |why: String| {
            let tenant = match place {
                Where::Tenant(tenant) => tenant.settings.name.clone(),
                Where::Organizations => "organizations".to_owned(),
                Where::Common => "common".to_owned(),
                Where::Consumers => "consumers".to_owned(),
            };
            Refusal::new(&aadsts::APP_NOT_FOUND, why)
                .with("app", id)
                .with("tenant", tenant)
        };
        let Ok(app_id) = id.parse::<AppId>() else {
            return Err(unknown(format!("'{id}' is not a GUID, so it is no client id")).into());
        };
        note.app = Some(app_id);
        let Some(home) = self.parts.store.tenant_of(&format!("app:{app_id}")).await? else {
            let Some(caller) = self.first_party(call, app_id).await? else {
                return Err(unknown(self.not_an_app(id, place).await?).into());
            };
            usable(call, &caller.app, place, version)?;
            return Ok(caller);
        };
        let registrations = self.parts.store.view::<Registrations>(home).await?;
        let Some(app) = registrations.kept_app(app_id) else {
            return Err(unknown(format!("application {app_id} was deleted from its home tenant")).into());
        };
        if let Where::Tenant(tenant) = place
            && tenant.id() != home
            && !app.audience.is_multi_tenant()
        {
            let why = format!("'{}' is a single-tenant application of another tenant", app.name);
            return Err(unknown(why).into());
        }
        usable(call, &app, place, version)?;
        Ok(Caller {
            app,
            home,
            registrations,
        })
    }

    /// Says what a GUID is, when it is not a client id: the journal's reader has mixed it up with something.
    async fn not_an_app(&self, id: &str, place: &Where) -> Done<String> {
        if let Where::Tenant(tenant) = place {
            if id.eq_ignore_ascii_case(&tenant.id().to_string()) {
                return Ok(format!("{id} is the directory (tenant) id, not a client id"));
            }
            let here = self.parts.store.view::<Registrations>(tenant.id()).await?;
            let object = here
                .apps()
                .find(|app| id.eq_ignore_ascii_case(&app.object_id.to_string()));
            if let Some(app) = object {
                return Ok(format!(
                    "{id} is the object id of '{}'; its client id is {}",
                    app.name, app.id
                ));
            }
            let secret = here.apps().find(|app| {
                app.secrets
                    .iter()
                    .any(|s| id.eq_ignore_ascii_case(&s.id.to_string()))
            });
            if let Some(app) = secret {
                return Ok(format!(
                    "{id} is the id of a secret of '{}'; its client id is {}",
                    app.name, app.id
                ));
            }
        }
        Ok(format!("no application {id} is registered here"))
    }

    /// The application as `tenant` uses it.
    pub(crate) async fn principal(&self, caller: &Caller, tenant: &Tenant) -> Done<Option<Arc<Principal>>> {
        let here = self.parts.store.view::<Registrations>(tenant.id()).await?;
        let Some(principal) = here.kept_principal(caller.app.id) else {
            return Ok(first_party::principal(caller));
        };
        if principal.enabled {
            return Ok(Some(principal));
        }
        let why = format!(
            "the enterprise application '{}' is disabled in {}",
            principal.name, tenant.settings.name
        );
        Err(Refusal::new(&aadsts::SERVICE_PRINCIPAL_DISABLED, why)
            .with("app", caller.app.id)
            .with("name", &principal.name)
            .into())
    }

    /// As [`Service::principal`], and there must be one: nobody is there to consent.
    pub(crate) async fn principal_required(&self, caller: &Caller, tenant: &Tenant) -> Done<Arc<Principal>> {
        self.principal(caller, tenant).await?.ok_or_else(|| {
            let why = format!(
                "'{}' has no service principal in {}",
                caller.app.name, tenant.settings.name
            );
            Refusal::new(&aadsts::APP_NOT_FOUND, why)
                .with("app", caller.app.id)
                .with("tenant", &tenant.settings.name)
                .into()
        })
    }

    /// Lets a confidential application prove itself.
    pub(crate) fn authenticate(
        &self,
        call: &Call,
        caller: &Caller,
        credential: &Credential,
        tenant: Option<&Tenant>,
        now: Timestamp,
    ) -> Result<Proof, Refusal> {
        match credential {
            Credential::Nothing => Err(Refusal::new(
                &aadsts::CONFIDENTIAL_WITHOUT_CREDENTIAL,
                format!(
                    "'{}' is confidential here and sent neither secret nor assertion",
                    caller.app.name
                ),
            )),
            Credential::Secret(secret) => by_secret(&caller.app, secret, now).map(|()| Proof::Secret),
            Credential::Assertion { kind, token } => {
                crate::assertion::verify(call, caller, kind, token, tenant, now).map(|()| Proof::Assertion)
            }
        }
    }

    /// Lets the application prove itself as its platform demands (facts/identity.md 2.4). Without a redirect
    /// URI in the flow, "Allow public client flows" decides.
    pub(crate) fn authenticate_for(
        &self,
        call: &Call,
        caller: &Caller,
        credential: &Credential,
        platform: Option<Platform>,
        tenant: Option<&Tenant>,
        now: Timestamp,
    ) -> Result<Proof, Refusal> {
        let origin = call.header(header::ORIGIN);
        match (platform, origin) {
            (Some(Platform::Spa), None) => {
                let why = "the redirect URI is a single-page application's and the request has no Origin";
                return Err(Refusal::new(&aadsts::SPA_WITHOUT_ORIGIN, why));
            }
            (Some(Platform::Web | Platform::PublicClient), Some(origin)) => {
                let why = format!(
                    "the request has Origin {origin} and the redirect URI is not a single-page application's"
                );
                return Err(Refusal::new(&aadsts::CROSS_ORIGIN_NOT_SPA, why).with("origin", origin));
            }
            _ => {}
        }
        match platform {
            Some(Platform::Web) => self.authenticate(call, caller, credential, tenant, now),
            Some(Platform::Spa | Platform::PublicClient) if credential.is_some() => {
                let why = format!(
                    "'{}' is public by its redirect URI and sent a credential",
                    caller.app.name
                );
                Err(Refusal::new(&aadsts::PUBLIC_CLIENT_WITH_CREDENTIAL, why))
            }
            None if credential.is_some() || !caller.app.allow_public_client => {
                self.authenticate(call, caller, credential, tenant, now)
            }
            _ => Ok(Proof::None),
        }
    }
}

/// Whether the application takes this kind of endpoint.
fn usable(call: &Call, app: &App, place: &Where, version: Version) -> Result<(), Refusal> {
    if app.disabled {
        let why = format!("'{}' is disabled in its home tenant", app.name);
        return Err(Refusal::new(&aadsts::APP_DISABLED, why).with("app", app.id));
    }
    if app.government && matches!(Face::of(&call.host), Some(Face::Login(types::Cloud::Commercial))) {
        let why = format!(
            "'{}' belongs to a government cloud and was used at {}",
            app.name, call.host
        );
        return Err(Refusal::new(&aadsts::GOVERNMENT_APP, why).with("app", app.id));
    }
    match place {
        Where::Common | Where::Organizations if !app.audience.is_multi_tenant() => {
            let why = format!("'{}' takes accounts of its own tenant only", app.name);
            Err(Refusal::new(&aadsts::NOT_MULTI_TENANT, why)
                .with("app", app.id)
                .with("name", &app.name))
        }
        Where::Consumers if version == Version::V1 => Err(Refusal::new(
            &aadsts::V1_FOR_CONSUMERS,
            "the v1 endpoint was asked for a personal account",
        )),
        Where::Consumers if !app.audience.takes_personal() => {
            let why = format!("'{}' takes no personal accounts", app.name);
            Err(Refusal::new(&aadsts::APP_NOT_FOR_CONSUMERS, why)
                .with("app", app.id)
                .with("name", &app.name))
        }
        _ => Ok(()),
    }
}

fn by_secret(app: &App, sent: &Secret, now: Timestamp) -> Result<(), Refusal> {
    let digest = crypt::digest(sent.expose());
    let mut expired = None;
    let mut early = None;
    let mut valid = false;
    // Every secret is compared, so that the time does not tell which one was near.
    for secret in &app.secrets {
        if crypt::same(&secret.digest, &digest) {
            if now < secret.starts {
                early = Some(secret);
            } else if now < secret.ends {
                valid = true;
            } else {
                expired = Some(secret);
            }
        }
    }
    if valid {
        return Ok(());
    }
    if let Some(secret) = expired {
        let why = format!(
            "the secret '{}' of '{}' ended {}",
            secret.name, app.name, secret.ends
        );
        return Err(Refusal::new(&aadsts::SECRET_EXPIRED, why).with("app", app.id));
    }
    let why = if let Some(secret) = early {
        // Nobody has told what the service says here; that such a secret is not valid is certain.
        format!(
            "the secret '{}' of '{}' is valid from {} on, and it is {now} here; the tenant's clock may have been turned back",
            secret.name, app.name, secret.starts
        )
    } else if app
        .secrets
        .iter()
        .any(|s| s.id.to_string().eq_ignore_ascii_case(sent.expose()))
    {
        format!(
            "what was sent is the id of a secret of '{}', not its value",
            app.name
        )
    } else if app
        .secrets
        .iter()
        .any(|s| crypt::same(&s.digest, &crypt::digest(&sent.expose().replace(' ', "+"))))
    {
        format!(
            "a secret of '{}' was sent without form-encoding: its + arrived as a blank",
            app.name
        )
    } else {
        format!("no secret of '{}' has the value that was sent", app.name)
    };
    Err(Refusal::new(&aadsts::BAD_SECRET, why).with("app", app.id))
}
