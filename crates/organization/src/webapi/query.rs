//! Choosing, ordering and paging rows, and writing them as JSON.

use serde_json::{Map, Value as Json};
use wire::{
    dataverse::BAD_QUERY,
    odata::{
        Case, FORMATTED_VALUE, Kind, LOOKUP_LOGICAL_NAME, NAVIGATION_PROPERTY, Prefer, Value,
        filter::{Row as Filtered, Shape},
        options::{Expand, Options},
    },
};

use crate::{
    access::Caller,
    model::Depth,
    protection::thousands,
    refusal::Refusal,
    schema::{Column, Holds, Row, Table},
    view::Org,
};

/// A table as conditions see it.
pub(crate) struct Columns(pub(crate) &'static Table);

impl Shape for Columns {
    fn name(&self) -> String {
        self.0.type_name()
    }

    fn kind(&self, property: &str) -> Option<Kind> {
        match property.split_once('/') {
            None => self.0.property(property).map(Column::kind),
            Some((navigation, rest)) => self
                .0
                .single(navigation)
                .and_then(|(_, table)| Self(table).kind(rest)),
        }
    }

    fn members(&self, collection: &str) -> Option<Box<dyn Shape + '_>> {
        self.0
            .collection(collection)
            .map(|(_, table)| Box::new(Self(table)) as Box<dyn Shape>)
    }
}

/// A row as conditions see it.
pub(crate) struct Seen<'a> {
    pub(crate) org: &'a Org,
    pub(crate) table: &'static Table,
    pub(crate) row: Row<'a>,
}

impl Filtered for Seen<'_> {
    fn value(&self, property: &str) -> Value<'_> {
        match property.split_once('/') {
            None => self
                .table
                .property(property)
                .map_or(Value::Null, |column| column.value(self.row)),
            Some((navigation, rest)) => {
                let Some((column, table)) = self.table.single(navigation) else {
                    return Value::Null;
                };
                let Some(row) = self.row.follow(self.org, column) else {
                    return Value::Null;
                };
                value_at(self.org, table, row, rest)
            }
        }
    }

    fn members(&self, collection: &str) -> Vec<Box<dyn Filtered + '_>> {
        let Some((relationship, table)) = self.table.collection(collection) else {
            return Vec::new();
        };
        let rows = self.row.members(self.org, relationship).into_iter();
        rows.map(|row| {
            Box::new(Self {
                org: self.org,
                table,
                row,
            }) as Box<dyn Filtered>
        })
        .collect()
    }
}

fn value_at<'a>(org: &'a Org, table: &'static Table, row: Row<'a>, property: &str) -> Value<'a> {
    match property.split_once('/') {
        None => table
            .property(property)
            .map_or(Value::Null, |column| column.value(row)),
        Some((navigation, rest)) => {
            let next = table
                .single(navigation)
                .and_then(|(column, table)| Some((table, row.follow(org, column)?)));
            next.map_or(Value::Null, |(table, row)| value_at(org, table, row, rest))
        }
    }
}

/// The refusal of a property a type does not have.
pub(crate) fn no_property(property: &str, of: &str) -> Refusal {
    let text = format!("Could not find a property named '{property}' on type '{of}'.");
    Refusal::plain(&BAD_QUERY, &[&text])
}

/// The columns `$select` names, or all; the key is always among them.
pub(crate) fn selected(table: &'static Table, select: &[String]) -> Result<Vec<&'static Column>, Refusal> {
    if select.is_empty() {
        return Ok(table.columns.iter().collect());
    }
    let mut columns = Vec::with_capacity(select.len() + 1);
    for name in select {
        let column = table.property(name).ok_or_else(|| match table.single(name) {
            Some(_) => Refusal::not_understood(format!("the navigation property `{name}` in $select")),
            None => no_property(name, &table.type_name()),
        })?;
        columns.push(column);
    }
    if !columns.iter().any(|column| column.logical == table.id) {
        columns.extend(table.column(table.id));
    }
    Ok(columns)
}

/// Rows within the caller's reach (facts/organization.md 5.1: record-level access).
pub(crate) fn within_reach<'a>(caller: &Caller<'a>, depth: Depth, rows: Vec<Row<'a>>) -> Vec<Row<'a>> {
    rows.into_iter()
        .filter(|row| is_within_reach(caller, depth, *row))
        .collect()
}

/// Whether one row is within the caller's reach.
pub(crate) fn is_within_reach(caller: &Caller<'_>, depth: Depth, row: Row<'_>) -> bool {
    match row {
        Row::User(user) => caller.reaches(depth, user.unit, Some(user.id)),
        Row::Role(role) => caller.reaches(depth, Some(role.unit), None),
        Row::Unit(unit) => caller.reaches(depth, Some(unit.id), None),
        Row::Organization(_) | Row::Privilege(_) => true,
    }
}

/// Filters and orders.
///
/// # Errors
/// A property that is not there, or a comparison that makes no sense.
pub(crate) fn choose<'a>(
    org: &'a Org,
    table: &'static Table,
    mut rows: Vec<Row<'a>>,
    options: &Options,
) -> Result<Vec<Row<'a>>, Refusal> {
    if let Some(filter) = &options.filter {
        filter.check(&Columns(table))?;
        rows.retain(|row| {
            filter.holds(
                &Seen {
                    org,
                    table,
                    row: *row,
                },
                Case::Ignored,
            )
        });
    }
    let mut keys = Vec::with_capacity(options.order.len());
    for key in &options.order {
        if key.property.contains('/') {
            return Err(Refusal::not_understood("ordering by a column of another table"));
        }
        let column = table.property(&key.property);
        keys.push((
            column.ok_or_else(|| no_property(&key.property, &table.type_name()))?,
            key.descending,
        ));
    }
    rows.sort_by(|a, b| {
        let orders = keys.iter().map(|(column, descending)| {
            let order = column.value(*a).sort_order(&column.value(*b));
            if *descending { order.reverse() } else { order }
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    Ok(rows)
}

/// How rows are written.
pub(crate) struct Writer<'a> {
    pub(crate) caller: Caller<'a>,
    pub(crate) prefer: &'a Prefer,
}

impl<'a> Writer<'a> {
    /// One row with its chosen columns, annotations and expansions.
    ///
    /// # Errors
    /// What `$expand` names may be unknown or not readable.
    pub(crate) fn row(
        &self,
        table: &'static Table,
        columns: &[&'static Column],
        expand: &[Expand],
        row: Row<'a>,
    ) -> Result<Map<String, Json>, Refusal> {
        let mut out = Map::new();
        out.insert("@odata.etag".to_owned(), row.etag().into());
        for column in columns {
            let value = column.value(row);
            let property = column.property();
            self.annotate(&mut out, column, &property, &value, row);
            out.insert(property, value.json());
        }
        for expansion in expand {
            self.expand(&mut out, table, expansion, row)?;
        }
        Ok(out)
    }

    fn annotate(
        &self,
        out: &mut Map<String, Json>,
        column: &Column,
        property: &str,
        value: &Value<'_>,
        row: Row<'a>,
    ) {
        if self.prefer.annotations.is_none() || *value == Value::Null {
            return;
        }
        let mut put = |annotation: &str, text: String| {
            if self.prefer.wants(annotation) {
                out.insert(format!("{property}@{annotation}"), text.into());
            }
        };
        if let Some(text) = self.formatted(column, value, row) {
            put(FORMATTED_VALUE, text);
        }
        if let Holds::Lookup(target, navigation) = column.holds {
            put(LOOKUP_LOGICAL_NAME, target.to_owned());
            navigation
                .into_iter()
                .for_each(|name| put(NAVIGATION_PROPERTY, name.to_owned()));
        }
    }

    /// What people read in place of a value.
    fn formatted(&self, column: &Column, value: &Value<'_>, row: Row<'a>) -> Option<String> {
        match (column.holds, value) {
            (Holds::Picklist(options), Value::Int(n)) => options
                .iter()
                .find(|(number, _)| i64::from(*number) == *n)
                .map(|(_, label)| (*label).to_owned()),
            (Holds::Bool(labels), Value::Bool(on)) => Some(labels[usize::from(*on)].to_owned()),
            (Holds::Lookup(..), _) => row.follow(self.caller.org, column).map(Row::title),
            (Holds::Int | Holds::BigInt, Value::Int(n)) => {
                let sign = if *n < 0 { "-" } else { "" };
                Some(format!("{sign}{}", thousands(n.unsigned_abs())))
            }
            (Holds::Time, Value::Time(moment)) => Some(american(&moment.rfc3339_seconds())),
            _ => None,
        }
    }

    fn expand(
        &self,
        out: &mut Map<String, Json>,
        table: &'static Table,
        expansion: &Expand,
        row: Row<'a>,
    ) -> Result<(), Refusal> {
        let (name, options) = (&expansion.property, &expansion.options);
        let org = self.caller.org;
        if options.count || options.page.is_some() || options.sql.is_some() || options.fetch_xml.is_some() {
            return Err(Refusal::not_understood("paging or counting inside $expand"));
        }
        if let Some((column, target)) = table.single(name) {
            let depth = self.caller.require(target.read, target.guarded())?;
            let columns = selected(target, &options.select)?;
            if options.filter.is_some() || options.top.is_some() || !options.order.is_empty() {
                return Err(Refusal::not_understood(
                    "filtering a single-valued navigation property in $expand",
                ));
            }
            let found = row
                .follow(org, column)
                .filter(|row| is_within_reach(&self.caller, depth, *row));
            let written = found
                .map(|row| self.row(target, &columns, &options.expand, row))
                .transpose()?;
            out.insert(name.clone(), written.map_or(Json::Null, Json::Object));
            return Ok(());
        }
        let Some((relationship, target)) = table.collection(name) else {
            return Err(no_property(name, &table.type_name()));
        };
        let depth = self.caller.require(target.read, target.guarded())?;
        let columns = selected(target, &options.select)?;
        let rows = within_reach(&self.caller, depth, row.members(org, relationship));
        let mut rows = choose(org, target, rows, options)?;
        rows.truncate(options.top.unwrap_or(usize::MAX));
        let written = rows
            .into_iter()
            .map(|row| Ok(self.row(target, &columns, &options.expand, row)?.into()));
        out.insert(
            name.clone(),
            Json::Array(written.collect::<Result<_, Refusal>>()?),
        );
        Ok(())
    }
}

/// `2024-05-01T10:20:30Z` as `5/1/2024 10:20 AM`.
fn american(moment: &str) -> String {
    let number = |range: std::ops::Range<usize>| {
        moment
            .get(range)
            .and_then(|text| text.parse::<u32>().ok())
            .unwrap_or(0)
    };
    let (year, month, day, hour, minute) = (
        number(0..4),
        number(5..7),
        number(8..10),
        number(11..13),
        number(14..16),
    );
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{month}/{day}/{year} {hour}:{minute:02} {half}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_read_them() {
        assert_eq!(american("2024-05-01T10:20:30Z"), "5/1/2024 10:20 AM");
        assert_eq!(american("2024-12-31T00:05:00Z"), "12/31/2024 12:05 AM");
        assert_eq!(american("2024-12-31T12:05:00Z"), "12/31/2024 12:05 PM");
    }
}
