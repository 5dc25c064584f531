//! Service health, for administrators: what Microsoft Graph lists (row 003-03).

use evidence::Steps;
use http::{StatusCode, header};
use net::Request;
use types::{Form, Secret};
use wire::announcements::{HOST, ISSUES, Issue, Issues, PERMISSION};

use crate::{
    ClientError, Endpoints, Outside,
    outside::read_json,
    signin::{self, Credential},
};

/// The issues of the tenant's services, out of a sign-in that was just made; none where the person, or the application,
/// may not read them.
pub async fn service_health(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    refresh_token: &Secret,
    steps: &mut Steps,
) -> Result<Option<Vec<Issue>>, ClientError> {
    let scope = format!("{HOST}/{PERMISSION}");
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", refresh_token.expose()),
        ("scope", scope.as_str()),
    ];
    let asked = "a token for service health";
    let granted = match signin::ask(outside, endpoints, asked, &pairs, Credential::Public, steps).await {
        Ok(granted) => granted,
        Err(ClientError::SignIn(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let login = endpoints.authority.host.trim_start_matches("https://");
    let form = Form::split(login.trim_end_matches('/')).map_or(Form::True, |(_, form)| form);
    let url = format!("{}{ISSUES}", form.dress(HOST));
    let bearer = Secret::new(format!("Bearer {}", granted.tokens.access_token.0.expose()));
    let request = Request::get(&url)
        .with(header::ACCEPT, "application/json")
        .with(header::AUTHORIZATION, bearer.expose());
    let response = outside.call(&request, steps).await?;
    if response.status != StatusCode::OK {
        return Ok(None);
    }
    let issues: Issues = read_json(&url, &response)?;
    Ok(Some(issues.value))
}
