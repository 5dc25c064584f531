//! Writing security roles: made in a business unit, named, deleted.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use types::RoleId;
use wire::dataverse::INVALID_ARGUMENT;

use super::{
    Reply, Request, Scene, grants,
    payload::{self, Setting},
    users::{Facts, refuse, written},
};
use crate::{
    manage::{Editor, ManageError, RoleSpec},
    privileges::{CREATE_ROLE, DELETE_ROLE, WRITE_ROLE},
    refusal::Refusal,
    schema::{Row, Table, Write},
};

/// POST, PATCH and DELETE below `roles`.
pub(super) fn write(
    scene: &Scene<'_>,
    request: &Request,
    roles: &'static Table,
    editor: &mut Editor<'_>,
    facts: &Facts<'_>,
) -> Result<Reply, Refusal> {
    let other = || Refusal::not_understood("this way of writing security roles");
    let [first, rest @ ..] = request.path.as_slice() else {
        return Err(other());
    };
    let id = || {
        let id = first.id().map(RoleId::new);
        id.ok_or_else(|| Refusal::not_understood("a security role by an alternate key"))
    };
    match (&scene.call.method, &first.arguments, rest) {
        (&Method::POST, None, []) => create(scene, request, roles, editor, facts),
        (&Method::POST, Some(_), [action]) => {
            grants::change(scene, roles, editor, facts, id()?, &action.name)
        }
        (&Method::PATCH, Some(_), []) => rename(scene, request, roles, editor, facts, id()?),
        (&Method::DELETE, Some(_), []) => delete(scene, roles, editor, id()?),
        (.., [_, ..]) => Err(other()),
        _ => Err(Refusal::method(format!(
            "{} does not fit this address",
            scene.call.method
        ))),
    }
}

fn create(
    scene: &Scene<'_>,
    request: &Request,
    roles: &'static Table,
    editor: &mut Editor<'_>,
    facts: &Facts<'_>,
) -> Result<Reply, Refusal> {
    scene.caller.require(&CREATE_ROLE, roles.guarded())?;
    let settings = payload::settings(scene.call, roles, Write::Create, facts.made)?;
    // Without one it is the caller's own (recalled).
    let given = text(&settings, "businessunitid").and_then(|id| id.parse().ok());
    let unit = given.or(scene.caller.user.unit).ok_or_else(|| {
        let text = "The business unit of the security role is missing: set businessunitid@odata.bind.";
        Refusal::plain(&INVALID_ARGUMENT, &[&text])
    })?;
    let spec = RoleSpec {
        id: text(&settings, "roleid").and_then(|id| id.parse().ok()),
        name: name(&settings)?,
        unit,
        privileges: BTreeMap::new(),
    };
    let id = editor
        .add_security_role(&spec, facts.chance)
        .map_err(|error| refuse(&error))?;
    answer(scene, request, roles, editor, id, StatusCode::CREATED)
}

fn rename(
    scene: &Scene<'_>,
    request: &Request,
    roles: &'static Table,
    editor: &mut Editor<'_>,
    facts: &Facts<'_>,
    id: RoleId,
) -> Result<Reply, Refusal> {
    scene.caller.require(&WRITE_ROLE, roles.guarded())?;
    matches(scene, editor, id)?;
    let settings = payload::settings(scene.call, roles, Write::Always, facts.made)?;
    editor
        .rename_role(id, &name(&settings)?)
        .map_err(|error| refuse(&error))?;
    answer(scene, request, roles, editor, id, StatusCode::OK)
}

fn delete(
    scene: &Scene<'_>,
    roles: &'static Table,
    editor: &mut Editor<'_>,
    id: RoleId,
) -> Result<Reply, Refusal> {
    scene.caller.require(&DELETE_ROLE, roles.guarded())?;
    matches(scene, editor, id)?;
    editor.delete_role(id).map_err(|error| refuse(&error))?;
    Ok(Reply::nothing(format!("deleted the role {id}")))
}

/// Whether it is there, in the version that the caller knows.
fn matches(scene: &Scene<'_>, editor: &Editor<'_>, id: RoleId) -> Result<(), Refusal> {
    let role = editor.org().role(id);
    let role = role.ok_or_else(|| refuse(&ManageError::NoRole(id.to_string())))?;
    payload::conditions(scene.call, &Row::Role(role).etag())
}

fn text<'s>(settings: &'s [Setting], column: &str) -> Option<&'s str> {
    let found = settings.iter().find(|one| one.column.logical == column)?;
    found.value.as_str()
}

fn name(settings: &[Setting]) -> Result<String, Refusal> {
    let name = text(settings, "name")
        .map(str::trim)
        .filter(|name| !name.is_empty());
    name.map(str::to_owned)
        .ok_or_else(|| Refusal::plain(&INVALID_ARGUMENT, &[&"The name of the security role is missing."]))
}

fn answer(
    scene: &Scene<'_>,
    request: &Request,
    roles: &'static Table,
    editor: &Editor<'_>,
    id: RoleId,
    with_body: StatusCode,
) -> Result<Reply, Refusal> {
    let org = editor.org();
    let role = org
        .role(id)
        .ok_or_else(|| refuse(&ManageError::NoRole(id.to_string())))?;
    let mut reply = written(scene, request, roles, org, Row::Role(role), with_body)?;
    reply.why = format!("wrote the role {} ({id})", role.name);
    Ok(reply)
}
