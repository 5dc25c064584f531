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

/// Sends the password once, and only where it can be right. A realm that is known is not asked for.
pub(crate) async fn sign_in(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    resource: &str,
    (upn, password): (&Upn, &Secret),
    realm: Option<&Realm>,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    preflight::password(password)?;
    preflight::own_tenant("a password", &endpoints.authority.tenant, false)?;
    match realm {
        Some(known) => known.check(upn)?,
        None => Realm::ask(outside, &endpoints.authority.host, upn, steps)
            .await?
            .check(upn)?,
    }
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

/// What the sign-in service says of a user's domain. A service that does not know the question (404) says nothing;
/// MSAL Python reads it so, too.
pub struct Realm(Option<UserRealm>);

impl Realm {
    /// Asks the sign-in service at `host`.
    ///
    /// # Errors
    /// It was not reached.
    pub async fn ask(
        outside: &Outside,
        host: &str,
        upn: &Upn,
        steps: &mut Steps,
    ) -> Result<Self, ClientError> {
        let name = wire::address::encode(upn.as_str());
        let url = format!("{host}/common/userrealm/{name}?api-version=1.0");
        let response = outside.call(&Request::get(&url), steps).await?;
        let said = serde_json::from_slice(&response.body).ok();
        Ok(Self(said.filter(|_| response.status.is_success())))
    }

    /// What it said.
    pub fn said(&self) -> Option<&UserRealm> {
        self.0.as_ref()
    }

    /// A federated domain's password is not Entra's to check. Microsoft accounts are no domain's: the service says what
    /// it thinks of them.
    fn check(&self, upn: &Upn) -> Result<(), ClientError> {
        let elsewhere = |realm: &&UserRealm| realm.is_federated() && !realm.is_personal();
        let Some(realm) = self.said().filter(elsewhere) else {
            return Ok(());
        };
        let domain = realm.domain_name.as_deref().unwrap_or(upn.domain());
        Err(Mistake::Federated {
            domain: domain.to_owned(),
        }
        .into())
    }
}
