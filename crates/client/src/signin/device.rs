//! Device code: sign in on another device (RFC 8628; facts/identity.md 1.11).

use std::time::Duration;

use evidence::Steps;
use form_urlencoded::Serializer;
use types::Timestamp;
use wire::oauth::{DeviceCodeResponse, GRANT_DEVICE_CODE};

use super::{Credential, Granted, Ui, ask, post, user_scope};
use crate::{ClientError, Endpoints, Outside, authority::refusal, outside::read_json};

/// Gets a code, shows it, and polls until somebody has used it.
pub(crate) async fn sign_in(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    resource: &str,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let scope = user_scope(resource);
    let code = start(outside, endpoints, client_id, &scope, steps).await?;
    let lifetime = u64::try_from(code.expires_in.get()).unwrap_or(0);
    let end = outside.now() + Duration::from_secs(lifetime);
    ui.device_code(&code);
    poll(outside, endpoints, client_id, &code, end, steps).await
}

async fn start(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    scope: &str,
    steps: &mut Steps,
) -> Result<DeviceCodeResponse, ClientError> {
    let Some(url) = &endpoints.device else {
        let url = endpoints.authority.host.clone();
        return Err(ClientError::Garbled {
            url,
            why: "it offers no device codes".into(),
        });
    };
    let form = Serializer::new(String::new())
        .extend_pairs([("client_id", client_id), ("scope", scope)])
        .finish();
    let response = post(outside, url, form, steps).await?;
    if !response.status.is_success() {
        return Err(refusal("a device code", url, &response)?);
    }
    let code: DeviceCodeResponse = read_json(url, &response)?;
    if code.address().is_none() {
        return Err(ClientError::Garbled {
            url: url.clone(),
            why: "the device code comes without an address".into(),
        });
    }
    Ok(code)
}

async fn poll(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    code: &DeviceCodeResponse,
    end: Timestamp,
    steps: &mut Steps,
) -> Result<Granted, ClientError> {
    let mut interval = Duration::from_secs(code.interval());
    let pairs = [
        ("grant_type", GRANT_DEVICE_CODE),
        ("client_id", client_id),
        ("device_code", code.device_code.expose()),
    ];
    loop {
        (outside.pause)(interval).await;
        // A poll that is answered "pending" is no evidence; only the last one is kept.
        let mut tried = Steps::default();
        let outcome = ask(
            outside,
            endpoints,
            "a token for the device code",
            &pairs,
            Credential::Public,
            &mut tried,
        )
        .await;
        let word = match &outcome {
            Err(ClientError::SignIn(refusal)) => refusal.said.error.as_ref(),
            // RFC 8628 3.5: a poll that timed out is tried again, more slowly.
            Err(ClientError::Net(error)) if error.is_transient() => "slow_down",
            _ => "",
        };
        let over = outside.now() >= end;
        match word {
            "authorization_pending" | "slow_down" if over => {
                steps.extend(tried);
                return Err(ClientError::DeviceCodeExpired(code.user_code.clone()));
            }
            "authorization_pending" => {}
            // RFC 8628 3.5: this and all later intervals grow by five seconds.
            "slow_down" => interval += Duration::from_secs(5),
            "expired_token" | "code_expired" => {
                steps.extend(tried);
                return Err(ClientError::DeviceCodeExpired(code.user_code.clone()));
            }
            _ => {
                steps.extend(tried);
                return outcome;
            }
        }
    }
}
