//! The proof of a connection, and what the organization says about the caller.

use evidence::Steps;
use net::Request;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use types::{BusinessUnitId, OrganizationId, RoleId, Secret, SystemUserId};
use wire::address::WEB_API;

use crate::{ClientError, OrganizationRefusal, Outside, outside::read_json};

/// WhoAmI's answer (facts/organization.md 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WhoAmI {
    /// The caller's business unit.
    pub business_unit_id: BusinessUnitId,
    /// The caller's row of `systemuser`.
    pub user_id: SystemUserId,
    /// The organization.
    pub organization_id: OrganizationId,
}

/// A security role of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its id.
    pub roleid: RoleId,
}

/// Calls WhoAmI at `organization` (an address with its slash).
pub async fn who_am_i(
    outside: &Outside,
    organization: &str,
    token: &Secret,
    steps: &mut Steps,
) -> Result<WhoAmI, ClientError> {
    get(
        outside,
        &format!("{}{WEB_API}WhoAmI", organization.trim_end_matches('/')),
        token,
        steps,
    )
    .await
}

/// The security roles of the caller itself, by name. Inherited roles of teams are not among them.
pub async fn roles(
    outside: &Outside,
    organization: &str,
    user: SystemUserId,
    token: &Secret,
    steps: &mut Steps,
) -> Result<Vec<Role>, ClientError> {
    #[derive(Deserialize)]
    struct List {
        value: Vec<Role>,
    }
    let base = organization.trim_end_matches('/');
    let url = format!("{base}{WEB_API}systemusers({user})/systemuserroles_association?$select=name,roleid");
    let mut list: List = get(outside, &url, token, steps).await?;
    list.value.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(list.value)
}

/// What people call an organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Names {
    pub(crate) friendly_name: String,
    pub(crate) unique_name: String,
}

/// What the organization calls itself.
pub(crate) async fn names(
    outside: &Outside,
    organization: &str,
    token: &Secret,
    steps: &mut Steps,
) -> Result<Names, ClientError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Current {
        detail: Names,
    }
    let base = organization.trim_end_matches('/');
    let kind = "AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default'";
    let url = format!("{base}{WEB_API}RetrieveCurrentOrganization({kind})");
    let current: Current = get(outside, &url, token, steps).await?;
    Ok(current.detail)
}

/// Gets JSON from an organization or from discovery with a token; a refusal keeps all that was said.
pub(crate) async fn get<T: DeserializeOwned>(
    outside: &Outside,
    url: &str,
    token: &Secret,
    steps: &mut Steps,
) -> Result<T, ClientError> {
    let bearer = Secret::new(format!("Bearer {}", token.expose()));
    let request = Request::get(url)
        .with(http::header::AUTHORIZATION, bearer.expose())
        .with(http::header::ACCEPT, "application/json")
        .with(http::HeaderName::from_static("odata-maxversion"), "4.0")
        .with(http::HeaderName::from_static("odata-version"), "4.0");
    let (request, correlation) = outside.correlated(request, "x-ms-client-request-id");
    let response = outside.call(&request, steps).await?;
    if !response.status.is_success() {
        let refusal = OrganizationRefusal::of(url, &response, correlation, outside.now());
        return Err(ClientError::Organization(Box::new(refusal)));
    }
    read_json(url, &response)
}
