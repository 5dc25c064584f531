//! Tokens without asking a person: from the cache, else renewed, once for all processes.

use std::time::Duration;

use crypt::jwt::Unverified;
use evidence::Steps;
use serde_json::Value;
use types::{RegionTable, Secret, Timestamp};
use wire::{
    address::{Address, Kind},
    challenge::Authority,
    instance::INSTANCES,
};

use crate::{
    ClientError, MethodName, Outside, Profile, ProfileName, Secrets, Vault, WhoAmI,
    authority::{endpoints, slashed},
    connect::prove,
    preflight::Mistake,
    signin::{self, Credential, Granted, assertion::CertificateKey},
    store::{profile::read_file, vault::KeptToken},
};

/// A token that is good now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The token.
    pub token: Secret,
    /// When it ends.
    pub expires_on: Timestamp,
    /// What it is for.
    pub resource: String,
}

/// Below this much life a token is renewed, as every observed library does (facts/identity.md 6.2).
const MARGIN: Duration = Duration::from_secs(300);

/// A token of `profile` for `resource`: from the cache while it lives, else renewed. Of any number of
/// processes that need a new one, one asks and the others take what it got.
pub async fn access_token(
    outside: &Outside,
    vault: &Vault,
    profile: (&ProfileName, &Profile),
    resource: &str,
    steps: &mut Steps,
) -> Result<AccessToken, ClientError> {
    token_other_than(None, outside, vault, profile, resource, steps).await
}

/// A token of `profile` for `resource` that was renewed just now, for whoever wants to know whether it still can be.
pub async fn fresh_token(
    outside: &Outside,
    vault: &Vault,
    profile: (&ProfileName, &Profile),
    resource: &str,
    steps: &mut Steps,
) -> Result<AccessToken, ClientError> {
    let had = cached(&vault.read(profile.0)?, resource, outside.now()).map(|found| found.token);
    token_other_than(had.as_ref(), outside, vault, profile, resource, steps).await
}

/// The proof of a profile: a token and a WhoAmI. A token from the cache that the organization does not accept
/// (revoked, or the clocks disagree) is replaced once, silently.
pub async fn prove_profile(
    outside: &Outside,
    vault: &Vault,
    profile: (&ProfileName, &Profile),
    (url, resource): (&str, &str),
    steps: &mut Steps,
) -> Result<(AccessToken, WhoAmI, Timestamp), ClientError> {
    let token = access_token(outside, vault, profile, resource, steps).await?;
    match prove(outside, url, &token.token, steps).await {
        Err(ClientError::Organization(refusal)) if refusal.status == 401 => {}
        proved => return proved.map(|(who, at)| (token, who, at)),
    }
    let token = token_other_than(Some(&token.token), outside, vault, profile, resource, steps).await?;
    let (who, at) = prove(outside, url, &token.token, steps).await?;
    Ok((token, who, at))
}

async fn token_other_than(
    refused: Option<&Secret>,
    outside: &Outside,
    vault: &Vault,
    (name, profile): (&ProfileName, &Profile),
    resource: &str,
    steps: &mut Steps,
) -> Result<AccessToken, ClientError> {
    let good = |secrets: &Secrets, until| {
        cached(secrets, resource, until).filter(|found| refused.is_none_or(|refused| found.token != *refused))
    };
    if let Some(good) = good(&vault.read(name)?, outside.now() + MARGIN) {
        return Ok(good);
    }
    let _lock = vault.lock(name).await?;
    // Whoever held the lock before us may have done the work.
    let mut secrets = vault.read(name)?;
    if let Some(good) = good(&secrets, outside.now() + MARGIN) {
        return Ok(good);
    }
    let granted = match renew(outside, (name, profile), &secrets, resource, steps).await {
        Ok(granted) => granted,
        // What cannot be renewed at the moment is still good to its end.
        Err(error @ (ClientError::Net(_) | ClientError::Throttled { .. })) => {
            return good(&secrets, outside.now()).ok_or(error);
        }
        Err(error) => return Err(error),
    };
    keep(&mut secrets, resource, &granted);
    secrets
        .tokens
        .retain(|_, kept| Timestamp::from_seconds(kept.expires_on) > outside.now());
    vault.write(name, &secrets)?;
    Ok(AccessToken {
        token: granted.tokens.access_token.0.clone(),
        expires_on: granted.tokens.ends(granted.received),
        resource: resource.to_owned(),
    })
}

/// A token for the global discovery that lists the profile's organization, and that discovery's address.
pub async fn discovery_token(
    outside: &Outside,
    vault: &Vault,
    (name, profile): (&ProfileName, &Profile),
    steps: &mut Steps,
) -> Result<(AccessToken, String), ClientError> {
    let url = &profile.organization.url;
    let online = match Address::read(url, &RegionTable::default()).kind {
        Kind::Online(online) => online.discovery(),
        _ => None,
    };
    let host = online
        .and_then(|list| list.strip_suffix(INSTANCES).map(ToOwned::to_owned))
        .ok_or_else(|| Mistake::Address {
            given: url.clone(),
            is: "not covered by global discovery".to_owned(),
            hint:
                "Global discovery lists organizations online; give the address of another server with --url."
                    .to_owned(),
        })?;
    let token = access_token(outside, vault, (name, profile), &slashed(&host), steps).await?;
    Ok((token, host))
}

fn cached(secrets: &Secrets, resource: &str, until: Timestamp) -> Option<AccessToken> {
    let kept = secrets.tokens.get(resource)?;
    let expires_on = Timestamp::from_seconds(kept.expires_on);
    (expires_on > until).then(|| AccessToken {
        token: kept.token.0.clone(),
        expires_on,
        resource: resource.to_owned(),
    })
}

/// Puts what was granted among the secrets.
pub(crate) fn keep(secrets: &mut Secrets, resource: &str, granted: &Granted) {
    let expires_on = granted.tokens.ends(granted.received).seconds();
    let token = granted.tokens.access_token.clone();
    secrets
        .tokens
        .insert(resource.to_owned(), KeptToken { token, expires_on });
    if let Some(renewal) = &granted.tokens.refresh_token {
        secrets.refresh_token = Some(renewal.clone());
    }
}

async fn renew(
    outside: &Outside,
    (name, profile): (&ProfileName, &Profile),
    secrets: &Secrets,
    resource: &str,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let missing = || ClientError::NotSignedIn {
        profile: name.to_string(),
        resource: resource.to_owned(),
    };
    let authority = Authority {
        host: profile.authority.clone(),
        tenant: profile.tenant.clone(),
    };
    let client_id = profile.client_id.as_str();
    match profile.method {
        MethodName::ClientSecret => {
            let secret = secrets.client_secret.as_ref().ok_or_else(missing)?;
            let endpoints = endpoints(outside, &authority, steps).await?;
            let credential = Credential::Secret(&secret.0);
            signin::client_credentials(outside, &endpoints, client_id, credential, resource, steps).await
        }
        MethodName::Certificate => {
            let key = certificate(profile)?;
            let endpoints = endpoints(outside, &authority, steps).await?;
            let credential = Credential::Certificate(&key);
            signin::client_credentials(outside, &endpoints, client_id, credential, resource, steps).await
        }
        MethodName::Browser | MethodName::DeviceCode | MethodName::Password => {
            let token = secrets.refresh_token.as_ref().ok_or_else(missing)?;
            let endpoints = endpoints(outside, &authority, steps).await?;
            let renewed = signin::refresh(outside, &endpoints, client_id, &token.0, resource, steps).await;
            renewed.map_err(|error| needs_a_person(error, name))
        }
    }
}

fn certificate(profile: &Profile) -> Result<CertificateKey, ClientError> {
    let missing = || Mistake::Certificate("the profile names no files for it".to_owned());
    let key = read_file(profile.key_file.as_deref().ok_or_else(missing)?)?;
    let certificate = read_file(profile.certificate_file.as_deref().ok_or_else(missing)?)?;
    Ok(CertificateKey::from_pem(&key, &certificate, profile.rs256)?)
}

/// A renewal that is refused ends the kept sign-in; it is not tried again (facts/identity.md 7.2).
fn needs_a_person(error: ClientError, name: &ProfileName) -> ClientError {
    match error {
        ClientError::SignIn(refusal) if refusal.said.error != "temporarily_unavailable" => {
            ClientError::SignInAgain {
                profile: name.to_string(),
                refusal,
            }
        }
        other => other,
    }
}

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: Option<String>,
    pub(crate) tenant: Option<String>,
}

/// Read from the id token; access tokens are opaque to clients.
pub(crate) fn account_of(granted: &Granted) -> Option<Account> {
    let claims = Unverified::read(granted.tokens.id_token.as_ref()?.expose())
        .ok()?
        .claims;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let name = ["preferred_username", "upn", "unique_name", "email"]
        .into_iter()
        .find_map(text);
    Some(Account {
        name,
        tenant: text("tid"),
    })
}
