//! Business units of an organization, through the organization's own use-cases.

use organization::{BusinessUnit, Org, Organizations};
use serde::Deserialize;
use serde_json::{Value, json};
use types::BusinessUnitId;
use wire::Answer;

use super::{Asked, created, ok, organizations, problem::Problem};

/// Every business unit.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let all = asked
        .state
        .store
        .view::<Organizations>(asked.tenant().await?)
        .await?;
    let org = organizations::find(&all, asked.param("organization"))?;
    let units: Vec<Value> = org.units().map(shown).collect();
    ok(&json!({ "units": units }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    /// The one above, by id or name; the root without it.
    #[serde(default)]
    parent: Option<String>,
}

/// A new business unit. There is one root, so it stands below some other.
pub(crate) async fn add(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: New = asked.json()?;
    let unit = organizations::edit(asked, tenant, |editor| {
        let org = editor.org();
        let parent = match &new.parent {
            Some(text) => Some(find(org, text)?.id),
            None => org.root_unit().map(|unit| unit.id),
        };
        if org.units().any(|unit| unit.name.eq_ignore_ascii_case(&new.name)) {
            return Err(Problem::conflict(
                format!("there is a business unit `{}` already", new.name),
                "choose another name",
            ));
        }
        let id = editor.add_unit(parent, new.name.clone(), &*asked.state.chance)?;
        Ok(shown(by_id(editor.org(), id)?))
    })
    .await?;
    created(&unit)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    disabled: bool,
}

/// Switches a business unit on or off: the users of one that is off cannot work.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let change: Change = asked.json()?;
    let unit = organizations::edit(asked, tenant, |editor| {
        let id = find(editor.org(), asked.param("unit"))?.id;
        editor.set_unit_disabled(id, change.disabled)?;
        Ok(shown(by_id(editor.org(), id)?))
    })
    .await?;
    ok(&unit)
}

/// By id or name.
pub(super) fn find<'a>(org: &'a Org, text: &str) -> Result<&'a BusinessUnit, Problem> {
    let by_id = text.parse().ok().and_then(|id| org.unit(id));
    let by_name = || org.units().find(|unit| unit.name.eq_ignore_ascii_case(text));
    by_id.or_else(by_name).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no business unit `{text}` in {}; GET its units",
            org.record.unique_name
        ))
    })
}

/// The one that has none above it.
pub(super) fn root(org: &Org) -> Result<&BusinessUnit, Problem> {
    org.root_unit()
        .ok_or_else(|| Problem::not_found(format!("{} has no business unit", org.record.unique_name)))
}

fn by_id(org: &Org, id: BusinessUnitId) -> Result<&BusinessUnit, Problem> {
    Ok(org.unit(id).ok_or(organization::ManageError::NoUnit(id))?)
}

fn shown(unit: &BusinessUnit) -> Value {
    json!({
        "id": unit.id,
        "name": unit.name,
        "parent": unit.parent,
        "disabled": unit.disabled,
    })
}
