//! Giving and taking security roles: `systemuserroles_association` with `$ref` (row 003-30).

use http::Method;
use types::{RoleId, SystemUserId, Uuid};
use wire::dataverse::OBJECT_DOES_NOT_EXIST;

use super::{
    Reply, Request, Scene, no_segment,
    payload::{bad, object, reference},
    users::refuse,
};
use crate::{
    manage::Editor,
    privileges::ASSIGN_ROLE,
    refusal::Refusal,
    schema::{Relationship, Table, table},
};

/// POST links, DELETE takes a link away; from either end.
pub(super) fn write(
    scene: &Scene<'_>,
    request: &Request,
    from: &'static Table,
    editor: &mut Editor<'_>,
) -> Result<Reply, Refusal> {
    let [first, link, _] = request.path.as_slice() else {
        return Err(no_segment("$ref"));
    };
    let Some((
        Relationship::ManyToMany {
            first: "systemuser", ..
        },
        target,
    )) = from.collection(&link.name)
    else {
        return Err(
            match from.single(&link.name).is_some() || from.collection(&link.name).is_some() {
                true => Refusal::not_understood(format!("changing the link `{}`", link.name)),
                false => no_segment(&link.name),
            },
        );
    };
    let roles = table("role").ok_or_else(|| no_segment("roles"))?;
    scene.caller.require(&ASSIGN_ROLE, roles.guarded())?;
    let own = first
        .id()
        .ok_or_else(|| Refusal::not_understood("a link from an alternate key"))?;
    let (other, linking) = match scene.call.method {
        Method::POST => (posted(scene, target)?, true),
        Method::DELETE => (deleted(request, link.id(), target)?, false),
        _ => {
            return Err(Refusal::method(
                "a link is made with POST and taken away with DELETE",
            ));
        }
    };
    let (user, role) = if from.logical == "systemuser" {
        (own, other)
    } else {
        (other, own)
    };
    let (user, role) = (SystemUserId::new(user), RoleId::new(role));
    if editor.org().role(role).is_none() {
        return Err(Refusal::plain(&OBJECT_DOES_NOT_EXIST, &[&roles.schema, &role]));
    }
    let done = if linking {
        editor.add_role(user, role)
    } else {
        editor.remove_role(user, role)
    };
    done.map_err(|error| refuse(&error))?;
    let name = editor
        .org()
        .role(role)
        .map(|role| role.name.clone())
        .unwrap_or_default();
    let verb = if linking { "given to" } else { "taken from" };
    Ok(Reply::nothing(format!("the role {name} was {verb} user {user}")))
}

/// `{"@odata.id": "https://…/roles(<id>)"}`
fn posted(scene: &Scene<'_>, target: &'static Table) -> Result<Uuid, Refusal> {
    let body = object(scene.call, target)?;
    let address = body.get("@odata.id").and_then(serde_json::Value::as_str);
    let address =
        address.ok_or_else(|| bad(target.set, "The property '@odata.id' is missing or not a text."))?;
    reference(address, target, &|_| None)
}

/// The key behind the link's name, or `$id` in the query.
fn deleted(request: &Request, key: Option<Uuid>, target: &'static Table) -> Result<Uuid, Refusal> {
    match (key, &request.options.id) {
        (Some(id), _) => Ok(id),
        (None, Some(address)) => reference(address, target, &|_| None),
        (None, None) => Err(bad(
            target.set,
            "Which link is to be taken away is missing: give its key or $id.",
        )),
    }
}
