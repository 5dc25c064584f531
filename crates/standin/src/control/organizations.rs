//! Organizations, their users and their roles, through the organization's own use-cases.

use authority::Registrations;
use directory::Tenant;
use organization::{
    AccessMode, Author, DisabledBy, Editor, Identity, ManageError, Org, OrganizationSpec, Organizations,
    SessionRule, SystemUser, UserSpec, create_organization, delete_organization,
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::Changes;
use types::{Host, OrganizationId, RoleId, SystemUserId, TenantId, Upn};
use wire::Answer;

use super::{Asked, created, done, ok, principals, problem::Problem, tenants, units};
use crate::merge::merge;

/// Every organization of the tenant.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let all = asked.state.store.view::<Organizations>(tenant).await?;
    let shown: Vec<Value> = all
        .iter()
        .map(|org| tenants::organization(asked, tenant, &org.record))
        .collect();
    ok(&json!({ "organizations": shown }))
}

/// One organization.
pub(crate) async fn get(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let all = asked.state.store.view::<Organizations>(tenant).await?;
    ok(&tenants::organization(
        asked,
        tenant,
        &find(&all, asked.param("organization"))?.record,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    host: Host,
    #[serde(default)]
    unique_name: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    security_group: Option<String>,
}

/// A new organization, with its root business unit and the built-in roles.
pub(crate) async fn create(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: New = asked.json()?;
    let author = Author::system(asked.state.now(tenant).await?);
    let record = asked
        .state
        .store
        .update::<Organizations, _, Problem>(tenant, |all, changes| {
            let spec = OrganizationSpec {
                id: None,
                name: new.name.clone(),
                unique_name: new.unique_name.clone(),
                host: new.host.clone(),
                version: new.version.clone(),
                security_group: new.security_group.clone(),
            };
            let editor = create_organization(
                all,
                &asked.state.regions,
                spec,
                author,
                &*asked.state.chance,
                changes,
            )?;
            Ok(editor.org().record.clone())
        })
        .await?;
    created(&tenants::organization(asked, tenant, &record))
}

/// Changes an organization's own record.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let patch: Value = asked.json()?;
    for fixed in [
        "id",
        "host",
        "unique_name",
        "created",
        "modified",
        "version_number",
    ] {
        if patch.get(fixed).is_some() {
            return Err(Problem::bad(
                format!("`{fixed}` cannot be changed"),
                "leave it out, or create another organization",
            ));
        }
    }
    let record = edit(asked, tenant, |editor| {
        let mut whole = serde_json::to_value(&editor.org().record)?;
        merge(&mut whole, &patch);
        let changed: organization::Organization = serde_json::from_value(whole)?;
        may_set_sessions(&changed, &patch)?;
        editor.change_organization(|record| *record = changed);
        Ok(editor.org().record.clone())
    })
    .await?;
    ok(&tenants::organization(asked, tenant, &record))
}

/// Row 003-36: under the old rule nobody can change how long sessions last. Which rule an organization follows is its
/// age, so to speak: a world or a test says it, no administrator.
fn may_set_sessions(changed: &organization::Organization, patch: &Value) -> Result<(), Problem> {
    if patch.get("sessions").is_some() && changed.session_rule == SessionRule::Fixed {
        return Err(Problem::conflict(
            format!(
                "the session length of {} cannot be changed: it is eight hours for everybody, with a warning after 7 hours and 40 minutes",
                changed.unique_name
            ),
            "leave it out; only an organization with the session rule `configurable` has settings of its own",
        ));
    }
    changed
        .sessions
        .check()
        .map_err(|why| Problem::bad(why, "choose a value within these bounds"))
}

/// Deletes an organization.
pub(crate) async fn delete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    asked
        .state
        .store
        .update::<Organizations, _, Problem>(tenant, |all, changes| {
            let id = find(all, asked.param("organization"))?.record.id;
            Ok(delete_organization(all, id, changes)?)
        })
        .await?;
    done()
}

/// Its users.
pub(crate) async fn users(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let all = asked
        .state
        .store
        .view::<Organizations>(asked.tenant().await?)
        .await?;
    let org = find(&all, asked.param("organization"))?;
    let users: Vec<Value> = org.users().map(|user| shown(org, user)).collect();
    let roles: Vec<&str> = org.roles().map(|role| role.name.as_str()).collect();
    ok(&json!({ "users": users, "roles": roles }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    /// A person, by UPN …
    #[serde(default)]
    upn: Option<Upn>,
    /// … or an application, by client id or name.
    #[serde(default)]
    app: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    access_mode: AccessMode,
    #[serde(default)]
    disabled: bool,
}

/// A new user.
pub(crate) async fn add_user(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: NewUser = asked.json()?;
    let (identity, domain_name, name) = match (&new.upn, &new.app) {
        (Some(upn), None) => {
            let people = asked.state.store.view::<Tenant>(tenant).await?;
            let account = people.account_named(upn);
            let account = account.ok_or_else(|| {
                Problem::bad(
                    format!("there is no account {upn} here"),
                    "create the account first",
                )
            })?;
            (
                Identity::Account(account.id),
                account.upn.to_string(),
                account.name.clone(),
            )
        }
        (None, Some(text)) => {
            let app = principals::app(asked, tenant, text).await?;
            let here = asked.state.store.view::<Registrations>(tenant).await?;
            let known = here.app(app).map(|known| known.name.as_str());
            let known = known.or_else(|| here.principal(app).map(|known| known.name.as_str()));
            let name = known.unwrap_or(text);
            (Identity::Application(app), app.to_string(), format!("# {name}"))
        }
        _ => {
            return Err(Problem::bad(
                "a user needs either `upn` or `app`",
                "give one of the two",
            ));
        }
    };
    let (first, last) = name.split_once(' ').unwrap_or(("", &name));
    let shown = edit(asked, tenant, |editor| {
        let spec = UserSpec {
            id: None,
            identity,
            domain_name: domain_name.clone(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            access_mode: new.access_mode,
            roles: new.roles.clone(),
            unit: None,
            disabled: new.disabled,
        };
        let id = editor.add_user(spec, &*asked.state.chance)?;
        let user = editor.org().user(id).ok_or(ManageError::NoUser(id))?;
        Ok(shown(editor.org(), user))
    })
    .await?;
    created(&shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserChange {
    #[serde(default)]
    disabled: Option<bool>,
    #[serde(default)]
    access_mode: Option<AccessMode>,
    /// A business unit, by id or name.
    #[serde(default)]
    unit: Option<String>,
}

/// Enables, disables, changes the access mode, moves to a business unit.
pub(crate) async fn change_user(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let change: UserChange = asked.json()?;
    let shown = edit(asked, tenant, |editor| {
        let id = user(editor.org(), asked.param("user"))?;
        if let Some(text) = &change.unit {
            let unit = units::find(editor.org(), text)?.id;
            editor.move_user(id, unit)?;
        }
        editor.change_user(id, |user| {
            user.access_mode = change.access_mode.unwrap_or(user.access_mode);
            if let Some(disabled) = change.disabled {
                user.disabled = disabled.then_some(DisabledBy::Administrator);
            }
        })?;
        let changed = editor.org().user(id).ok_or(ManageError::NoUser(id))?;
        Ok(shown(editor.org(), changed))
    })
    .await?;
    ok(&shown)
}

/// Gives a role; one that is held already is no matter.
pub(crate) async fn give_role(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    edit(asked, tenant, |editor| {
        let id = user(editor.org(), asked.param("user"))?;
        let role = role(editor.org(), id, asked.param("role"))?;
        match editor.add_role(id, role) {
            Err(ManageError::HasRole(..)) => Ok(()),
            other => Ok(other?),
        }
    })
    .await?;
    done()
}

/// Takes a role away.
pub(crate) async fn take_role(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    edit(asked, tenant, |editor| {
        let id = user(editor.org(), asked.param("user"))?;
        let role = role(editor.org(), id, asked.param("role"))?;
        Ok(editor.remove_role(id, role)?)
    })
    .await?;
    done()
}

pub(super) async fn edit<T>(
    asked: &Asked<'_>,
    tenant: TenantId,
    mut change: impl FnMut(&mut Editor<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let author = Author::system(asked.state.now(tenant).await?);
    asked
        .state
        .store
        .update::<Organizations, _, Problem>(tenant, |all, changes: &mut Changes| {
            let org = find(all, asked.param("organization"))?;
            change(&mut Editor::new(org, author, changes))
        })
        .await
}

/// By id, unique name, or host.
pub(super) fn find<'a>(all: &'a Organizations, text: &str) -> Result<&'a Org, Problem> {
    let by_id = text.parse::<OrganizationId>().ok().and_then(|id| all.get(id));
    let named = || {
        all.iter().find(|org| {
            org.record.unique_name.eq_ignore_ascii_case(text)
                || org.record.host.as_str().eq_ignore_ascii_case(text)
        })
    };
    by_id
        .or_else(named)
        .ok_or_else(|| Problem::not_found(format!("there is no organization `{text}` in this tenant")))
}

/// By user id, user principal name or application id.
fn user(org: &Org, text: &str) -> Result<SystemUserId, Problem> {
    let by_id = text.parse().ok().and_then(|id| org.user(id)).map(|user| user.id);
    let by_app = || {
        text.parse()
            .ok()
            .and_then(|id| org.application_user(id))
            .map(|user| user.id)
    };
    let by_name = || {
        let named = |user: &&SystemUser| {
            user.domain_name.eq_ignore_ascii_case(text)
                || (user.is_application() && user.last_name.eq_ignore_ascii_case(text))
        };
        org.users().find(named).map(|user| user.id)
    };
    by_id.or_else(by_app).or_else(by_name).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no user `{text}` in {}; GET its users",
            org.record.unique_name
        ))
    })
}

/// By id, or by name: the copy in the user's business unit, which is the only one the user can have.
fn role(org: &Org, holder: SystemUserId, text: &str) -> Result<RoleId, Problem> {
    let by_id = text.parse().ok().and_then(|id| org.role(id));
    let unit = org.user(holder).and_then(|user| user.unit);
    let found = by_id.or_else(|| org.role_named(text, unit)).map(|role| role.id);
    found.ok_or_else(|| ManageError::NoRole(text.to_owned()).into())
}

fn shown(org: &Org, user: &SystemUser) -> Value {
    let roles: Vec<&str> = org.roles_of(user).map(|role| role.name.as_str()).collect();
    json!({
        "id": user.id,
        "domain_name": user.domain_name,
        "name": user.full_name(),
        "account": user.object,
        "app": user.application,
        "disabled": user.disabled,
        "access_mode": user.access_mode,
        "unit": user.unit,
        "roles": roles,
    })
}
