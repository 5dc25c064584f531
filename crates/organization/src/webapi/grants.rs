//! What security roles allow: read of a user and of a role, and changed by the three actions on a role.
//!
//! The actions' names, parameters and answers are documented (Web API reference: `AddPrivilegesRole`,
//! `ReplacePrivilegesRole`, `RemovePrivilegeRole`). That they need `prvWriteRole`, and that taking away what a role does
//! not have changes nothing, is unverified.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use types::{BusinessUnitId, RoleId, Uuid};
use wire::{
    Call,
    dataverse::{BAD_PAYLOAD, BAD_QUERY, OBJECT_DOES_NOT_EXIST},
    odata::{
        Literal,
        path::{ArgumentValue, Segment},
    },
};

use super::{
    Reply, Request, Scene,
    functions::context,
    payload::reference,
    query::is_within_reach,
    rows::missing,
    users::{Facts, refuse},
};
use crate::{
    manage::Editor,
    model::{Depth, SystemUser},
    privileges::{PRIVILEGES, Privilege, WRITE_ROLE},
    refusal::Refusal,
    schema::{Row, Table, table},
};

const ADD: &str = "AddPrivilegesRole";
const REPLACE: &str = "ReplacePrivilegesRole";
const REMOVE: &str = "RemovePrivilegeRole";

/// The actions on a role, each with its parameter and that one's type.
pub(super) const ACTIONS: [(&str, &str, &str); 3] = [
    (ADD, "Privileges", "Collection(mscrm.RolePrivilege)"),
    (REPLACE, "Privileges", "Collection(mscrm.RolePrivilege)"),
    (REMOVE, "Privilege", "mscrm.privilege"),
];

type Held = BTreeMap<String, Depth>;

/// `RetrieveUserPrivileges` of one user: of each privilege the widest that a role gives (the answer's shape is unverified).
pub(super) fn of_user(scene: &Scene<'_>, request: &Request, user: &SystemUser) -> Reply {
    let mut held = Held::new();
    for (name, depth) in scene.caller.org.roles_of(user).flat_map(|role| &role.privileges) {
        let widest = held.entry(name.clone()).or_insert(*depth);
        *widest = (*widest).max(*depth);
    }
    told(
        scene,
        request,
        "RetrieveUserPrivileges",
        &held,
        user.unit,
        &user.domain_name,
    )
}

/// `RetrieveRolePrivilegesRole(RoleId=<id>)`.
pub(super) fn of_role(scene: &Scene<'_>, request: &Request, segment: &Segment) -> Result<Reply, Refusal> {
    let roles = table("role").ok_or_else(|| Refusal::not_understood("security roles"))?;
    let depth = scene.caller.require(roles.read, roles.guarded())?;
    let id = role_id(request, segment)?;
    let role = scene.caller.org.role(RoleId::new(id));
    let role = role.filter(|role| is_within_reach(&scene.caller, depth, Row::Role(role)));
    let role = role.ok_or_else(|| missing(roles, &id))?;
    let (held, unit) = (&role.privileges, Some(role.unit));
    Ok(told(
        scene,
        request,
        "RetrieveRolePrivilegesRole",
        held,
        unit,
        &role.name,
    ))
}

fn role_id(request: &Request, segment: &Segment) -> Result<Uuid, Refusal> {
    let missing = || {
        Refusal::plain(
            &BAD_QUERY,
            &[&"The parameter 'RoleId' is required and is a GUID."],
        )
    };
    let argument = match segment.arguments.as_deref() {
        Some([one]) if one.name.as_deref() == Some("RoleId") => &one.value,
        _ => return Err(missing()),
    };
    let literal = match argument {
        ArgumentValue::Literal(literal) => literal.clone(),
        ArgumentValue::Alias(alias) => {
            wire::odata::literal(request.options.aliases.get(alias).ok_or_else(missing)?)?
        }
    };
    match literal {
        Literal::Guid(id) => Ok(id),
        _ => Err(missing()),
    }
}

fn told(
    scene: &Scene<'_>,
    request: &Request,
    function: &str,
    held: &Held,
    unit: Option<BusinessUnitId>,
    whose: &str,
) -> Reply {
    let known = PRIVILEGES
        .iter()
        .filter_map(|privilege| Some((privilege, held.get(privilege.name)?)));
    let rows: Vec<_> = known
        .map(|(privilege, depth)| {
            json!({
                "Depth": depth.name(),
                "PrivilegeId": privilege.id(),
                "BusinessUnitId": unit,
                "PrivilegeName": privilege.name,
            })
        })
        .collect();
    let body = json!({
        "@odata.context": context(scene, request, &format!("{function}Response")),
        "RolePrivileges": rows,
    });
    Reply::json(&body, format!("{function} of {whose}"))
}

/// `POST roles(<id>)/Microsoft.Dynamics.CRM.AddPrivilegesRole` and the other two.
pub(super) fn change(
    scene: &Scene<'_>,
    roles: &'static Table,
    editor: &mut Editor<'_>,
    facts: &Facts<'_>,
    id: RoleId,
    action: &str,
) -> Result<Reply, Refusal> {
    let name = action.strip_prefix("Microsoft.Dynamics.CRM.");
    let Some((name, parameter, _)) = ACTIONS.iter().find(|(known, ..)| Some(*known) == name) else {
        return Err(Refusal::not_understood(format!("the action `{action}`")));
    };
    scene.caller.require(&WRITE_ROLE, roles.guarded())?;
    let given = only(scene.call, name, parameter)?;
    let changed = match *name {
        ADD => {
            let given = role_privileges(&given)?;
            editor.change_privileges(id, |held| {
                held.extend(given);
                Ok(())
            })
        }
        REPLACE => {
            let given = role_privileges(&given)?;
            editor.change_privileges(id, |held| {
                *held = given;
                Ok(())
            })
        }
        _ => {
            let taken = referred(&given, facts)?;
            editor.change_privileges(id, |held| {
                held.remove(taken.name);
                Ok(())
            })
        }
    };
    changed.map_err(|error| refuse(&error))?;
    let role = editor
        .org()
        .role(id)
        .map(|role| role.name.as_str())
        .unwrap_or_default();
    Ok(Reply::nothing(format!("{name} of the role {role} ({id})")))
}

/// A refusal of an action's body. Actions name no entity set in it.
fn bad(inner: &str) -> Refusal {
    Refusal::plain(
        &BAD_PAYLOAD,
        &[&"", &format!("Microsoft.OData.ODataException: {inner}")],
    )
}

/// The one parameter of an action.
fn only(call: &Call, action: &str, parameter: &str) -> Result<Json, Refusal> {
    let body = serde_json::from_slice(&call.body)
        .map_err(|error| bad(&format!("The body is not a JSON object: {error}.")))?;
    let mut body: Map<String, Json> = body;
    let given = body.remove(parameter);
    if let Some(other) = body.keys().find(|name| !name.starts_with('@')) {
        return Err(bad(&format!(
            "The parameter '{other}' in the request payload is not a valid parameter for the operation '{action}'."
        )));
    }
    given.ok_or_else(|| {
        bad(&format!(
            "The parameter '{parameter}' of the operation '{action}' is missing in the request payload."
        ))
    })
}

/// A list of `RolePrivilege`; each names its privilege by id, and how far it reaches by name or number.
fn role_privileges(given: &Json) -> Result<Held, Refusal> {
    let list = given
        .as_array()
        .ok_or_else(|| bad("The value of 'Privileges' is not a list."))?;
    list.iter().map(role_privilege).collect()
}

fn role_privilege(one: &Json) -> Result<(String, Depth), Refusal> {
    const KIND: &str = "Microsoft.Dynamics.CRM.RolePrivilege";
    let one = one
        .as_object()
        .ok_or_else(|| bad(&format!("A value of 'Privileges' is no '{KIND}'.")))?;
    for name in one.keys().filter(|name| !name.contains('@')) {
        match name.as_str() {
            // The privilege's name and the business unit say nothing that id and role do not say.
            "PrivilegeId" | "Depth" | "PrivilegeName" | "BusinessUnitId" => {}
            "RecordFilterId" | "RecordFilterUniqueName" => {
                return Err(Refusal::not_understood(format!("`{name}` of a role's privilege")));
            }
            _ => {
                return Err(bad(&format!(
                    "The property '{name}' does not exist on type '{KIND}'. Make sure to only use property names that are defined by the type."
                )));
            }
        }
    }
    let id = one.get("PrivilegeId").unwrap_or(&Json::Null);
    let privilege = privilege(id)?;
    let depth = one.get("Depth").unwrap_or(&Json::Null);
    let depth = depth.as_str().and_then(Depth::parse).ok_or_else(|| {
        bad(&format!(
            "Cannot convert the literal '{}' to the expected type 'Microsoft.Dynamics.CRM.PrivilegeDepth'.",
            bare(depth)
        ))
    })?;
    Ok((privilege.name.to_owned(), depth))
}

fn privilege(id: &Json) -> Result<&'static Privilege, Refusal> {
    let text = id.as_str().and_then(|text| Uuid::try_parse(text).ok());
    let id = text.ok_or_else(|| {
        bad(&format!(
            "Cannot convert the literal '{}' to the expected type 'Edm.Guid'.",
            bare(id)
        ))
    })?;
    existing(id)
}

fn existing(id: Uuid) -> Result<&'static Privilege, Refusal> {
    Privilege::of_id(id).ok_or_else(|| Refusal::plain(&OBJECT_DOES_NOT_EXIST, &[&"Privilege", &id]))
}

/// A privilege as a row: by its key, or by its address.
fn referred(given: &Json, facts: &Facts<'_>) -> Result<&'static Privilege, Refusal> {
    let privileges = table("privilege").ok_or_else(|| Refusal::not_understood("privileges"))?;
    match (
        given.get("privilegeid"),
        given.get("@odata.id").and_then(Json::as_str),
    ) {
        (Some(id), _) => privilege(id),
        (None, Some(address)) => existing(reference(address, privileges, facts.made)?),
        (None, None) => Err(bad(
            "The value of 'Privilege' names no privilege: set its privilegeid.",
        )),
    }
}

/// A value as it stands in a sentence.
fn bare(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
