//! Writing users: application users are made, and people are enabled, disabled and given an access mode.

use directory::{Account, licenses::Service};
use http::{Method, StatusCode};
use serde_json::Value as Json;
use types::{AppId, BusinessUnitId, SystemUserId};
use wire::dataverse::{
    APPLICATION_NOT_REGISTERED, APPLICATION_USER_ACCESS_MODE, CANNOT_ENABLE_WITHOUT_LICENSE,
    DUPLICATE_APPLICATION_USER, INVALID_ACCESS_MODE_TRANSITION, INVALID_ARGUMENT, OBJECT_DOES_NOT_EXIST,
};

use super::{
    Reply, Request, Scene,
    payload::{self, Setting},
    rows,
};
use crate::{
    manage::{Author, Editor, Identity, ManageError, UserSpec},
    model::{AccessMode, DisabledBy, SystemUser},
    privileges::{CREATE_USER, DISABLE_USER, WRITE_USER},
    refusal::Refusal,
    schema::{Row, Table, Write, table},
    standing::DYNAMICS_PLAN,
    view::Org,
};

/// What a write must know beyond the organization.
pub(crate) struct Facts<'a> {
    /// Whether the directory knows an application.
    pub(crate) registered: &'a dyn Fn(AppId) -> bool,
    /// The address of what an earlier part of the change set made.
    pub(crate) made: &'a dyn Fn(&str) -> Option<String>,
    /// For new ids.
    pub(crate) chance: &'a dyn types::Chance,
}

/// Who is on record as having made a change.
pub(crate) fn author(scene: &Scene<'_>) -> Author {
    Author {
        now: scene.now,
        by: Some(scene.caller.user.id),
        on_behalf: scene.caller.actor.map(|actor| actor.id),
    }
}

/// POST, PATCH and PUT below `systemusers`.
pub(super) fn write(
    scene: &Scene<'_>,
    request: &Request,
    editor: &mut Editor<'_>,
    facts: &Facts<'_>,
) -> Result<Reply, Refusal> {
    let users = table("systemuser").ok_or_else(|| Refusal::not_understood("users"))?;
    let [first, rest @ ..] = request.path.as_slice() else {
        return Err(Refusal::method("nothing to write to"));
    };
    let by_id = || first.id().map(SystemUserId::new);
    match (&scene.call.method, &first.arguments, rest) {
        (&Method::POST, None, []) => create(scene, request, users, editor, facts),
        (&Method::POST, None, [action]) => {
            Err(Refusal::not_understood(format!("the action `{}`", action.name)))
        }
        (&Method::PATCH, Some(_), []) => {
            let id = by_id().ok_or_else(|| Refusal::not_understood("changing a user by an alternate key"))?;
            let settings = payload::settings(scene.call, users, Write::Always, facts.made)?;
            change(scene, request, users, editor, id, &settings)
        }
        (&Method::PUT, Some(_), [_]) => {
            let id = by_id().ok_or_else(|| Refusal::not_understood("changing a user by an alternate key"))?;
            let setting = single(scene, request, users)?;
            change(scene, request, users, editor, id, &[setting])
        }
        (&Method::DELETE, ..) => Err(Refusal::not_understood(
            "deleting users; the real service disables them",
        )),
        _ => Err(Refusal::method(format!(
            "{} does not fit this address",
            scene.call.method
        ))),
    }
}

/// `PUT systemusers(<id>)/isdisabled` with `{"value":true}`.
fn single(scene: &Scene<'_>, request: &Request, users: &'static Table) -> Result<Setting, Refusal> {
    let name = payload::single_property(request).unwrap_or_default();
    let mut body = payload::object(scene.call, users)?;
    let value = body
        .remove("value")
        .ok_or_else(|| payload::bad(users.set, "The property 'value' is missing."))?;
    let mut call = scene.call.clone();
    call.body = Json::Object([(name.to_owned(), value)].into_iter().collect())
        .to_string()
        .into();
    let mut settings = payload::settings(&call, users, Write::Always, &|_| None)?;
    settings
        .pop()
        .ok_or_else(|| payload::bad(users.set, "There is nothing to set."))
}

fn create(
    scene: &Scene<'_>,
    request: &Request,
    users: &'static Table,
    editor: &mut Editor<'_>,
    facts: &Facts<'_>,
) -> Result<Reply, Refusal> {
    scene.caller.require(&CREATE_USER, users.guarded())?;
    let settings = payload::settings(scene.call, users, Write::Create, facts.made)?;
    let get = |name: &str| {
        settings
            .iter()
            .find(|s| s.column.logical == name)
            .map(|s| &s.value)
    };
    let text = |name: &str| get(name).and_then(Json::as_str);
    let application: AppId = text("applicationid")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| {
            Refusal::not_understood(
                "making a user that is no application user; people are made by first access",
            )
        })?;
    if !(facts.registered)(application) {
        let why = format!("no tenant here has registered the application {application}");
        return Err(Refusal::of(&APPLICATION_NOT_REGISTERED, &[], why).cause("app-not-found-in-tenant"));
    }
    if get("accessmode").is_some_and(|mode| mode.as_i64() != Some(AccessMode::NonInteractive.number().into()))
    {
        return Err(application_mode(application));
    }
    let unit = text("businessunitid").and_then(|id| id.parse::<BusinessUnitId>().ok());
    let unit = unit.ok_or_else(|| {
        let text = "The business unit of a new application user is missing: set businessunitid@odata.bind.";
        Refusal::plain(&INVALID_ARGUMENT, &[&text])
    })?;
    let name = [text("firstname"), text("lastname")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let spec = UserSpec {
        id: text("systemuserid").and_then(|id| id.parse().ok()),
        identity: Identity::Application(application),
        domain_name: text("domainname").map_or_else(|| application.to_string(), str::to_owned),
        first_name: String::new(),
        last_name: if name.is_empty() {
            application.to_string()
        } else {
            name
        },
        access_mode: AccessMode::NonInteractive,
        roles: Vec::new(),
        unit: Some(unit),
        disabled: get("isdisabled").and_then(Json::as_bool).unwrap_or(false),
    };
    if let Some(id) = spec.id.filter(|id| editor.org().user(*id).is_some()) {
        let why = format!("a user {id} exists already");
        return Err(Refusal::of(&wire::dataverse::DUPLICATE_RECORD, &[], why));
    }
    let id = editor
        .add_user(spec, facts.chance)
        .map_err(|error| refuse(&error))?;
    let mut reply = answer(scene, request, users, editor, id, StatusCode::CREATED)?;
    reply.why = format!("application user {id} for {application}");
    Ok(reply)
}

fn application_mode(application: AppId) -> Refusal {
    let why = format!("{application} is an application user and stays non-interactive");
    Refusal::of(&APPLICATION_USER_ACCESS_MODE, &[], why)
}

/// The real code for what the administrator's act could not do.
pub(super) fn refuse(error: &ManageError) -> Refusal {
    use wire::dataverse::{DUPLICATE_RECORD, USER_IN_WRONG_BUSINESS, USER_NOT_ENABLED};
    let why = error.to_string();
    match error {
        ManageError::ApplicationTaken(app) => Refusal::of(&DUPLICATE_APPLICATION_USER, &[app], why),
        ManageError::HasRole(..) | ManageError::AccountTaken(_) => Refusal::of(&DUPLICATE_RECORD, &[], why),
        ManageError::UserDisabled(_) => {
            Refusal::of(&USER_NOT_ENABLED, &[], why).cause("user-disabled-in-organization")
        }
        ManageError::OtherUnit {
            user,
            user_unit,
            role,
            role_unit,
        } => Refusal::of(&USER_IN_WRONG_BUSINESS, &[user, user_unit, role, role_unit], why),
        ManageError::NoUser(id) => Refusal::of(&OBJECT_DOES_NOT_EXIST, &[&"SystemUser", id], why),
        ManageError::NoUnit(id) => Refusal::of(&OBJECT_DOES_NOT_EXIST, &[&"BusinessUnit", id], why),
        ManageError::NoRole(id) => Refusal::of(&OBJECT_DOES_NOT_EXIST, &[&"Role", id], why),
        ManageError::RoleTaken(_) => Refusal::of(&DUPLICATE_RECORD, &[], why),
        // The real service has codes of its own for what is wrong with a role; they are not on record here.
        ManageError::RoleNameTaken(_)
        | ManageError::RoleFixed
        | ManageError::RoleInherited { .. }
        | ManageError::RoleInUse { .. }
        | ManageError::NoRegion(_)
        | ManageError::NameTaken(_)
        | ManageError::NoOrganization(_) => Refusal::plain(&INVALID_ARGUMENT, &[&why]),
    }
}

fn change(
    scene: &Scene<'_>,
    request: &Request,
    users: &'static Table,
    editor: &mut Editor<'_>,
    id: SystemUserId,
    settings: &[Setting],
) -> Result<Reply, Refusal> {
    let guarded = users.guarded();
    scene.caller.require(&WRITE_USER, guarded)?;
    if settings
        .iter()
        .any(|setting| setting.column.logical == "isdisabled")
    {
        scene.caller.require(&DISABLE_USER, guarded)?;
    }
    let Some(user) = editor.org().user(id).cloned() else {
        return Err(match scene.call.header("if-match") {
            Some(_) => Refusal::plain(&OBJECT_DOES_NOT_EXIST, &[&users.schema, &id]),
            None => Refusal::not_understood("making a user by PATCH without If-Match"),
        });
    };
    payload::conditions(scene.call, &Row::User(&user).etag())?;
    let account = user.object.and_then(|object| scene.directory.account(object));
    let mut next = user;
    for setting in settings {
        set(&mut next, setting, account)?;
    }
    let changed = settings
        .iter()
        .map(|setting| setting.column.logical)
        .collect::<Vec<_>>()
        .join(", ");
    editor
        .change_user(id, |user| *user = next)
        .map_err(|error| refuse(&error))?;
    let mut reply = answer(scene, request, users, editor, id, StatusCode::OK)?;
    reply.why = format!("changed {changed} of user {id}");
    Ok(reply)
}

fn set(user: &mut SystemUser, setting: &Setting, account: Option<&Account>) -> Result<(), Refusal> {
    let value = &setting.value;
    let text = || value.as_str().unwrap_or_default().to_owned();
    let licensed = account.is_some_and(|account| account.may_use(Service::Dynamics365));
    match setting.column.logical {
        "firstname" => user.first_name = text(),
        "lastname" => user.last_name = text(),
        "internalemailaddress" => user.email = value.as_str().map(str::to_owned),
        "isdisabled" if value.as_bool() == Some(true) => user.disabled = Some(DisabledBy::Administrator),
        "isdisabled" => {
            let needs = user.object.is_some() && user.access_mode.needs_license();
            if user.disabled.is_some() && needs && !licensed {
                let why = format!(
                    "{} has no license with the plan {DYNAMICS_PLAN}",
                    user.domain_name
                );
                return Err(
                    Refusal::of(&CANNOT_ENABLE_WITHOUT_LICENSE, &[], why).cause("user-license-missing")
                );
            }
            user.disabled = None;
        }
        "accessmode" => {
            let mode = value.as_i64().and_then(AccessMode::of_number).ok_or_else(|| {
                let text = format!("The value {value} of 'accessmode' is outside the valid range.");
                Refusal::plain(&INVALID_ARGUMENT, &[&text])
            })?;
            if let Some(application) = user.application.filter(|_| mode != user.access_mode) {
                return Err(application_mode(application));
            }
            if mode != user.access_mode && mode.needs_license() && !licensed {
                let why = format!(
                    "{} has no license with the plan {DYNAMICS_PLAN}",
                    user.domain_name
                );
                let refusal = Refusal::of(&INVALID_ACCESS_MODE_TRANSITION, &[], why);
                return Err(refusal.cause("user-license-missing"));
            }
            user.access_mode = mode;
        }
        other => {
            return Err(Refusal::not_understood(format!(
                "setting the column `systemuser.{other}`"
            )));
        }
    }
    Ok(())
}

/// 204 with the address, or the row with `return=representation`.
fn answer(
    scene: &Scene<'_>,
    request: &Request,
    users: &'static Table,
    editor: &Editor<'_>,
    id: SystemUserId,
    with_body: StatusCode,
) -> Result<Reply, Refusal> {
    let org = editor.org();
    let user = org.user(id).ok_or_else(|| refuse(&ManageError::NoUser(id)))?;
    written(scene, request, users, org, Row::User(user), with_body)
}

/// The answer to a write of this row.
pub(super) fn written(
    scene: &Scene<'_>,
    request: &Request,
    table: &'static Table,
    org: &Org,
    row: Row<'_>,
    with_body: StatusCode,
) -> Result<Reply, Refusal> {
    let mut reply = if request.prefer.representation {
        // The caller's own record may be the one that changed; what is shown is read from the new state.
        let caller = crate::access::Caller { org, ..scene.caller };
        let shown = Scene { caller, ..*scene };
        let mut reply = Reply::json(&rows::entity(&shown, request, table, row)?, "");
        reply.status = with_body;
        reply.applied = request.prefer.applied(true, false);
        reply.etag = Some(row.etag());
        reply
    } else {
        Reply::nothing("")
    };
    reply.entity = Some(rows::link(scene, request, table, row));
    Ok(reply)
}
