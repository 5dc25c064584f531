//! Bodies of writes: which properties they set, checked against the table.

use serde_json::{Map, Value as Json};
use types::{Timestamp, Uuid};
use wire::{
    Call,
    dataverse::{BAD_PAYLOAD, BAD_QUERY},
    odata::Kind,
};

use super::Request;
use crate::{
    refusal::Refusal,
    schema::{Column, Table, Write, table_of_set},
};

/// One property that is to be set.
pub(super) struct Setting {
    /// The column.
    pub(super) column: &'static Column,
    /// Its new value; for a lookup, the id of the row it leads to.
    pub(super) value: Json,
}

/// A refusal of the body, with the inner sentence of the real service.
/// `set` is where it goes; actions have none.
pub(super) fn bad(set: &str, inner: &str) -> Refusal {
    Refusal::plain(
        &BAD_PAYLOAD,
        &[&set, &format!("Microsoft.OData.ODataException: {inner}")],
    )
}

/// A property that the type does not have.
pub(super) fn undeclared(set: &str, property: &str, of: &str) -> Refusal {
    bad(
        set,
        &format!(
            "The property '{property}' does not exist on type '{of}'. Make sure to only use property names that are defined by the type."
        ),
    )
}

/// A value that is none of the type.
pub(super) fn inconvertible(set: &str, value: &Json, to: &str) -> Refusal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    bad(
        set,
        &format!("Cannot convert the literal '{text}' to the expected type '{to}'."),
    )
}

/// Reads the body as an object.
pub(super) fn object(call: &Call, table: &Table) -> Result<Map<String, Json>, Refusal> {
    match serde_json::from_slice(&call.body) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(bad(table.set, "A node of type 'StartObject' was expected.")),
        Err(error) => Err(bad(table.set, &format!("The body is not JSON: {error}."))),
    }
}

/// What the body sets. `ids` are the rows that earlier parts of a change set made.
///
/// # Errors
/// Unknown or misfitting properties; columns that are not written here are not understood.
pub(super) fn settings(
    call: &Call,
    table: &'static Table,
    when: Write,
    ids: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Setting>, Refusal> {
    let mut found = Vec::new();
    for (name, value) in object(call, table)? {
        if let Some(navigation) = name.strip_suffix("@odata.bind") {
            let (column, target) = table.single(navigation).ok_or_else(|| {
                bad(table.set, &format!("An undeclared property '{navigation}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."))
            })?;
            let address = value
                .as_str()
                .ok_or_else(|| bad(table.set, "The value of '@odata.bind' is not a text."))?;
            let id = reference(address, target, ids)?;
            found.push(Setting {
                column: writable(table, column, when)?,
                value: id.to_string().into(),
            });
        } else if !name.contains('@') {
            let column = table.property(&name);
            let column = column.ok_or_else(|| undeclared(table.set, &name, &table.type_name()))?;
            check(table, column, &value)?;
            found.push(Setting {
                column: writable(table, column, when)?,
                value,
            });
        }
    }
    Ok(found)
}

fn writable(table: &Table, column: &'static Column, when: Write) -> Result<&'static Column, Refusal> {
    let may = match column.write {
        Write::Always => true,
        Write::Create => when == Write::Create,
        Write::Never => false,
    };
    if may {
        return Ok(column);
    }
    // The real service silently ignores some of these and refuses others; which, is unverified.
    Err(Refusal::not_understood(format!(
        "setting the column `{}.{}` this way",
        table.logical, column.logical
    )))
}

fn check(table: &Table, column: &Column, value: &Json) -> Result<(), Refusal> {
    let fits = match (column.kind(), value) {
        (_, Json::Null) | (Kind::Text, Json::String(_)) | (Kind::Bool, Json::Bool(_)) => true,
        (Kind::Int32, Json::Number(n)) => n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        (Kind::Int64, Json::Number(n)) => n.is_i64(),
        (Kind::Guid, Json::String(text)) => Uuid::try_parse(text).is_ok(),
        (Kind::Time, Json::String(text)) => Timestamp::parse_rfc3339(text).is_some(),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(inconvertible(table.set, value, column.kind().edm()))
}

/// The id behind `/businessunits(<id>)`, an absolute address, or `$1`.
///
/// # Errors
/// It leads to another table, or is no address.
pub(super) fn reference(
    address: &str,
    target: &Table,
    ids: &dyn Fn(&str) -> Option<String>,
) -> Result<Uuid, Refusal> {
    let resolved = match address.strip_prefix('$') {
        Some(content_id) => ids(content_id).ok_or_else(|| no_reference(address))?,
        None => address.to_owned(),
    };
    let last = resolved.rsplit('/').next().unwrap_or_default();
    let parts = last.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match parts.map(|(set, id)| (table_of_set(set), Uuid::try_parse(id))) {
        Some((Some(found), Ok(id))) if found.logical == target.logical => Ok(id),
        _ => Err(bad(
            target.set,
            &format!(
                "The address '{address}' is not one of the entity set '{}'.",
                target.set
            ),
        )),
    }
}

/// `$1` before there is one (powerapps-docs, execute batch operations).
pub(crate) fn no_reference(reference: &str) -> Refusal {
    let text = format!("Content-ID Reference: '{reference}' does not exist in the batch context.");
    Refusal::plain(&BAD_QUERY, &[&text])
}

/// Whether `If-Match` and `If-None-Match` let a write happen to a row with this ETag.
///
/// # Errors
/// 412.
pub(super) fn conditions(call: &Call, etag: &str) -> Result<(), Refusal> {
    use wire::dataverse::{DUPLICATE_RECORD, VERSION_MISMATCH};
    if let Some(wanted) = call.header("if-match")
        && wanted != "*"
        && !wanted.split(',').any(|known| known.trim() == etag)
    {
        let why = format!("If-Match says {wanted} and the record is at {etag}");
        return Err(Refusal::of(&VERSION_MISMATCH, &[], why));
    }
    if call.header("if-none-match") == Some("*") {
        return Err(Refusal::of(
            &DUPLICATE_RECORD,
            &[],
            "If-None-Match: * and the record exists",
        ));
    }
    Ok(())
}

/// The single-property form of a request's path: `systemusers(<id>)/isdisabled`.
pub(super) fn single_property(request: &Request) -> Option<&str> {
    match request.path.as_slice() {
        [_, property] if property.arguments.is_none() => Some(&property.name),
        _ => None,
    }
}
