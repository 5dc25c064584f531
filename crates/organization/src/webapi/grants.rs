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
    dataverse::{BAD_QUERY, OBJECT_DOES_NOT_EXIST},
    odata::{Literal, path::Segment},
};

use super::{
    Reply, Request, Scene,
    functions::{context, parameter},
    payload::{self, inconvertible, reference, undeclared},
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
    let org = scene.caller.org;
    let widest = |name: &str| {
        let depths = org
            .roles_of(user)
            .filter_map(|role| role.privileges.get(name).copied());
        depths.max()
    };
    let body = told(scene, request, "RetrieveUserPrivileges", user.unit, widest);
    Reply::json(&body, format!("RetrieveUserPrivileges of {}", user.domain_name))
}

/// `RetrieveRolePrivilegesRole(RoleId=<id>)`.
pub(super) fn of_role(scene: &Scene<'_>, request: &Request, segment: &Segment) -> Result<Reply, Refusal> {
    let roles = table("role").ok_or_else(|| Refusal::not_understood("security roles"))?;
    let depth = scene.caller.require(roles.read, roles.guarded())?;
    let Some(Literal::Guid(id)) = parameter(request, segment, "RoleId")? else {
        let text = "The parameter 'RoleId' is required and is a GUID.";
        return Err(Refusal::plain(&BAD_QUERY, &[&text]));
    };
    let role = scene.caller.org.role(RoleId::new(id));
    let role = role.filter(|role| is_within_reach(&scene.caller, depth, Row::Role(role)));
    let role = role.ok_or_else(|| missing(roles, &id))?;
    let body = told(
        scene,
        request,
        "RetrieveRolePrivilegesRole",
        Some(role.unit),
        |name| role.privileges.get(name).copied(),
    );
    Ok(Reply::json(
        &body,
        format!("RetrieveRolePrivilegesRole of {}", role.name),
    ))
}

/// What a function answers; `reach` is how far a privilege reaches, where it is held.
fn told(
    scene: &Scene<'_>,
    request: &Request,
    function: &str,
    unit: Option<BusinessUnitId>,
    reach: impl Fn(&str) -> Option<Depth>,
) -> Json {
    let row = |privilege: &Privilege| {
        Some(json!({
            "Depth": reach(privilege.name)?.name(),
            "PrivilegeId": privilege.id(),
            "BusinessUnitId": unit,
            "PrivilegeName": privilege.name,
        }))
    };
    json!({
        "@odata.context": context(scene, request, &format!("{function}Response")),
        "RolePrivileges": PRIVILEGES.iter().filter_map(row).collect::<Vec<_>>(),
    })
}

/// What one action does to the privileges of a role.
enum Change {
    Add(Held),
    Replace(Held),
    Remove(&'static Privilege),
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
    let change = match *name {
        ADD => Change::Add(role_privileges(&given)?),
        REPLACE => Change::Replace(role_privileges(&given)?),
        _ => Change::Remove(referred(&given, facts)?),
    };
    let changed = editor.change_privileges(id, |held| {
        match change {
            Change::Add(more) => held.extend(more),
            Change::Replace(all) => *held = all,
            Change::Remove(privilege) => drop(held.remove(privilege.name)),
        }
        Ok(())
    });
    changed.map_err(|error| refuse(&error))?;
    let role = editor
        .org()
        .role(id)
        .map(|role| role.name.as_str())
        .unwrap_or_default();
    Ok(Reply::nothing(format!("{name} of the role {role} ({id})")))
}

/// A refusal of an action's body.
fn bad(inner: &str) -> Refusal {
    payload::bad("", inner)
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
            _ => return Err(undeclared("", name, KIND)),
        }
    }
    let id = one.get("PrivilegeId").unwrap_or(&Json::Null);
    let privilege = privilege(id)?;
    let depth = one.get("Depth").unwrap_or(&Json::Null);
    let known = depth.as_str().and_then(Depth::parse);
    let depth = known.ok_or_else(|| inconvertible("", depth, "Microsoft.Dynamics.CRM.PrivilegeDepth"))?;
    Ok((privilege.name.to_owned(), depth))
}

fn privilege(id: &Json) -> Result<&'static Privilege, Refusal> {
    let known = id.as_str().and_then(|text| Uuid::try_parse(text).ok());
    existing(known.ok_or_else(|| inconvertible("", id, "Edm.Guid"))?)
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
