//! The grants of the token endpoint, and what they share: who holds a grant, and what it is redeemed for.
//!
//! To add a grant: a file below, and its line in [`Service::by_grant`](crate::Service).

mod client_credentials;
mod code;
mod on_behalf_of;
mod password;
mod refresh;

use std::sync::Arc;

use directory::{Account, Located, Person, Tenant, Where};
use types::{AppId, Timestamp};
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

pub(crate) use code::CODE_LIFETIME;

use crate::{
    Platform, Registrations, Service,
    application::Proof,
    issue::{Grant, Issue},
    resource::{Ask, Granting, Reserved, granting, not_consented},
    stop::{Done, Note},
    token::Request,
};

impl Service {
    /// The account a grant was given to, if it still may have it.
    pub(crate) async fn holder(&self, grant: &Grant, note: &mut Note) -> Done<(Arc<Tenant>, Account)> {
        let tenant = self.parts.store.view::<Tenant>(grant.tenant).await?;
        self.enter(&tenant, note);
        note.subject = Some(grant.person.upn.to_string());
        let place = Where::Tenant(tenant.clone());
        let located = self.find(&place, &grant.person.upn, None).await??;
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
        note: &mut Note,
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
        let issue = Issue {
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
        };
        self.user_tokens(&issue, note)
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
