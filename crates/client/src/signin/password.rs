//! User name and password (facts/identity.md 1.4 and 1.10). It cannot do a second factor, teaches people to
//! type passwords into programs, and is refused by RFC 9700; it is here because service accounts still use it.

use evidence::Steps;
use net::Request;
use types::{Secret, Upn};
use wire::oauth::UserRealm;

use super::{Credential, Granted, ask, user_scope};
use crate::{
    ClientError, Endpoints, Outside,
    preflight::{self, Mistake},
};

/// Sends the password once, and only where it can be right.
pub(crate) async fn sign_in(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    resource: &str,
    (upn, password): (&Upn, &Secret),
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    preflight::password(password)?;
    preflight::own_tenant("a password", &endpoints.authority.tenant, false)?;
    not_federated(outside, endpoints, upn, steps).await?;
    let scope = user_scope(resource);
    let pairs = [
        ("grant_type", "password"),
        ("client_id", client_id),
        ("username", upn.as_str()),
        ("password", password.expose()),
        ("scope", scope.as_str()),
    ];
    ask(
        outside,
        endpoints,
        "a token with user name and password",
        &pairs,
        Credential::Public,
        steps,
    )
    .await
}

/// A federated domain's password is not Entra's to check. A service that does not know the question (404)
/// is no reason to stop; MSAL Python reads it so, too. Microsoft accounts are no domain's: the service says what it thinks
/// of them.
async fn not_federated(
    outside: &Outside,
    endpoints: &Endpoints,
    upn: &Upn,
    steps: &mut Steps,
) -> Result<(), ClientError> {
    let name = wire::address::encode(upn.as_str());
    let url = format!(
        "{}/common/userrealm/{name}?api-version=1.0",
        endpoints.authority.host
    );
    let response = outside.call(&Request::get(&url), steps).await?;
    let realm: Option<UserRealm> = serde_json::from_slice(&response.body).ok();
    let elsewhere = |realm: &UserRealm| realm.is_federated() && !realm.is_personal();
    match realm.filter(|realm| response.status.is_success() && elsewhere(realm)) {
        Some(realm) => {
            let domain = realm.domain_name.unwrap_or_else(|| upn.domain().to_owned());
            Err(Mistake::Federated { domain }.into())
        }
        None => Ok(()),
    }
}
