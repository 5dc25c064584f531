//! Making tokens (facts/identity.md 1.5 and 1.7).

use std::{borrow::Cow, collections::BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use directory::{Account, Person, Tenant};
use serde::{Deserialize, Serialize};
use store::Ticket;
use types::{AppId, Form, ObjectId, Secret, TenantId, Timestamp, Uuid};
use wire::{
    Call,
    claims::{AccessClaims, Acting, IdClaims},
    oauth::{SecretText, TokenResponse},
};

use crate::{
    Platform, Principal, Service,
    application::{Caller, Proof},
    endpoint::Version,
    resource::{Reserved, Resource},
    stop::{Done, Note},
};

/// The kind of refresh token tickets.
pub(crate) const KIND_REFRESH: &str = "refresh";
/// The optional claim whose value a sign-out takes as `logout_hint` (facts/identity.md 1.12).
pub(crate) const LOGIN_HINT: &str = "login_hint";
/// A refresh token that may be redeemed.
pub(crate) const LIVE: &str = "live";

/// What a sign-in gave an application, as codes and refresh tokens remember it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) app: AppId,
    /// The platform of the redirect URI; nothing for flows without one.
    pub(crate) platform: Option<Platform>,
    /// The tenant signed in to.
    pub(crate) tenant: TenantId,
    /// The account there.
    pub(crate) account: ObjectId,
    pub(crate) person: Person,
    /// The resource of the first token.
    pub(crate) audience: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) reserved: Reserved,
    /// When the sign-in happened.
    pub(crate) started: Timestamp,
    /// When this token was issued.
    pub(crate) issued: Timestamp,
    /// Ties the refresh tokens of one sign-in together.
    pub(crate) family: Uuid,
    /// The browser session, when there was one.
    pub(crate) session: Option<Uuid>,
}

/// One answer of the token endpoint to be made.
pub(crate) struct Issue<'a> {
    pub(crate) call: &'a Call,
    pub(crate) version: Version,
    pub(crate) tenant: &'a Tenant,
    pub(crate) account: &'a Account,
    pub(crate) caller: &'a Caller,
    pub(crate) proof: Proof,
    pub(crate) resource: &'a Resource,
    pub(crate) scopes: &'a BTreeSet<String>,
    pub(crate) everything: bool,
    pub(crate) grant: &'a Grant,
    pub(crate) nonce: Option<String>,
    pub(crate) client_info: bool,
    pub(crate) now: Timestamp,
}

impl Issue<'_> {
    /// `client_info`, where the client asked for it: whose tokens these are.
    pub(crate) fn who(&self) -> Option<String> {
        self.client_info.then(|| {
            let info = serde_json::json!({"uid": self.account.id, "utid": self.tenant.id()});
            URL_SAFE_NO_PAD.encode(info.to_string())
        })
    }
}

impl Service {
    /// 60 to 90 minutes by chance, less the second that the service shows, unless the tenant says otherwise.
    pub(crate) fn lifetime(&self, tenant: &Tenant) -> i64 {
        let seconds = match tenant.settings.access_token_seconds {
            Some(seconds) => seconds,
            None => 3599 + self.parts.chance.below(1801),
        };
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }

    fn base_claims<'a>(
        &self,
        (tenant, issuer): (&Tenant, &'a str),
        audience: &'a str,
        app: AppId,
        (idtyp, oid): (Acting, ObjectId),
        (now, lifetime): (Timestamp, i64),
    ) -> AccessClaims<'a> {
        AccessClaims {
            aud: audience,
            iss: issuer,
            iat: now.seconds(),
            // Five minutes before issue is usual (unverified).
            nbf: now.seconds() - 300,
            exp: now.seconds().saturating_add(lifetime),
            acr: None,
            aio: self.opaque_claim(""),
            amr: Vec::new(),
            appid: app,
            appidacr: None,
            idp: None,
            idtyp,
            name: None,
            oid,
            rh: self.opaque_claim("0."),
            scp: None,
            sub: String::new(),
            tid: tenant.id(),
            unique_name: None,
            upn: None,
            uti: self.token_id(),
            ver: "1.0",
        }
    }

    /// A claim that means something to its maker alone: `aio`, `rh`. It is no secret, so two GUIDs' worth of chance
    /// that is drawn already will do.
    fn opaque_claim(&self, prefix: &str) -> String {
        let mut bytes = [0; 32];
        for half in bytes.chunks_exact_mut(16) {
            self.parts.chance.fill(half);
        }
        let mut text = String::with_capacity(prefix.len() + 43);
        text.push_str(prefix);
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        text
    }

    fn token_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.parts.chance.uuid().as_bytes())
    }

    /// A token for an application that speaks for itself. No refresh token is ever issued with it.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one token; each comes from another place"
    )]
    pub(crate) fn app_token(
        &self,
        call: &Call,
        version: Version,
        tenant: &Tenant,
        principal: &Principal,
        proof: Proof,
        resource: &Resource,
        now: Timestamp,
    ) -> Done<TokenResponse> {
        let lifetime = self.lifetime(tenant);
        let issuer = issuer_v1(call.form, tenant.id());
        let mut claims = self.base_claims(
            (tenant, &issuer),
            &resource.audience,
            principal.app,
            (Acting::App, principal.id),
            (now, lifetime),
        );
        claims.appidacr = Some(proof.acr());
        claims.idp = Some(Cow::Borrowed(&issuer));
        claims.sub = principal.id.to_string();
        let token = SecretText::new(self.parts.keyring.sign(&claims)?);
        Ok(match version {
            Version::V1 => TokenResponse::v1(token, lifetime, now, &call.form.dress(&resource.audience)),
            Version::V2 => TokenResponse::v2(token, lifetime),
        })
    }

    /// Tokens for a user: access token, and what else was asked for. A refresh token's ticket goes to the note.
    pub(crate) fn user_tokens(&self, issue: &Issue<'_>, note: &mut Note) -> Done<TokenResponse> {
        let lifetime = self.lifetime(issue.tenant);
        let token = SecretText::new(self.user_token(issue, lifetime)?);
        let mut answer = match issue.version {
            Version::V1 => {
                let resource = issue.call.form.dress(&issue.resource.audience);
                TokenResponse::v1(token, lifetime, issue.now, &resource)
            }
            Version::V2 => TokenResponse::v2(token, lifetime),
        };
        answer.scope = Some(scope_echo(issue));
        let reserved = issue.grant.reserved;
        if issue.version == Version::V1 || reserved.offline_access {
            let (value, ticket) = self.refresh_token(issue)?;
            answer.refresh_token = Some(SecretText(value));
            note.granted.push(ticket);
        }
        if issue.version == Version::V1 || reserved.openid {
            answer.id_token = Some(SecretText::new(self.id_token(issue, None, None)?));
        }
        answer.client_info = issue.who();
        Ok(answer)
    }

    fn user_token(&self, issue: &Issue<'_>, lifetime: i64) -> Done<String> {
        let (account, grant) = (issue.account, issue.grant);
        let issuer = issuer_v1(issue.call.form, issue.tenant.id());
        let mut claims = self.base_claims(
            (issue.tenant, &issuer),
            &issue.resource.audience,
            issue.caller.app.id,
            (Acting::User, account.id),
            (issue.now, lifetime),
        );
        claims.acr = Some("1");
        claims.amr = methods(grant);
        claims.appidacr = Some(issue.proof.acr());
        claims.idp = account.identity_provider().map(Cow::Owned);
        claims.name = Some(&account.name);
        claims.scp = Some(scopes_of(issue).collect::<Vec<_>>().join(" "));
        claims.sub = pairwise(issue.resource.app, account);
        claims.unique_name = Some(account.upn.as_str());
        claims.upn = Some(account.upn.as_str());
        Ok(self.parts.keyring.sign(&claims)?)
    }

    /// An access token alone, for the implicit flow.
    pub(crate) fn access_token(&self, issue: &Issue<'_>) -> Done<(String, i64)> {
        let lifetime = self.lifetime(issue.tenant);
        Ok((self.user_token(issue, lifetime)?, lifetime))
    }

    /// An id_token; the hashes only when it comes from the authorize endpoint (OpenID Connect Core 3.3.2.11).
    pub(crate) fn id_token(
        &self,
        issue: &Issue<'_>,
        code: Option<&str>,
        token: Option<&str>,
    ) -> Done<String> {
        let (account, grant) = (issue.account, issue.grant);
        let v1 = issue.version == Version::V1;
        let profile = grant.reserved.profile || v1;
        let name = || account.upn.to_string();
        let half = |text: &str| URL_SAFE_NO_PAD.encode(&crypt::sha256(text.as_bytes())[..16]);
        let claims = IdClaims {
            aud: issue.caller.app.id,
            iss: if v1 {
                issuer_v1(issue.call.form, issue.tenant.id())
            } else {
                issuer_v2(issue.call, issue.tenant)
            },
            iat: issue.now.seconds(),
            nbf: issue.now.seconds() - 300,
            exp: issue.now.seconds() + 3600,
            auth_time: Some(grant.person.at.seconds()),
            aio: Some(self.opaque_claim("")),
            amr: if v1 { methods(grant) } else { Vec::new() },
            at_hash: token.map(half),
            c_hash: code.map(half),
            email: grant.reserved.email.then(name),
            name: profile.then(|| account.name.clone()),
            login_hint: issue
                .caller
                .app
                .optional_claims
                .contains(LOGIN_HINT)
                .then(|| login_hint(grant.person.home, grant.person.id)),
            nonce: issue.nonce.clone(),
            oid: profile.then_some(account.id),
            preferred_username: (profile && !v1).then(name),
            rh: Some(self.opaque_claim("0.")),
            sid: grant.session.map(|sid| sid.to_string()),
            sub: pairwise(issue.caller.app.id, account),
            tid: issue.tenant.id(),
            unique_name: v1.then(name),
            upn: v1.then(name),
            uti: self.token_id(),
            ver: if v1 { "1.0" } else { "2.0" }.to_owned(),
        };
        Ok(match issue.version {
            Version::V1 => self.parts.keyring.sign(&claims)?,
            Version::V2 => self.parts.keyring.sign_v2(&claims)?,
        })
    }

    fn refresh_token(&self, issue: &Issue<'_>) -> Done<(Secret, Ticket)> {
        let value = crypt::opaque(&*self.parts.chance, "1.");
        let grant = Grant {
            issued: issue.now,
            audience: issue.resource.audience.clone(),
            ..issue.grant.clone()
        };
        let ticket = Ticket {
            id: crypt::digest(value.expose()),
            tenant: issue.tenant.id(),
            kind: KIND_REFRESH.to_owned(),
            state: LIVE.to_owned(),
            group: grant.family.to_string(),
            // Kept a day longer than it can live, so that a late comer is told why.
            expires: issue.now
                + issue.tenant.settings.refresh_inactive()
                + std::time::Duration::from_secs(86_400),
            body: serde_json::to_string(&grant)?,
        };
        Ok((value, ticket))
    }
}

/// How somebody proved who they are, as `amr` says it.
fn methods(grant: &Grant) -> Vec<String> {
    let methods = grant.person.methods.iter();
    methods.map(|method| method.name().to_owned()).collect()
}

/// The value of the optional claim `login_hint`: names an account, and tells nobody its name. The real one's make is
/// unverified.
pub(crate) fn login_hint(home: TenantId, account: ObjectId) -> String {
    let text = crypt::sha256(format!("login_hint|{home}|{account}").as_bytes());
    format!("O.{}", URL_SAFE_NO_PAD.encode(text))
}

/// The v1 issuer ends in a slash.
pub(crate) fn issuer_v1(form: Form, tenant: TenantId) -> String {
    form.url_on("sts.windows.net", &format!("/{tenant}/"))
}

/// The v2 issuer is on the cloud's own sign-in host, whichever alias was called.
pub(crate) fn issuer_v2(call: &Call, tenant: &Tenant) -> String {
    call.form.dress(&format!(
        "https://{}/{}/v2.0",
        tenant.settings.cloud.login_host(),
        tenant.id()
    ))
}

/// A subject that differs from application to application.
fn pairwise(app: AppId, account: &Account) -> String {
    URL_SAFE_NO_PAD.encode(crypt::sha256(format!("{app}|{}", account.id).as_bytes()))
}

fn scopes_of<'a>(issue: &Issue<'a>) -> impl Iterator<Item = &'a str> {
    let graph = issue.resource.app == AppId::GRAPH;
    let reserved = issue
        .grant
        .reserved
        .names()
        .filter(move |_| graph)
        .map(|name| -> &'a str { name });
    issue.scopes.iter().map(String::as_str).chain(reserved)
}

/// v1 names the scopes, v2 writes them out with their resource (facts/identity.md 1.5).
fn scope_echo(issue: &Issue<'_>) -> String {
    if issue.version == Version::V1 {
        return issue
            .scopes
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
    }
    let base = if issue.resource.audience == AppId::GRAPH.to_string() {
        "https://graph.microsoft.com".to_owned()
    } else {
        issue.call.form.dress(&issue.resource.audience)
    };
    let everything = issue.everything.then_some(".default");
    issue
        .scopes
        .iter()
        .map(String::as_str)
        .chain(everything)
        .map(|scope| format!("{base}/{scope}"))
        .chain(issue.grant.reserved.names().map(str::to_owned))
        .collect::<Vec<_>>()
        .join(" ")
}
