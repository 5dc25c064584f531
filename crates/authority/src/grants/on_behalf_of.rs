//! On behalf of: a service acts for the user who called it (facts/identity.md 1.4).

use crypt::VerifyError;
use directory::{Person, Tenant, Where, locate};
use types::Timestamp;
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

use super::new_grant;
use crate::{
    Platform, Service,
    stop::{Done, Note},
    token::Request,
};

impl Service {
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
            .redeem(request, &grant, &tenant, &account, &ask, proof, None, now, note)
            .await?;
        Ok((tokens, format!("'{}' acts for {}", caller.app.name, account.upn)))
    }
}

fn bad_assertion(error: &VerifyError) -> Refusal {
    match error {
        // Our signature under other claims: an id_token is the only other thing we sign.
        VerifyError::Claims(_) => Refusal::new(&aadsts::OBO_ID_TOKEN, error.to_string()),
        _ => Refusal::new(&aadsts::OBO_SIGNATURE, error.to_string()).with("reason", "The key was not found."),
    }
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
