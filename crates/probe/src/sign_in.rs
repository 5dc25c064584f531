//! Signing in: a token for the organization. A password is sent once at most.

use client::{Endpoints, Grant, Method, MethodName, Realm, fresh_token, grant, regrant};
use evidence::{Findings, Kind, Open};
use types::Secret;
use wire::{
    challenge::Authority,
    oauth::{UserRealm, is_personal_domain},
};

use crate::{Account, Case, Probe, World, cloud, federation, invitation, live, metadata, walk};

pub(crate) const PROBE: Probe = Probe {
    name: "sign-in",
    about: "a token, by the way that was given; one password attempt at most",
    needs: "the sign-in document, and an account",
};

/// The sign-in of one run.
pub(crate) struct Session<'s, 'c> {
    case: &'s Case<'c>,
    endpoints: Endpoints,
    refresh_token: Option<Secret>,
    /// What the sign-in service says of the user's domain; asked once.
    realm: Option<Realm>,
    tried: bool,
    signed_in: bool,
}

impl<'s, 'c> Session<'s, 'c> {
    /// Finds out where to sign in; nothing is sent yet. `None` where that failed, or nobody signs in.
    pub(crate) async fn open(
        world: &World<'_>,
        case: &'s Case<'c>,
        authority: Authority,
        findings: &mut Findings,
    ) -> Option<Self> {
        // Neither needs the other.
        let mut aside = Findings::default();
        let (endpoints, ()) = tokio::join!(
            metadata::read(world, &authority, findings),
            cloud::look(world, case, &authority, &mut aside)
        );
        findings.extend(aside);
        let endpoints = endpoints?;
        if matches!(case.account, Account::Nobody) {
            findings.open = Some(Open::Question(
                "Everything up to the sign-in works. With which account does it fail? Give a profile, --username or \
                 --client-id."
                    .to_owned(),
            ));
            return None;
        }
        Some(Self {
            case,
            endpoints,
            refresh_token: None,
            realm: None,
            tried: false,
            signed_in: false,
        })
    }

    /// The tenant that signs in.
    pub(crate) fn tenant(&self) -> &str {
        &self.endpoints.authority.tenant
    }

    /// What renews the sign-in of a person that was made in this run: where, for which application, with what.
    pub(crate) fn renewal(&self) -> Option<(&Endpoints, &str, &Secret)> {
        match (&self.case.account, &self.refresh_token) {
            (Account::Fresh { plan, .. }, Some(token)) => Some((&self.endpoints, &plan.client_id, token)),
            _ => None,
        }
    }

    /// Whether the account was signed in in this run.
    pub(crate) fn was_open(&self) -> bool {
        self.signed_in
    }

    /// A token for `resource`. Out of the first sign-in, where it can be had without asking the person again.
    pub(crate) async fn token(
        &mut self,
        world: &World<'_>,
        resource: &str,
        findings: &mut Findings,
    ) -> Option<Secret> {
        world.begins(&PROBE);
        let endpoints = &self.endpoints;
        let granted = match (&self.case.account, &self.refresh_token) {
            (Account::Nobody, _) => return None,
            (Account::Kept { vault, name, profile }, _) => fresh_token(
                world.outside,
                vault,
                (name, profile),
                resource,
                &mut findings.steps,
            )
            .await
            .map(|kept| Grant {
                token: kept.token,
                refresh_token: None,
            }),
            (Account::Fresh { plan, .. }, Some(token)) => {
                let steps = &mut findings.steps;
                regrant(world.outside, endpoints, &plan.client_id, token, resource, steps).await
            }
            // What a person was asked for once is not asked for, or sent, again.
            (Account::Fresh { plan, .. }, None) if self.tried && !plan.method.is_application() => {
                return None;
            }
            (Account::Fresh { plan, ui }, None) => {
                self.tried = true;
                let host = &endpoints.authority.host;
                let mut unreached = None;
                if let Method::Password(upn, password) = &plan.method {
                    match Realm::ask(world.outside, host, upn, &mut findings.steps).await {
                        Ok(realm) => {
                            if !live::look(world, host, (upn, password), &realm, findings).await {
                                return None;
                            }
                            self.realm = Some(realm);
                        }
                        Err(error) => unreached = Some(error),
                    }
                }
                let how = (*plan, self.realm.as_ref());
                let steps = &mut findings.steps;
                match unreached {
                    Some(error) => Err(error),
                    None => grant(world.outside, endpoints, how, resource, *ui, steps).await,
                }
            }
        };
        let login = self.endpoints.authority.host.clone();
        let Some(granted) = walk::or_told(world, &login, granted, findings).await else {
            self.told_by(findings);
            invitation::refused(self.case, findings);
            self.federated(world, findings).await;
            return None;
        };
        self.signed_in = true;
        self.refresh_token = granted.refresh_token.or_else(|| self.refresh_token.take());
        Some(granted.token)
    }

    /// Where another server signs the user in, that one is looked at.
    async fn federated(&self, world: &World<'_>, findings: &mut Findings) {
        let elsewhere = |realm: &&UserRealm| realm.is_federated() && !realm.is_personal();
        if let Account::Fresh { plan, .. } = &self.case.account
            && let Method::Password(upn, _) = &plan.method
            && let Some(realm) = self.realm.as_ref().and_then(Realm::said).filter(elsewhere)
        {
            federation::look(world, &self.endpoints.authority.host, upn, realm, findings).await;
        }
    }

    /// By what way it was that signing in failed; a cause may depend on it.
    fn told_by(&self, findings: &mut Findings) {
        let name = match &self.case.account {
            Account::Nobody => return,
            Account::Fresh { plan, .. } => plan.method.name(),
            // A person's kept sign-in is renewed, whatever it began with.
            Account::Kept { profile, .. } if !profile.method.is_application() => {
                return findings.see(Kind::Setting, "grant_type=refresh_token");
            }
            Account::Kept { profile, .. } => profile.method,
        };
        match name {
            MethodName::Password => findings.see(Kind::OAuth, "password"),
            MethodName::Browser | MethodName::DeviceCode => findings.see(Kind::Setting, "authtype=oauth"),
            MethodName::ClientSecret => findings.see(Kind::Setting, "authtype=clientsecret"),
            MethodName::Certificate => findings.see(Kind::Setting, "authtype=certificate"),
        }
        if let Account::Fresh { plan, .. } = &self.case.account
            && let Method::Password(upn, _) = &plan.method
            && is_personal_domain(upn.domain())
        {
            findings.see(Kind::Setting, "user=personal-account");
        }
    }
}
