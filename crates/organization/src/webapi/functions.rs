//! Functions: who am I, which version, which organization (facts/organization.md 3.3).

use serde_json::json;
use types::Uuid;
use wire::{
    dataverse::BAD_QUERY,
    odata::{
        JSON, Literal,
        path::{Argument, ArgumentValue, Segment},
    },
};

use super::{Reply, Request, Scene};
use crate::{model::OrganizationState, refusal::Refusal, view::Org};

/// `WhoAmI`, with and without parentheses. Written by hand: it is the most frequent question of all.
pub(super) fn who_am_i(scene: &Scene<'_>, request: &Request) -> Result<Reply, Refusal> {
    scene.caller.require_role()?;
    let user = scene.caller.user;
    let unit = user.unit.map_or_else(Uuid::nil, types::BusinessUnitId::uuid);
    let organization = scene.caller.org.record.id;
    let body = format!(
        "{{\"@odata.context\":\"{}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse\",\"BusinessUnitId\":\"{unit}\",\"UserId\":\"{}\",\"OrganizationId\":\"{organization}\"}}",
        scene.root(request),
        user.id
    );
    Ok(Reply::bytes(JSON, body, "WhoAmI"))
}

/// `RetrieveVersion`.
pub(super) fn version(scene: &Scene<'_>, request: &Request) -> Result<Reply, Refusal> {
    scene.caller.require_role()?;
    let body = json!({
        "@odata.context": context(scene, request, "RetrieveVersionResponse"),
        "Version": plain_version(&scene.caller.org.record.version),
    });
    Ok(Reply::json(&body, "RetrieveVersion"))
}

pub(super) fn context(scene: &Scene<'_>, request: &Request, of: &str) -> String {
    format!("{}$metadata#Microsoft.Dynamics.CRM.{of}", scene.root(request))
}

/// `9.2.24094.00196` without leading zeros.
fn plain_version(version: &str) -> String {
    let plain = |part: &str| {
        part.parse::<u32>()
            .map_or_else(|_| part.to_owned(), |number| number.to_string())
    };
    version.split('.').map(plain).collect::<Vec<_>>().join(".")
}

/// `RetrieveCurrentOrganization`, in the three forms of its parameter.
pub(super) fn current_organization(
    scene: &Scene<'_>,
    request: &Request,
    segment: &Segment,
) -> Result<Reply, Refusal> {
    scene.caller.require_role()?;
    check_access_type(request, segment)?;
    let org = scene.caller.org;
    let record = &org.record;
    let region = scene
        .regions
        .of_host(&record.host)
        .map(|(region, _)| region.code.to_string());
    let form = scene.call.form;
    let web = form.dress(&org.url());
    let api = form.dress(&format!("https://{}/", org.api_host()));
    let body = json!({
        "@odata.context": context(scene, request, "RetrieveCurrentOrganizationResponse"),
        "Detail": {
            "OrganizationId": record.id,
            "FriendlyName": record.name,
            "OrganizationVersion": plain_version(&record.version),
            "EnvironmentId": record.environment.to_string(),
            "DatacenterId": Uuid::nil().to_string(),
            "Geo": region,
            "TenantId": org.tenant,
            "UrlName": record.host.first_label(),
            "UniqueName": record.unique_name,
            "State": state(org),
            "Endpoints": {
                "Count": 3,
                "IsReadOnly": false,
                "Keys": ["WebApplication", "OrganizationService", "OrganizationDataService"],
                "Values": [
                    web,
                    format!("{api}XRMServices/2011/Organization.svc"),
                    format!("{api}XRMServices/2011/OrganizationData.svc"),
                ],
            },
        },
    });
    Ok(Reply::json(&body, "RetrieveCurrentOrganization"))
}

fn state(org: &Org) -> &'static str {
    match org.record.state {
        OrganizationState::Enabled => "Enabled",
        _ => "Disabled",
    }
}

/// `AccessType` as an enumeration's member, as a bare text, or as an alias for either.
fn check_access_type(request: &Request, segment: &Segment) -> Result<(), Refusal> {
    let missing = || Refusal::plain(&BAD_QUERY, &[&"The parameter 'AccessType' is required."]);
    let literal = parameter(request, segment, "AccessType")?.ok_or_else(missing)?;
    match member(&literal).as_deref() {
        Some("Default" | "Internet" | "Intranet") => Ok(()),
        _ => Err(Refusal::plain(
            &BAD_QUERY,
            &[&"The value of 'AccessType' is not a member of 'Microsoft.Dynamics.CRM.EndpointAccessType'."],
        )),
    }
}

/// A function's only parameter, written out or as an alias; `None` where it is not given.
///
/// # Errors
/// The alias stands for no literal.
pub(super) fn parameter(
    request: &Request,
    segment: &Segment,
    name: &str,
) -> Result<Option<Literal>, Refusal> {
    let Some(
        [
            Argument {
                name: Some(known),
                value,
            },
        ],
    ) = segment.arguments.as_deref()
    else {
        return Ok(None);
    };
    match value {
        _ if known != name => Ok(None),
        ArgumentValue::Literal(literal) => Ok(Some(literal.clone())),
        ArgumentValue::Alias(alias) => {
            let text = request.options.aliases.get(alias);
            Ok(text.map(|text| wire::odata::literal(text)).transpose()?)
        }
    }
}

fn member(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Text(text) => Some(text.clone()),
        Literal::Enum { of, member } if of == "Microsoft.Dynamics.CRM.EndpointAccessType" => {
            Some(member.clone())
        }
        _ => None,
    }
}
