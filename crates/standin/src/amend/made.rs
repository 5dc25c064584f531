//! What an amendment changed, kept in the tenant until it is taken back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Changes, Record};

use super::{
    KIND,
    draft::{Misfit, Scene, Tables},
};

/// Members of records that stand for secrets, or say nothing to a person.
const UNSHOWN: &[&str] = &[
    "password",
    "secrets",
    "certificates",
    "lockout",
    "modified",
    "version_number",
];

/// One applied amendment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    pub(crate) amendment: String,
    pub(crate) scene: Scene,
    pub(super) rows: Vec<Row>,
    pub(super) names: BTreeMap<String, bool>,
}

/// One changed row, before and after.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl Made {
    /// Writes it, and the memory of it.
    pub(crate) fn commit(&self, changes: &mut Changes) {
        for row in &self.rows {
            put(changes, &row.kind, &row.id, row.after.as_ref());
        }
        for (name, bound) in &self.names {
            bind(changes, name, *bound);
        }
        changes.put(KIND, &self.amendment, self);
    }

    /// Takes it back: each changed member is as it was before, and what changed meanwhile besides it stays.
    pub(crate) fn undo(&self, tables: &Tables, changes: &mut Changes) -> Result<(), Misfit> {
        for row in &self.rows {
            let now = tables.row(&row.kind, &row.id);
            let now: Option<Value> = now.map(serde_json::from_str).transpose()?;
            let back = match (&row.before, &row.after, now) {
                (Some(before), Some(after), Some(mut now)) => {
                    put_back(before, after, &mut now);
                    Some(now)
                }
                (before, ..) => before.clone(),
            };
            put(changes, &row.kind, &row.id, back.as_ref());
        }
        for (name, bound) in &self.names {
            bind(changes, name, !bound);
        }
        changes.delete(KIND, &self.amendment);
        Ok(())
    }

    /// As the control API shows it: what exactly was changed.
    pub(crate) fn shown(&self) -> Value {
        let mut changed: Vec<String> = self.rows.iter().flat_map(Row::sentences).collect();
        let said = |(name, bound): (&String, &bool)| match bound {
            true => format!("the name {name} is taken"),
            false => format!("the name {name} is free"),
        };
        changed.extend(self.names.iter().map(said));
        json!({ "amendment": self.amendment, "scene": self.scene, "changed": changed })
    }
}

fn put(changes: &mut Changes, kind: &str, id: &str, body: Option<&Value>) {
    match body {
        Some(body) => changes.put_record(Record {
            kind: kind.to_owned(),
            id: id.to_owned(),
            body: body.to_string(),
        }),
        None => changes.delete(kind, id),
    };
}

fn bind(changes: &mut Changes, name: &str, bound: bool) {
    if bound {
        changes.bind(name);
    } else {
        changes.unbind(name);
    }
}

fn put_back(before: &Value, after: &Value, now: &mut Value) {
    let (Some(before), Some(after), Some(now)) = (before.as_object(), after.as_object(), now.as_object_mut())
    else {
        return;
    };
    for name in differing(before, after) {
        match before.get(&name) {
            Some(value) => now.insert(name, value.clone()),
            None => now.remove(&name),
        };
    }
}

fn differing(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| before.get(name) != after.get(name));
    names
}

impl Row {
    fn sentences(&self) -> Vec<String> {
        let what = |of: &Value| {
            let named = ["upn", "domain_name", "unique_name", "name"];
            let name = named.iter().find_map(|member| of[*member].as_str());
            format!("{} {}", self.kind, name.unwrap_or(&self.id))
        };
        let (before, after) = match (&self.before, &self.after) {
            (Some(before), Some(after)) => (before, after),
            (Some(before), None) => return vec![format!("{}: removed", what(before))],
            (None, Some(after)) => return vec![format!("{}: made", what(after))],
            (None, None) => return Vec::new(),
        };
        let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
            return vec![format!("{}: changed", what(before))];
        };
        let none = Value::Null;
        let sentence = |name: String| match UNSHOWN.contains(&name.as_str()) {
            true => format!("{}: {name} changed", what(before)),
            false => {
                let value = |of: &Map<String, Value>| of.get(&name).unwrap_or(&none).to_string();
                format!("{}: {name} {} -> {}", what(before), value(old), value(new))
            }
        };
        differing(old, new).into_iter().map(sentence).collect()
    }
}
