//! Authorization codes: single use, bound to tenant, client, redirect URI and challenge (facts/identity.md 1.3).

use std::time::Duration;

use directory::Where;
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

use super::{belongs_to, difference};
use crate::{
    Service,
    authorize::{Code, KIND_CODE, NEW, REDEEMED},
    resource::Ask,
    stop::{Done, Note},
    token::Request,
};

/// An authorization code lives about ten minutes.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(600);

impl Service {
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
                note,
            )
            .await?;
        Ok((
            tokens,
            format!("{} redeemed the code of {}", request.caller.app.name, account.upn),
        ))
    }
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
