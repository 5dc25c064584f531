//! Security roles of an organization and what they allow, through the organization's own use-cases.

use std::collections::BTreeMap;

use organization::{Depth, ManageError, Organizations, PRIVILEGES, SecurityRole};
use serde::Deserialize;
use serde_json::{Value, json};
use types::RoleId;
use wire::Answer;

use super::{Asked, ok, organizations, problem::Problem};

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
struct Reach {
    depth: Depth,
}

/// Gives a privilege, or changes how far it reaches.
pub(crate) async fn give(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let Reach { depth } = asked.json()?;
    let name = privilege(asked.param("privilege"))?;
    change(asked, |held| {
        held.insert(name.to_owned(), depth);
        Ok(())
    })
    .await
}

/// Takes a privilege away.
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
        let text = asked.param("role");
        let by_id = text.parse::<RoleId>().ok().and_then(|id| editor.org().role(id));
        let found = by_id.or_else(|| editor.org().role_named(text, None));
        let mut role = found.ok_or_else(|| ManageError::NoRole(text.to_owned()))?.clone();
        change(&mut role.privileges)?;
        editor.put_role(role.clone());
        Ok(shown(&role))
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
