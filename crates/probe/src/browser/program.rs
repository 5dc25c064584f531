//! The sign-in of a program: where it sends the browser, and what the browser brings back to it.

use std::time::Duration;

use client::{ClientError, SignInRefusal, Target};
use evidence::{Findings, Kind, Seen};
use types::Secret;
use url::Url;
use wire::oauth::OAuthError;

use super::{
    Visit,
    place::{bare, place},
};
use crate::{World, challenge, metadata, observe, preflight};

/// A program that has a person sign in with a browser (RFC 6749 4.1, RFC 7636).
pub struct Program<'v> {
    /// Its client id.
    pub client_id: &'v str,
    /// The tenant it signs in at; without it the one that the organization names.
    pub tenant: Option<&'v str>,
    /// The redirect URI that it sends. It is not opened.
    pub redirect_uri: &'v str,
    /// What it asks for; without it all that its registration lists for the organization, and nothing else.
    pub scope: Option<&'v str>,
    /// Whether it asks with nothing to be seen, by the browser's session alone (`prompt=none`).
    pub silent: bool,
}

/// A program's sign-in that was begun.
pub(super) struct Begun {
    /// Where the browser is sent.
    pub(super) url: Url,
    back: Option<Url>,
    state: Secret,
}

impl Program<'_> {
    /// Finds out where its sign-in begins. `None` where that failed.
    pub(super) async fn begin(
        &self,
        world: &World<'_>,
        visit: &Visit<'_>,
        findings: &mut Findings,
    ) -> Option<Begun> {
        let address = match Target::read(visit.address, visit.login) {
            Ok(Target::Url(url)) => url,
            Ok(Target::Lookup { .. }) => return None,
            Err(mistake) => {
                preflight::tell(&mistake, findings);
                return None;
            }
        };
        let entrance = challenge::ask(world, &address, findings).await?;
        let mut authority = entrance.authority;
        if let Some(tenant) = self.tenant {
            authority.tenant = tenant.to_owned();
        }
        let endpoints = metadata::read(world, &authority, findings).await?;
        let chance = &*world.outside.chance;
        let state = crypt::opaque(chance, "");
        let challenge = crypt::digest(crypt::opaque(chance, "").expose());
        let scope = self.scope.map_or_else(
            || format!("{}/.default openid", entrance.resource),
            ToOwned::to_owned,
        );
        let mut url: Url = endpoints.authorize.parse().ok()?;
        url.query_pairs_mut().extend_pairs([
            ("client_id", self.client_id),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("redirect_uri", self.redirect_uri),
            ("scope", &scope),
            ("state", state.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        if self.silent {
            url.query_pairs_mut().append_pair("prompt", "none");
        }
        let text = format!(
            "at {}, to come back to {}",
            bare(url.as_str()),
            bare(self.redirect_uri)
        );
        findings.step(
            format!("begin the sign-in of {}", self.client_id),
            Seen::Ok(text),
            Duration::ZERO,
        );
        Some(Begun {
            url,
            back: self.redirect_uri.parse().ok(),
            state,
        })
    }
}

impl Begun {
    /// Whether the browser is sent back to the program.
    pub(super) fn ends_at(&self, to: &Url) -> bool {
        self.back.as_ref().is_some_and(|back| {
            (to.scheme(), place(to), to.path()) == (back.scheme(), place(back), back.path())
        })
    }

    /// What it brings back.
    pub(super) fn tell(&self, to: &Url, findings: &mut Findings) {
        let get = |wanted: &str| {
            let mut pairs = to.query_pairs();
            pairs
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let what = "come back to the program";
        let ours = get("state").is_some_and(|state| crypt::same(&state, self.state.expose()));
        match (get("error"), get("code")) {
            (Some(error), _) if ours => {
                let said = OAuthError {
                    error: error.into(),
                    error_description: get("error_description"),
                    ..OAuthError::default()
                };
                let refusal = SignInRefusal {
                    asked: "the sign-in of the program",
                    endpoint: bare(self.url.as_str()),
                    status: None,
                    said,
                };
                observe::client(&ClientError::SignIn(Box::new(refusal)), findings);
            }
            (None, Some(_)) if ours => {
                let text = format!("{} is given a code, which is not redeemed", bare(to.as_str()));
                findings.step(what, Seen::Ok(text), Duration::ZERO);
                findings.see(Kind::Good, "page");
            }
            _ => {
                let text = "what comes back is not the answer to this sign-in".to_owned();
                findings.step(what, Seen::Failed(text), Duration::ZERO);
            }
        }
    }
}
