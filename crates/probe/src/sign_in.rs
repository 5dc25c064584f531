//! Signing in: a token for the organization. A password is sent once at most.

use client::{Endpoints, Grant, access_token, grant, regrant};
use evidence::Findings;
use types::Secret;

use crate::{Account, Probe, World, walk};

pub(crate) const PROBE: Probe = Probe {
    name: "sign-in",
    about: "a token, by the way that was given; one password attempt at most",
    needs: "the sign-in document, and an account",
};

/// The sign-in of one run.
pub(crate) struct Session<'s, 'c> {
    account: &'s Account<'c>,
    refresh_token: Option<Secret>,
    tried: bool,
}

impl<'s, 'c> Session<'s, 'c> {
    /// Nothing is sent yet.
    pub(crate) fn new(account: &'s Account<'c>) -> Self {
        Self {
            account,
            refresh_token: None,
            tried: false,
        }
    }

    /// A token for `resource`. Out of the first sign-in, where it can be had without asking the person again.
    pub(crate) async fn token(
        &mut self,
        world: &World<'_>,
        endpoints: &Endpoints,
        resource: &str,
        findings: &mut Findings,
    ) -> Option<Secret> {
        world.begins(&PROBE);
        let steps = &mut findings.steps;
        let granted = match (self.account, &self.refresh_token) {
            (Account::Nobody, _) => return None,
            (Account::Kept { vault, name, profile }, _) => {
                access_token(world.outside, vault, (name, profile), resource, steps)
                    .await
                    .map(|kept| Grant {
                        token: kept.token,
                        refresh_token: None,
                    })
            }
            (Account::Fresh { plan, .. }, Some(token)) => {
                regrant(world.outside, endpoints, &plan.client_id, token, resource, steps).await
            }
            // What a person was asked for once is not asked for, or sent, again.
            (Account::Fresh { plan, .. }, None) if self.tried && !plan.method.is_application() => {
                return None;
            }
            (Account::Fresh { plan, ui }, None) => {
                self.tried = true;
                grant(world.outside, endpoints, plan, resource, *ui, steps).await
            }
        };
        let granted = walk::or_told(world, granted, findings).await?;
        self.refresh_token = granted.refresh_token.or_else(|| self.refresh_token.take());
        Some(granted.token)
    }
}
