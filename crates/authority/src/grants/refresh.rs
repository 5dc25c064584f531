//! Refresh tokens: rotated without revoking, unless the tenant is strict (facts/identity.md 1.7; RFC 9700 4.14).

use std::time::Duration;

use directory::{Client, Tenant};
use store::Ticket;
use types::{AppId, Timestamp};
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

use super::belongs_to;
use crate::{
    Platform, Service,
    issue::{Grant, KIND_REFRESH, LIVE},
    resource::{Ask, Reserved},
    stop::{Done, Note},
    token::Request,
};

/// Refresh tokens of single-page applications end after a day, whatever is done (facts/identity.md 1.7).
const SPA_REFRESH: Duration = Duration::from_secs(86_400);

impl Service {
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
            .redeem(request, &grant, &tenant, &account, &ask, proof, None, now, note)
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
