//! Who signs people in, and where its endpoints are.

use evidence::Steps;
use http::StatusCode;
use net::Request;
use wire::{
    address::WEB_API,
    challenge::{Authority, Challenge},
    oauth::{OAuthError, OpenIdConfiguration},
};

use crate::{ClientError, Outside, SignInRefusal, outside::read_json};

/// Where an authority's endpoints are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The authority itself.
    pub authority: Authority,
    /// Where tokens are asked for; also the audience of client assertions.
    pub token: String,
    /// Where the browser is sent.
    pub authorize: String,
    /// Where device codes are asked for.
    pub device: Option<String>,
}

/// Asks the organization at `url` (with its slash) who signs people in, by calling it without a token
/// (facts/organization.md 3.2). Gives the authority and the resource that tokens must be for.
pub async fn challenge(
    outside: &Outside,
    url: &str,
    steps: &mut Steps,
) -> Result<(Authority, String), ClientError> {
    let asked = format!("{}{WEB_API}WhoAmI", url.trim_end_matches('/'));
    let response = outside.call(&Request::get(&asked), steps).await?;
    if response.status != StatusCode::UNAUTHORIZED {
        return Err(ClientError::NotAnOrganization {
            url: asked,
            status: response.status,
            location: response
                .header("location")
                .map(|to| to.split('?').next().unwrap_or(to).to_owned()),
        });
    }
    let headers: Vec<&str> = response
        .headers
        .get_all("www-authenticate")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let found = Challenge::find(headers.iter().copied());
    let found = found.and_then(|challenge| Ok((challenge.authority()?, challenge.resource_id)));
    match found {
        Ok((authority, resource)) => Ok((authority, resource.unwrap_or_else(|| slashed(url)))),
        Err(reason) => {
            let schemes = headers
                .iter()
                .filter_map(|line| line.split([' ', ',']).next().map(ToOwned::to_owned));
            Err(ClientError::NoAuthority {
                url: asked,
                reason,
                schemes: schemes.collect(),
            })
        }
    }
}

/// Reads the authority's own document. An unknown tenant is refused here already (AADSTS90002).
pub async fn endpoints(
    outside: &Outside,
    authority: &Authority,
    steps: &mut Steps,
) -> Result<Endpoints, ClientError> {
    let Authority { host, tenant } = authority;
    let version = if tenant.eq_ignore_ascii_case("adfs") {
        ""
    } else {
        "/v2.0"
    };
    let url = format!("{host}/{tenant}{version}/.well-known/openid-configuration");
    let response = outside.call(&Request::get(&url), steps).await?;
    if !response.status.is_success() {
        return Err(refusal("the tenant's sign-in document", &url, &response)?);
    }
    let document: OpenIdConfiguration = read_json(&url, &response)?;
    let all = [
        Some(&document.token_endpoint),
        Some(&document.authorization_endpoint),
        document.device_authorization_endpoint.as_ref(),
    ];
    if let Some(bad) = all
        .into_iter()
        .flatten()
        .find(|endpoint| !endpoint.starts_with("https://"))
    {
        return Err(ClientError::Garbled {
            url,
            why: format!("the endpoint `{bad}` is not https"),
        });
    }
    Ok(Endpoints {
        authority: authority.clone(),
        token: document.token_endpoint,
        authorize: document.authorization_endpoint,
        device: document.device_authorization_endpoint,
    })
}

/// What the sign-in service said, out of an answer that is not a success.
pub(crate) fn refusal(
    asked: &'static str,
    url: &str,
    response: &net::Response,
) -> Result<ClientError, ClientError> {
    let said: OAuthError = read_json(url, response)?;
    let endpoint = url.split('?').next().unwrap_or_default().to_owned();
    let status = Some(response.status.as_u16());
    Ok(ClientError::SignIn(Box::new(SignInRefusal {
        asked,
        endpoint,
        status,
        said,
    })))
}

/// With exactly one slash at its end.
pub(crate) fn slashed(url: &str) -> String {
    format!("{}/", url.trim_end_matches('/'))
}
