//! `RetrieveMetadataChanges`, in the one shape the Python client sends: tables by name, and the columns'
//! properties it wants, of whatever type (facts/organization.md 4.1; the answer's shape is recalled).

use serde_json::{Map, Value as Json, json};
use wire::{
    dataverse::BAD_QUERY,
    odata::path::{ArgumentValue, Segment},
};

use super::{super::Request, ENTITIES, build};
use crate::{
    privileges::READ_ENTITY,
    refusal::Refusal,
    schema::{TABLES, Table},
    webapi::{Reply, Scene},
};

/// Answers `RetrieveMetadataChanges(Query=@p1)`.
pub(in crate::webapi) fn read(
    scene: &Scene<'_>,
    request: &Request,
    segment: &Segment,
) -> Result<Reply, Refusal> {
    scene.caller.require(&READ_ENTITY, ENTITIES)?;
    let query = query(request, segment)?;
    let only = ["Properties", "Criteria", "AttributeQuery"];
    if let Some(other) = query.keys().find(|key| !only.contains(&key.as_str())) {
        return Err(Refusal::not_understood(format!("`{other}` in a metadata query")));
    }
    let wanted = properties(&query);
    let columns = query
        .get("AttributeQuery")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    let mut found = Vec::new();
    for table in TABLES {
        let entity = build::entity(table);
        if !fits(&query, &entity)? {
            continue;
        }
        let mut shown = chosen(entity, &wanted);
        if wanted
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name == "Attributes"))
        {
            shown.insert("Attributes".to_owned(), attributes(table, &columns)?.into());
        }
        found.push(Json::Object(shown));
    }
    let why = format!("the metadata of {} tables", found.len());
    let context = format!(
        "{}$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse",
        scene.root(request)
    );
    let body = json!({
        "@odata.context": context,
        "EntityMetadata": found,
        "ServerVersionStamp": "1!00000000",
        "DeletedMetadata": null,
    });
    Ok(Reply::json(&body, why))
}

fn query(request: &Request, segment: &Segment) -> Result<Map<String, Json>, Refusal> {
    let bad = |text: &str| Refusal::plain(&BAD_QUERY, &[&text]);
    let alias = match segment.arguments.as_deref() {
        Some([one]) if one.name.as_deref() == Some("Query") => match &one.value {
            ArgumentValue::Alias(alias) => alias,
            ArgumentValue::Literal(_) => return Err(bad("The parameter 'Query' is not an object.")),
        },
        _ => {
            return Err(Refusal::not_understood(
                "RetrieveMetadataChanges with other parameters than `Query`",
            ));
        }
    };
    let text = request
        .options
        .aliases
        .get(alias)
        .ok_or_else(|| bad("The parameter 'Query' has no value."))?;
    serde_json::from_str(text).map_err(|error| bad(&format!("The parameter 'Query' is not JSON: {error}.")))
}

/// The names under `Properties.PropertyNames`; `None` asks for all.
fn properties(query: &Map<String, Json>) -> Option<Vec<String>> {
    let names = query.get("Properties")?.get("PropertyNames")?.as_array()?;
    Some(
        names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
    )
}

/// Keeps the wanted properties, the key and the type; names a type does not have are passed over.
fn chosen(json: Json, wanted: &Option<Vec<String>>) -> Map<String, Json> {
    let Json::Object(mut all) = json else {
        return Map::new();
    };
    if let Some(wanted) = wanted {
        let always = ["MetadataId", "LogicalName", "@odata.type"];
        all.retain(|name, _| always.contains(&name.as_str()) || wanted.contains(name));
    }
    all.insert("HasChanged".to_owned(), Json::Null);
    all
}

/// Whether every condition holds.
fn fits(query: &Map<String, Json>, json: &Json) -> Result<bool, Refusal> {
    let Some(criteria) = query.get("Criteria").filter(|criteria| !criteria.is_null()) else {
        return Ok(true);
    };
    let conditions = criteria.get("Conditions").and_then(Json::as_array);
    let is_or = criteria
        .get("FilterOperator")
        .is_some_and(|operator| operator != "And");
    if is_or
        || criteria
            .get("Filters")
            .and_then(Json::as_array)
            .is_some_and(|filters| !filters.is_empty())
    {
        return Err(Refusal::not_understood(
            "nested or alternative criteria in a metadata query",
        ));
    }
    for condition in conditions.into_iter().flatten() {
        let name = condition
            .get("PropertyName")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let value = condition
            .get("Value")
            .and_then(|value| value.get("Value").or(Some(value)));
        let same = value.is_some() && json.get(name) == value;
        match condition.get("ConditionOperator").and_then(Json::as_str) {
            Some("Equals") if same => {}
            Some("Equals") => return Ok(false),
            Some("NotEquals") if !same => {}
            Some("NotEquals") => return Ok(false),
            other => {
                let name = other.unwrap_or("none");
                return Err(Refusal::not_understood(format!(
                    "the operator `{name}` in a metadata query"
                )));
            }
        }
    }
    Ok(true)
}

fn attributes(table: &'static Table, query: &Map<String, Json>) -> Result<Vec<Json>, Refusal> {
    let wanted = properties(query);
    let mut found = Vec::new();
    for (number, column) in table.columns.iter().enumerate() {
        let mut json = build::attribute(table, column, number);
        if let (Some(set), Some(all)) = (build::option_set(table, column), json.as_object_mut()) {
            all.insert("OptionSet".to_owned(), set);
        }
        if fits(query, &json)? {
            found.push(Json::Object(chosen(json, &wanted)));
        }
    }
    Ok(found)
}
