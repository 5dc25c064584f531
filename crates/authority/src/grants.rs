//! The grants of the token endpoint (facts/identity.md 1.4).

use std::{sync::Arc, time::Duration};

use crypt::VerifyError;
use directory::{Account, Client, Located, Person, Tenant, Where, locate};
use store::Ticket;
use types::{AppId, Timestamp, Upn};
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

use crate::{
    Platform, Registrations, Service,
    application::Proof,
    authorize::{Code, KIND_CODE, NEW, REDEEMED},
    issue::{Grant, Issue, KIND_REFRESH, LIVE},
    resource::{Ask, Granting, Reserved, bad_scope, granting, not_consented},
    stop::{Done, Note},
    token::Request,
};

/// Refresh tokens of single-page applications end after a day, whatever is done (facts/identity.md 1.7).
const SPA_REFRESH: Duration = Duration::from_secs(86_400);
/// An authorization code lives about ten minutes.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(600);

impl Service {
    pub(crate) async fn client_credentials(
        &self,
        request: &Request<'_>,
        _note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        let Where::Tenant(tenant) = &request.place else {
            let why = "client credentials were sent to a shared endpoint, which names no tenant";
            return Err(Refusal::new(&aadsts::NO_TENANT, why).into());
        };
        let now = tenant.now(&*self.parts.clock);
        let caller = &request.caller;
        if matches!(request.credential, crate::application::Credential::Nothing) {
            let why = format!("'{}' sent neither secret nor assertion", caller.app.name);
            return Err(Refusal::new(&aadsts::CREDENTIAL_REQUIRED, why).into());
        }
        let proof = self.authenticate(request.call, caller, &request.credential, Some(tenant), now)?;
        let principal = self.principal_required(caller, tenant).await?;
        let ask = request.ask_required()?;
        if !ask.everything {
            let why = format!("an application asked for the named scope '{}'", ask.text);
            return Err(bad_scope(&ask.text, why).into());
        }
        let resource = self.resource(&ask, caller, tenant).await?;
        let tokens = self.app_token(
            request.call,
            request.version,
            tenant,
            &principal,
            proof,
            &resource,
            now,
        )?;
        Ok((
            tokens,
            format!(
                "'{}' proved itself and may ask {} for itself",
                caller.app.name, resource.audience
            ),
        ))
    }

    pub(crate) async fn authorization_code(
        &self,
        request: &Request<'_>,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        let value = request.field("code")?;
        let id = crypt::digest(value);
        let Some(ticket) = self
            .parts
            .store
            .ticket(&id)
            .await?
            .filter(|t| t.kind == KIND_CODE)
        else {
            return Err(
                Refusal::new(&aadsts::BAD_GRANT, "no such authorization code was issued here").into(),
            );
        };
        let code: Code = serde_json::from_str(&ticket.body)?;
        let (tenant, account) = self.holder(&code.grant, note).await?;
        let now = tenant.now(&*self.parts.clock);
        if let Where::Tenant(here) = &request.place
            && here.id() != tenant.id()
        {
            let why = format!(
                "the code was issued at {} and redeemed at {}",
                tenant.settings.name, here.settings.name
            );
            return Err(Refusal::new(&aadsts::CODE_OTHER_TENANT, why).into());
        }
        belongs_to(&code.grant, request)?;
        let proof = self.authenticate_for(
            request.call,
            &request.caller,
            &request.credential,
            code.grant.platform,
            Some(&tenant),
            now,
        )?;
        let sent = request.params.get("redirect_uri").unwrap_or_default();
        if sent != code.redirect_uri {
            let why = difference("redirect_uri", sent, &code.redirect_uri);
            return Err(Refusal::new(&aadsts::REDIRECT_CHANGED, why)
                .with("uri", sent)
                .with("expected", &code.redirect_uri)
                .into());
        }
        code.verify(request.params.get("code_verifier"))?;
        if now.since(code.issued) >= CODE_LIFETIME {
            let why = format!("the code was issued {} and lives ten minutes", code.issued);
            return Err(Refusal::new(&aadsts::CODE_EXPIRED, why).into());
        }
        let ask = code_ask(request, &code)?;
        // Last, because it is what cannot be taken back: of several who redeem it, one succeeds.
        if !self
            .parts
            .store
            .move_ticket(&id, NEW, REDEEMED, &ticket.body)
            .await?
        {
            return Err(Refusal::new(&aadsts::CODE_REUSED, "the code was redeemed before").into());
        }
        let tokens = self
            .redeem(
                request,
                &code.grant,
                &tenant,
                &account,
                &ask,
                proof,
                code.nonce.clone(),
                now,
            )
            .await?;
        Ok((
            tokens,
            format!("{} redeemed the code of {}", request.caller.app.name, account.upn),
        ))
    }

    pub(crate) async fn refresh(
        &self,
        request: &Request<'_>,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        let id = crypt::digest(request.field("refresh_token")?);
        let Some(ticket) = self
            .parts
            .store
            .ticket(&id)
            .await?
            .filter(|t| t.kind == KIND_REFRESH)
        else {
            return Err(Refusal::new(&aadsts::BAD_GRANT, "no such refresh token was issued here").into());
        };
        let grant: Grant = serde_json::from_str(&ticket.body)?;
        let (tenant, account) = self.holder(&grant, note).await?;
        let now = tenant.now(&*self.parts.clock);
        belongs_to(&grant, request)?;
        let proof = self.authenticate_for(
            request.call,
            &request.caller,
            &request.credential,
            grant.platform,
            Some(&tenant),
            now,
        )?;
        fresh_enough(&grant, &tenant, now)?;
        self.rotate(&id, &ticket, &tenant).await?;
        let ask = match request.ask()? {
            Some(ask) if ask.resource.is_some() || !ask.names.is_empty() || ask.everything => ask,
            other => grant_ask(&grant, other.map_or(grant.reserved, |ask| ask.reserved)),
        };
        let client = Client {
            app: request.caller.app.id,
            platform: request.call.header("x-client-os").unwrap_or_default(),
            interactive: false,
            refreshing: true,
            resource: &grant.audience,
        };
        tenant.settings.admit(&account, &grant.person, &client, now)?;
        let tokens = self
            .redeem(request, &grant, &tenant, &account, &ask, proof, None, now)
            .await?;
        Ok((
            tokens,
            format!(
                "{} renewed the sign-in of {}",
                request.caller.app.name, account.upn
            ),
        ))
    }

    /// Entra rotates without revoking; under strict rotation a second use revokes the whole family.
    async fn rotate(&self, id: &str, ticket: &Ticket, tenant: &Tenant) -> Done<()> {
        if ticket.state == LIVE && !tenant.settings.strict_rotation {
            return Ok(());
        }
        if ticket.state == LIVE
            && self
                .parts
                .store
                .move_ticket(id, LIVE, "used", &ticket.body)
                .await?
        {
            return Ok(());
        }
        let revoked = self
            .parts
            .store
            .move_group(ticket.tenant, &ticket.group, "revoked")
            .await?;
        let why =
            format!("the refresh token was used before; strict rotation revoked its family of {revoked}");
        Err(Refusal::new(&aadsts::BAD_GRANT, why).into())
    }

    pub(crate) async fn password(
        &self,
        request: &Request<'_>,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        let name = request.field("username")?;
        note.subject = Some(name.to_owned());
        let upn: Upn = name
            .trim()
            .parse()
            .map_err(|bad: types::BadUpn| Refusal::new(&aadsts::DOMAIN_CHARACTERS, bad.to_string()))?;
        request.field("password")?;
        let password = request.params.secret("password").unwrap_or_default();
        let located = locate(&self.parts.store, &request.place, &upn)
            .await?
            .map_err(|r| for_app(r, request))?;
        let tenant = located.tenant.clone();
        self.enter(&tenant, note);
        let now = tenant.now(&*self.parts.clock);
        let proof = self.authenticate_for(
            request.call,
            &request.caller,
            &request.credential,
            None,
            Some(&tenant),
            now,
        )?;
        let principal = self.principal_required(&request.caller, &tenant).await?;
        let home_now = located.home.now(&*self.parts.clock);
        let person = self
            .sign_in()
            .by_password(&located, &upn, &password, home_now)
            .await??;
        let ask = request.ask_required()?;
        let resource = self.resource(&ask, &request.caller, &tenant).await?;
        self.admitted(request, &located, &person, &resource.audience, now)?;
        assigned(&principal, &located.account, &request.caller)?;
        let grant = new_grant(
            self,
            request.caller.app.id,
            None,
            &located,
            person,
            &ask,
            &resource.audience,
            now,
        );
        let tokens = self
            .redeem(request, &grant, &tenant, &located.account, &ask, proof, None, now)
            .await?;
        Ok((tokens, format!("{upn} proved a password")))
    }

    fn admitted(
        &self,
        request: &Request<'_>,
        located: &Located,
        person: &Person,
        resource: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let client = Client {
            app: request.caller.app.id,
            platform: request.call.header("x-client-os").unwrap_or_default(),
            interactive: false,
            refreshing: false,
            resource,
        };
        located
            .tenant
            .settings
            .admit(&located.account, person, &client, now)
    }

    pub(crate) async fn on_behalf_of(
        &self,
        request: &Request<'_>,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        if request.params.get("requested_token_use") != Some("on_behalf_of") {
            return Err(crate::token::missing("requested_token_use").into());
        }
        let caller = &request.caller;
        let assertion = request.field("assertion")?;
        let public = !caller.app.redirects.public_client.is_empty() || caller.app.allow_public_client;
        if public && caller.app.secrets.is_empty() && caller.app.certificates.is_empty() {
            let why = format!("'{}' is a public client", caller.app.name);
            return Err(Refusal::new(&aadsts::OBO_NOT_ALLOWED, why)
                .with("app", caller.app.id)
                .into());
        }
        let token = self
            .parts
            .keyring
            .verify(assertion)
            .map_err(|error| bad_assertion(&error))?;
        // Every access token issued here says whether it is for a user or an application; id_tokens do not.
        if token.claims.idtyp.is_none() {
            return Err(Refusal::new(&aadsts::OBO_ID_TOKEN, "the assertion is an id_token").into());
        }
        let tenant = match &request.place {
            Where::Tenant(tenant) => tenant.clone(),
            _ => self.parts.store.view::<Tenant>(token.claims.tid).await?,
        };
        self.enter(&tenant, note);
        let now = tenant.now(&*self.parts.clock);
        let proof = self.authenticate(request.call, caller, &request.credential, Some(&tenant), now)?;
        if now.seconds() >= token.claims.exp {
            let until = Timestamp::from_seconds(token.claims.exp).rfc3339();
            return Err(
                Refusal::new(&aadsts::OBO_TIME, format!("the assertion ended {until}"))
                    .with("now", now.rfc3339())
                    .with("until", until)
                    .into(),
            );
        }
        for_this_app(request, &token.claims.aud)?;
        let account = tenant
            .account(token.claims.oid)
            .filter(|_| token.claims.tid == tenant.id())
            .cloned();
        let Some(account) = account else {
            let why = "the assertion is for no account of this tenant";
            return Err(Refusal::new(&aadsts::OBO_SIGNATURE, why)
                .with("reason", "The user was not found.")
                .into());
        };
        note.subject = Some(account.upn.to_string());
        let located = locate(&self.parts.store, &Where::Tenant(tenant.clone()), &account.upn).await??;
        located.may_sign_in()?;
        let ask = request.ask_required()?;
        let resource = self.resource(&ask, caller, &tenant).await?;
        let person = Person {
            home: located.home.id(),
            id: located.home_account.id,
            upn: account.upn.clone(),
            methods: Vec::new(),
            at: Timestamp::from_seconds(token.claims.iat),
        };
        let grant = new_grant(
            self,
            caller.app.id,
            Some(Platform::Web),
            &located,
            person,
            &ask,
            &resource.audience,
            now,
        );
        let tokens = self
            .redeem(request, &grant, &tenant, &account, &ask, proof, None, now)
            .await?;
        Ok((tokens, format!("'{}' acts for {}", caller.app.name, account.upn)))
    }

    /// The account a grant was given to, if it still may have it.
    pub(crate) async fn holder(&self, grant: &Grant, note: &mut Note) -> Done<(Arc<Tenant>, Account)> {
        let tenant = self.parts.store.view::<Tenant>(grant.tenant).await?;
        self.enter(&tenant, note);
        note.subject = Some(grant.person.upn.to_string());
        let located = locate(
            &self.parts.store,
            &Where::Tenant(tenant.clone()),
            &grant.person.upn,
        )
        .await??;
        located.may_sign_in()?;
        if !located.home_account.honors(grant.issued) || !located.account.honors(grant.issued) {
            let from = located
                .home_account
                .tokens_valid_from
                .or(located.account.tokens_valid_from);
            let from = from.unwrap_or(grant.issued);
            let why = format!(
                "granted {} and grants of {} are valid from {from}",
                grant.issued, grant.person.upn
            );
            return Err(Refusal::new(&aadsts::GRANT_REVOKED, why)
                .with("issued", grant.issued.rfc3339())
                .with("valid_from", from.rfc3339())
                .into());
        }
        Ok((tenant, located.account))
    }

    /// Answers with tokens for what is asked, as far as it was granted.
    #[expect(
        clippy::too_many_arguments,
        reason = "what an answer is made of; each comes from another place"
    )]
    pub(crate) async fn redeem(
        &self,
        request: &Request<'_>,
        grant: &Grant,
        tenant: &Arc<Tenant>,
        account: &Account,
        ask: &Ask,
        proof: Proof,
        nonce: Option<String>,
        now: Timestamp,
    ) -> Done<TokenResponse> {
        let resource = self.resource(ask, &request.caller, tenant).await?;
        let here = self.parts.store.view::<Registrations>(tenant.id()).await?;
        let scopes = match granting(&here, &request.caller, &resource, ask, account, request.version)? {
            Granting::Granted(scopes) => scopes,
            Granting::Missing(missing) => return Err(not_consented(&request.caller, &missing).into()),
        };
        let grant = Grant {
            reserved: merged(grant.reserved, ask.reserved),
            ..grant.clone()
        };
        self.user_tokens(&Issue {
            call: request.call,
            version: request.version,
            tenant,
            account,
            caller: &request.caller,
            proof,
            resource: &resource,
            scopes: &scopes,
            everything: ask.everything && request.version == crate::endpoint::Version::V2,
            grant: &grant,
            nonce,
            client_info: request.wants_client_info(),
            now,
        })
        .await
    }
}

/// Reserved scopes once granted stay with the grant.
fn merged(a: Reserved, b: Reserved) -> Reserved {
    Reserved {
        openid: a.openid || b.openid,
        profile: a.profile || b.profile,
        email: a.email || b.email,
        offline_access: a.offline_access || b.offline_access,
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one record")]
pub(crate) fn new_grant(
    service: &Service,
    app: AppId,
    platform: Option<Platform>,
    located: &Located,
    person: Person,
    ask: &Ask,
    audience: &str,
    now: Timestamp,
) -> Grant {
    Grant {
        app,
        platform,
        tenant: located.tenant.id(),
        account: located.account.id,
        person,
        audience: audience.to_owned(),
        scopes: ask.names.clone(),
        reserved: ask.reserved,
        started: now,
        issued: now,
        family: service.parts.chance.uuid(),
        session: None,
    }
}

/// Fills in the application where a refusal about an account names it.
pub(crate) fn for_app(refusal: Refusal, request: &Request<'_>) -> Refusal {
    refusal
        .with("app", request.caller.app.id)
        .with("name", &request.caller.app.name)
}

fn belongs_to(grant: &Grant, request: &Request<'_>) -> Result<(), Refusal> {
    if grant.app == request.caller.app.id {
        return Ok(());
    }
    let why = format!(
        "it was issued to application {}, not to {}",
        grant.app, request.caller.app.id
    );
    Err(Refusal::new(&aadsts::BAD_GRANT, why))
}

/// The scope of a redeemed code: what was asked at the authorize endpoint, unless the request says less.
fn code_ask(request: &Request<'_>, code: &Code) -> Result<Ask, Refusal> {
    match request.params.get("scope") {
        Some("") if request.version == crate::endpoint::Version::V2 => {
            return Err(Refusal::new(&aadsts::CODE_SCOPE_EMPTY, "scope is empty"));
        }
        Some(scope) if request.version == crate::endpoint::Version::V2 && !is_printable(scope) => {
            return Err(
                Refusal::new(&aadsts::CODE_SCOPE_INVALID, "scope holds characters no scope has")
                    .with("scope", scope.escape_default()),
            );
        }
        _ => {}
    }
    Ok(match request.ask()? {
        Some(ask) if ask.resource.is_some() || !ask.names.is_empty() || ask.everything => ask,
        Some(ask) => Ask {
            reserved: ask.reserved,
            ..code.ask()
        },
        None => code.ask(),
    })
}

/// RFC 6749 3.3: the characters of a scope.
fn is_printable(scope: &str) -> bool {
    scope
        .bytes()
        .all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

fn grant_ask(grant: &Grant, reserved: Reserved) -> Ask {
    let resource = (grant.audience != AppId::GRAPH.to_string()).then(|| grant.audience.clone());
    let everything = grant.scopes.is_empty() && resource.is_some();
    Ask {
        reserved,
        resource,
        names: grant.scopes.clone(),
        everything,
        text: grant.audience.clone(),
    }
}

/// Age and idleness of a refresh token (facts/identity.md 1.7).
fn fresh_enough(grant: &Grant, tenant: &Tenant, now: Timestamp) -> Result<(), Refusal> {
    let issued = grant.issued.rfc3339();
    if grant.platform == Some(Platform::Spa) && now.since(grant.started) >= SPA_REFRESH {
        let why = format!("a single-page application signed in {}", grant.started);
        return Err(Refusal::new(&aadsts::REFRESH_SPA_EXPIRED, why).with("issued", issued));
    }
    if let Some(most) = tenant.settings.refresh_max_seconds
        && now.since(grant.started).as_secs() >= most
    {
        let why = format!("signed in {} and may be renewed for {most} s", grant.started);
        return Err(Refusal::new(&aadsts::REFRESH_MAX_AGE, why)
            .with("issued", issued)
            .with("lifetime", time_span(Duration::from_secs(most))));
    }
    let idle = tenant.settings.refresh_inactive();
    if now.since(grant.issued) >= idle {
        let why = format!("issued {issued} and not used for {}", time_span(idle));
        return Err(Refusal::new(&aadsts::REFRESH_INACTIVE, why)
            .with("issued", issued)
            .with("idle", time_span(idle)));
    }
    Ok(())
}

/// A duration as .NET writes it: `90.00:00:00`.
fn time_span(duration: Duration) -> String {
    let s = duration.as_secs();
    format!(
        "{}.{:02}:{:02}:{:02}",
        s / 86_400,
        s / 3600 % 24,
        s / 60 % 60,
        s % 60
    )
}

fn bad_assertion(error: &VerifyError) -> Refusal {
    Refusal::new(&aadsts::OBO_SIGNATURE, error.to_string()).with("reason", "The key was not found.")
}

/// An on-behalf-of assertion must have been issued for the application that presents it.
fn for_this_app(request: &Request<'_>, audience: &str) -> Result<(), Refusal> {
    let app = &request.caller.app;
    let bare = audience.trim_end_matches('/');
    let own = bare.eq_ignore_ascii_case(&app.id.to_string())
        || bare == format!("api://{}", app.id)
        || app
            .identifier_uris
            .iter()
            .any(|uri| uri.trim_end_matches('/') == bare);
    if own {
        return Ok(());
    }
    let why = format!("the assertion is for {audience}, not for '{}'", app.name);
    Err(Refusal::new(&aadsts::OBO_AUDIENCE, why)
        .with("audience", audience)
        .with("app", app.id))
}

/// Whether the account is assigned, where the enterprise application demands it; nested groups do not count.
pub(crate) fn assigned(
    principal: &crate::Principal,
    account: &Account,
    caller: &crate::application::Caller,
) -> Result<(), Refusal> {
    let direct = principal.assigned.contains(&account.id.to_string());
    if !principal.assignment_required
        || direct
        || account.groups.iter().any(|g| principal.assigned.contains(g))
    {
        return Ok(());
    }
    let why = format!(
        "'{}' demands assignment and {} is not assigned",
        principal.name, account.upn
    );
    Err(Refusal::new(&aadsts::NOT_ASSIGNED, why)
        .with("name", &principal.name)
        .with("app", caller.app.id)
        .with("user", &account.upn))
}

/// Where two texts part: "differs at character 41: …". The journal's reader need not count.
pub(crate) fn difference(name: &str, sent: &str, expected: &str) -> String {
    let same = sent
        .chars()
        .zip(expected.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = |text: &str| text.chars().skip(same).take(20).collect::<String>();
    format!(
        "{name} differs at character {}: '{}' was sent where '{}' is registered",
        same + 1,
        rest(sent),
        rest(expected)
    )
}
