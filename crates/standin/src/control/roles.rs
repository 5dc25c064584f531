//! Security roles of an organization and what they allow, through the organization's own use-cases.

use std::collections::BTreeMap;

use organization::{Depth, Org, Organizations, PRIVILEGES, RoleSpec, SecurityRole};
use serde::Deserialize;
use serde_json::{Value, json};
use types::RoleId;
use wire::Answer;

use super::{Asked, created, done, ok, organizations, problem::Problem, units};

/// Every role, in each business unit a copy.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let all = asked
        .state
        .store
        .view::<Organizations>(asked.tenant().await?)
        .await?;
    let org = organizations::find(&all, asked.param("organization"))?;
    let roles: Vec<Value> = org.roles().map(shown).collect();
    ok(&json!({ "roles": roles }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    /// The business unit, by id or name; the root without it.
    #[serde(default)]
    unit: Option<String>,
    /// The role to copy, by id or name; without it the new one allows nothing.
    #[serde(default)]
    copy: Option<String>,
}

/// A new role, or a copy of one; the business units below get copies of it.
pub(crate) async fn create(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: New = asked.json()?;
    let role = organizations::edit(asked, tenant, |editor| {
        let org = editor.org();
        let like = new.copy.as_deref().map(|text| find(org, text)).transpose()?;
        let unit = match &new.unit {
            Some(text) => units::find(org, text)?.id,
            None => units::root(org)?.id,
        };
        let spec = RoleSpec {
            id: None,
            name: name(&new.name)?,
            unit,
            privileges: like.map(|role| role.privileges.clone()).unwrap_or_default(),
        };
        let id = editor.add_security_role(&spec, &*asked.state.chance)?;
        Ok(shown(find(editor.org(), &id.to_string())?))
    })
    .await?;
    created(&role)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: String,
}

/// Gives a role and its copies another name.
pub(crate) async fn rename(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let change: Change = asked.json()?;
    let role = organizations::edit(asked, tenant, |editor| {
        let id = find(editor.org(), asked.param("role"))?.id;
        editor.rename_role(id, &name(&change.name)?)?;
        Ok(shown(find(editor.org(), &id.to_string())?))
    })
    .await?;
    ok(&role)
}

/// Deletes a role that nobody has, with its copies.
pub(crate) async fn delete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    organizations::edit(asked, tenant, |editor| {
        let id = find(editor.org(), asked.param("role"))?.id;
        Ok(editor.delete_role(id)?)
    })
    .await?;
    done()
}

/// The longest name of a role, in characters, as its column has it.
const MOST_NAME: usize = 100;

fn name(text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::bad("a security role needs a name", "give it one")),
        long if long.chars().count() > MOST_NAME => Err(Problem::bad(
            format!("the name is longer than {MOST_NAME} characters"),
            "choose a shorter one",
        )),
        name => Ok(name.to_owned()),
    }
}

/// By id or name; of several copies the one in the root business unit.
fn find<'a>(org: &'a Org, text: &str) -> Result<&'a SecurityRole, Problem> {
    let by_id = text.parse::<RoleId>().ok().and_then(|id| org.role(id));
    by_id.or_else(|| org.role_named(text, None)).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no security role `{text}` in {}; GET its roles",
            org.record.unique_name
        ))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    depth: Depth,
}

/// Gives a role and its copies a privilege, or changes how far it reaches.
pub(crate) async fn give(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Reach { depth } = asked.json()?;
    let name = privilege(asked.param("privilege"))?;
    change(asked, |held| {
        held.insert(name.to_owned(), depth);
        Ok(())
    })
    .await
}

/// Takes a privilege away from a role and its copies.
pub(crate) async fn take(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let name = privilege(asked.param("privilege"))?;
    change(asked, |held| match held.remove(name) {
        Some(_) => Ok(()),
        None => Err(Problem::conflict(
            format!("the role does not have {name}"),
            "nothing needs to be done",
        )),
    })
    .await
}

async fn change(
    asked: &Asked<'_>,
    change: impl Fn(&mut BTreeMap<String, Depth>) -> Result<(), Problem>,
) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let role = organizations::edit(asked, tenant, |editor| {
        let id = find(editor.org(), asked.param("role"))?.id;
        editor.change_privileges(id, &change)?;
        Ok(shown(find(editor.org(), &id.to_string())?))
    })
    .await?;
    ok(&role)
}

/// A privilege by its name, without case.
fn privilege(text: &str) -> Result<&'static str, Problem> {
    let found = PRIVILEGES
        .iter()
        .find(|privilege| privilege.name.eq_ignore_ascii_case(text));
    found.map(|privilege| privilege.name).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no privilege `{text}`; the System Administrator role has them all"
        ))
    })
}

fn shown(role: &SecurityRole) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "unit": role.unit,
        "built_in": role.template.is_some(),
        "privileges": role.privileges,
    })
}
