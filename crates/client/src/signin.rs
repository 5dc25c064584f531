//! The grants. Each yields a token answer or a refusal with everything the sign-in service said.

pub(crate) mod assertion;
pub(crate) mod browser;
pub(crate) mod device;
pub(crate) mod password;

use evidence::Steps;
use form_urlencoded::Serializer;
use net::Request;
use types::{Secret, Timestamp};
use wire::oauth::{DeviceCodeResponse, TokenResponse};

use self::assertion::CertificateKey;
use crate::{ClientError, Endpoints, Outside, authority::refusal, outside::read_json, preflight};

/// What a person must be shown or asked while signing in.
pub trait Ui: Send + Sync {
    /// Where to go and what to type there.
    fn device_code(&self, code: &DeviceCodeResponse);
    /// The address to sign in at; the implementation opens it, or shows it.
    fn browser(&self, url: &str);
}

/// How an application proves itself at the token endpoint.
#[derive(Clone, Copy)]
pub(crate) enum Credential<'c> {
    /// A public client does not.
    Public,
    /// By its secret.
    Secret(&'c Secret),
    /// By a signed assertion.
    Certificate(&'c CertificateKey),
}

/// A token answer and when it was received.
pub(crate) struct Granted {
    pub(crate) tokens: TokenResponse,
    pub(crate) received: Timestamp,
}

/// The scope for `resource` by the rule: a slash and the name behind the resource as it is, so one that ends
/// in a slash gets two (facts/identity.md 1.6).
pub(crate) fn scope(resource: &str, name: &str) -> String {
    format!("{resource}/{name}")
}

/// What a person's sign-in asks for: the organization, and enough to renew it and to say who it is.
pub(crate) fn user_scope(resource: &str) -> String {
    format!(
        "{} openid profile offline_access",
        scope(resource, "user_impersonation")
    )
}

/// Client credentials (facts/identity.md 1.4). No refresh token ever comes of it.
pub(crate) async fn client_credentials(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    credential: Credential<'_>,
    resource: &str,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let asked = match credential {
        Credential::Certificate(_) => "a token with the certificate",
        _ => "a token with the client secret",
    };
    let wanted = scope(resource, ".default");
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("scope", wanted.as_str()),
    ];
    ask(outside, endpoints, asked, &pairs, credential, steps).await
}

/// A refresh token for a new access token, perhaps for another resource.
pub(crate) async fn refresh(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    refresh_token: &Secret,
    resource: &str,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let wanted = user_scope(resource);
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", refresh_token.expose()),
        ("scope", wanted.as_str()),
    ];
    ask(
        outside,
        endpoints,
        "to renew the sign-in",
        &pairs,
        Credential::Public,
        steps,
    )
    .await
}

/// Posts a form to the token endpoint.
pub(crate) async fn ask(
    outside: &Outside,
    endpoints: &Endpoints,
    asked: &'static str,
    pairs: &[(&str, &str)],
    credential: Credential<'_>,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    if let Some((_, wanted)) = pairs.iter().find(|(name, _)| *name == "scope") {
        preflight::scopes(wanted)?;
    }
    let form = encode(outside, endpoints, pairs, credential)?;
    let response = post(outside, &endpoints.token, form, steps).await?;
    let received = outside.now();
    if !response.status.is_success() {
        return Err(refusal(asked, &endpoints.token, &response)?);
    }
    Ok(Granted {
        tokens: read_json(&endpoints.token, &response)?,
        received,
    })
}

/// The form, with whatever proves the application.
fn encode(
    outside: &Outside,
    endpoints: &Endpoints,
    pairs: &[(&str, &str)],
    credential: Credential<'_>,
) -> Result<String, ClientError> {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(pairs);
    match credential {
        Credential::Public => {}
        Credential::Secret(secret) => {
            form.append_pair("client_secret", secret.expose());
        }
        Credential::Certificate(key) => {
            let client_id = pairs
                .iter()
                .find(|(name, _)| *name == "client_id")
                .map_or("", |(_, id)| id);
            let assertion = key.assertion(client_id, &endpoints.token, outside.now(), &*outside.chance)?;
            form.append_pair("client_assertion_type", assertion::TYPE);
            form.append_pair("client_assertion", assertion.expose());
        }
    }
    Ok(form.finish())
}

/// Posts a form to an endpoint of the sign-in service, with a correlation id it will repeat.
pub(crate) async fn post(
    outside: &Outside,
    url: &str,
    form: String,
    steps: &mut Steps,
) -> Result<net::Response, ClientError> {
    let request = Request::post_form(url, form)
        .with(http::header::ACCEPT, "application/json")
        .with(http::HeaderName::from_static("return-client-request-id"), "true");
    let (request, _) = outside.correlated(request, "client-request-id");
    outside.call(&request, steps).await
}

/// Whether a browser can be shown to the person at this terminal, by the environment `lookup` reads.
pub fn has_display(lookup: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| lookup(name).is_some_and(|value| !value.is_empty());
    let remote = set("SSH_CONNECTION") || set("SSH_TTY");
    let desktop = cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    desktop && !remote
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_with_a_slash_gets_two() {
        assert_eq!(
            scope("https://a.crm.dynamics.com/", ".default"),
            "https://a.crm.dynamics.com//.default"
        );
        assert_eq!(
            scope("https://a.crm.dynamics.com", ".default"),
            "https://a.crm.dynamics.com/.default"
        );
        assert_eq!(scope("api://x", "y"), "api://x/y");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_remote_shell_has_no_display() {
        let with = |names: &'static [&'static str]| {
            has_display(|name| names.contains(&name).then(|| "x".to_owned()))
        };
        assert!(with(&["DISPLAY"]) && with(&["WAYLAND_DISPLAY"]));
        assert!(!with(&[]) && !with(&["DISPLAY", "SSH_CONNECTION"]));
    }
}
