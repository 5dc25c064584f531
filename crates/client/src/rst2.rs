//! Signing in to a Microsoft account as programs did before OAuth (facts/identity.md 4.5 and 5.8).
//!
//! The real service behind it was switched off years ago. It is asked for what it says when it refuses: of all places
//! this one alone tells a program that the address of an account is not verified.

use evidence::Steps;
use net::Request;
use types::{Form, Secret, Upn};
use wire::rst2::{self, Answer, ENDPOINT, MEDIA_TYPE, POLICY};

use crate::{ClientError, Outside, preflight};

/// For whom a token is asked: Dynamics CRM in North America, where the Outlook client asked first (facts/identity.md
/// 5.8).
const PARTNER: &str = "urn:crmna:dynamics.com";

/// Where Microsoft accounts sign in, in the form in which `login` is written (`https://login.microsoftonline.com`).
pub fn live_endpoint(login: &str) -> String {
    let host = login.trim_start_matches("https://").trim_end_matches('/');
    Form::split(host).map_or_else(|_| ENDPOINT.to_owned(), |(_, form)| form.dress(ENDPOINT))
}

/// Sends user name and password once and gives the service's answer, a refusal too.
pub async fn live_sign_in(
    outside: &Outside,
    endpoint: &str,
    (upn, password): (&Upn, &Secret),
    steps: &mut Steps,
) -> Result<Answer, ClientError> {
    preflight::password(password)?;
    let request = rst2::Request {
        user: upn.to_string(),
        password: password.clone(),
        applies_to: PARTNER.to_owned(),
        policy: POLICY.to_owned(),
    };
    let body = request.to_xml(outside.now(), &outside.chance.uuid().to_string());
    let request = Request::post(endpoint, MEDIA_TYPE, body.expose().to_owned());
    let response = outside.call(&request, steps).await?;
    // The status says nothing (4.5): a fault comes with 200 or with 500.
    let answer = str::from_utf8(&response.body)
        .map_err(|error| error.to_string())
        .and_then(|text| Answer::parse(text).map_err(|error| error.to_string()));
    answer.map_err(|why| ClientError::Garbled {
        url: endpoint.to_owned(),
        why: format!("HTTP {}: {why}", response.status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_wears_the_form_of_the_sign_in_host() {
        assert_eq!(live_endpoint("https://login.microsoftonline.com"), ENDPOINT);
        assert_eq!(
            live_endpoint("https://login.microsoftonline.com.localhost:8443"),
            "https://login.live.com.localhost:8443/RST2.srf"
        );
    }
}
