//! Authorization code with PKCE through the person's own browser (RFC 8252, RFC 7636; facts/identity.md 1.3).
//!
//! The browser comes back to a listener on loopback. Whatever arrives there with another `state` is answered
//! and ignored: any page on the machine can call it.

mod listener;
mod open;

use std::time::Duration;

use crypt::jwt::Unverified;
use evidence::{Seen, Steps};
use form_urlencoded::Serializer;
use serde_json::Value;
use tokio::time::timeout;
use types::{Secret, Stopwatch};
use wire::oauth::{OAuthError, SecretText};

use self::listener::{Listener, Outcome};
use super::{Credential, Granted, Ui, ask, user_scope};
use crate::{ClientError, Endpoints, Outside, SignInRefusal, preflight::Mistake};

pub use open::open_browser;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the browser comes back to. Entra ignores the port for `localhost` and for nothing else; the path
/// counts to the last slash (facts/identity.md 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    host: &'static str,
    port: Option<u16>,
    path: String,
}

impl Default for Redirect {
    /// `http://localhost`, on a port that is free.
    fn default() -> Self {
        Self {
            host: "localhost",
            port: None,
            path: String::new(),
        }
    }
}

impl Redirect {
    /// Reads `http://localhost[:port][/path]` or `http://127.0.0.1:port[/path]`.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let bad = |why| Mistake::Redirect {
            uri: text.to_owned(),
            why,
        };
        let rest = text
            .strip_prefix("http://")
            .ok_or_else(|| bad("it must begin with http://, as loopback does"))?;
        if rest.contains(['?', '#']) {
            return Err(bad("it must have neither query nor fragment"));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (
                host,
                Some(port.parse().map_err(|_| bad("its port is not a number"))?),
            ),
            None => (authority, None),
        };
        let host = match host {
            "localhost" => "localhost",
            "127.0.0.1" if port.is_some() => "127.0.0.1",
            "127.0.0.1" => {
                return Err(bad(
                    "127.0.0.1 needs the registered port; only localhost may leave it open",
                ));
            }
            "[:" | "[::1]" => return Err(bad("Entra does not take [::1]")),
            _ => {
                return Err(bad(
                    "its host must be localhost or 127.0.0.1, where this program listens",
                ));
            }
        };
        Ok(Self {
            host,
            port,
            path: path.to_owned(),
        })
    }

    fn uri(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host, self.path)
    }
}

/// What binds the request, the answer and the redemption together.
struct Ties {
    state: Secret,
    nonce: Secret,
    verifier: Secret,
    redirect_uri: String,
}

/// Sends the person to the browser and waits for the code to come back.
pub(crate) async fn sign_in(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    resource: &str,
    redirect: &Redirect,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let chance = &*outside.chance;
    let state = crypt::opaque(chance, "");
    let listener = Listener::bind(redirect.port, &redirect.path, state.clone())
        .await
        .map_err(|source| ClientError::File {
            path: format!("loopback port {}", redirect.port.unwrap_or(0)).into(),
            doing: "listened on",
            source,
        })?;
    let ties = Ties {
        state,
        nonce: crypt::opaque(chance, ""),
        verifier: crypt::opaque(chance, ""),
        redirect_uri: redirect.uri(listener.port()),
    };
    let scope = user_scope(resource);
    let watch = Stopwatch::start();
    ui.browser(&authorization_url(&endpoints.authorize, client_id, &scope, &ties));
    let outcome = timeout(PATIENCE, listener.wait()).await;
    let seen = match &outcome {
        Ok(Outcome::Code(_)) => Seen::Ok("came back with a code".into()),
        Ok(Outcome::Refused(said)) => Seen::Failed(format!("came back with {}", said.error)),
        Err(_) => Seen::Failed("did not come back".into()),
    };
    steps.push("sign in with the browser", seen, watch.elapsed());
    match outcome {
        Err(_) => Err(ClientError::BrowserTimedOut(PATIENCE)),
        Ok(Outcome::Refused(said)) => Err(refused(endpoints, *said)),
        Ok(Outcome::Code(code)) => redeem(outside, endpoints, client_id, &scope, &code, &ties, steps).await,
    }
}

fn authorization_url(endpoint: &str, client_id: &str, scope: &str, ties: &Ties) -> String {
    let query = Serializer::new(String::new())
        .extend_pairs([
            ("client_id", client_id),
            ("response_type", "code"),
            ("redirect_uri", &ties.redirect_uri),
            ("response_mode", "query"),
            ("scope", scope),
            ("state", ties.state.expose()),
            ("nonce", ties.nonce.expose()),
            ("code_challenge", &crypt::digest(ties.verifier.expose())),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
        ])
        .finish();
    format!(
        "{endpoint}{}{query}",
        if endpoint.contains('?') { '&' } else { '?' }
    )
}

fn refused(endpoints: &Endpoints, said: OAuthError) -> ClientError {
    let endpoint = endpoints.authorize.clone();
    ClientError::SignIn(Box::new(SignInRefusal {
        asked: "the sign-in in the browser",
        endpoint,
        status: None,
        said,
    }))
}

async fn redeem(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    scope: &str,
    code: &Secret,
    ties: &Ties,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code.expose()),
        ("redirect_uri", ties.redirect_uri.as_str()),
        ("code_verifier", ties.verifier.expose()),
        ("scope", scope),
    ];
    let granted = ask(
        outside,
        endpoints,
        "a token for the code",
        &pairs,
        Credential::Public,
        steps,
    )
    .await?;
    let id_token = granted.tokens.id_token.as_ref().map(SecretText::expose);
    belongs(id_token, client_id, ties.nonce.expose()).map_err(ClientError::ForeignAnswer)?;
    Ok(granted)
}

/// The id token was meant for this client and made for this request. It came straight from the token endpoint
/// over TLS, which stands in for its signature (OpenID Connect Core 3.1.3.7 point 6).
fn belongs(id_token: Option<&str>, client_id: &str, nonce: &str) -> Result<(), &'static str> {
    let token = id_token.ok_or("the answer carries no id token")?;
    let claims = Unverified::read(token)
        .map_err(|_| "the id token cannot be read")?
        .claims;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if !text("aud").is_some_and(|aud| aud.eq_ignore_ascii_case(client_id)) {
        return Err("the id token is for another application");
    }
    if !text("nonce").is_some_and(|found| crypt::same(found, nonce)) {
        return Err("the id token was made for another request (nonce)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    #[test]
    fn only_what_can_be_listened_at() {
        assert_eq!(Redirect::parse("http://localhost").unwrap(), Redirect::default());
        let with = Redirect::parse("http://127.0.0.1:8400/callback/").unwrap();
        assert_eq!(with.uri(8400), "http://127.0.0.1:8400/callback/");
        for bad in [
            "https://localhost",
            "http://127.0.0.1",
            "http://[::1]:1",
            "http://contoso.com",
            "http://localhost/?a",
            "http://localhost:x",
            "app://58145b91-0c36-4500-8554-080854f2ac97",
        ] {
            assert!(
                matches!(Redirect::parse(bad), Err(Mistake::Redirect { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn an_id_token_of_somebody_else_is_refused() {
        let token = |claims: &str| format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims));
        let good = token(r#"{"aud":"APP","nonce":"n"}"#);
        assert_eq!(belongs(Some(&good), "app", "n"), Ok(()));
        assert!(belongs(Some(&good), "app", "m").unwrap_err().contains("nonce"));
        assert!(
            belongs(Some(&good), "other", "n")
                .unwrap_err()
                .contains("application")
        );
        assert!(belongs(Some("x"), "app", "n").is_err() && belongs(None, "app", "n").is_err());
    }
}
