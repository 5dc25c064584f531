//! The two older ways to ask for rows, `sql` and `fetchXml`, in the shapes the client libraries' users send.
//!
//! Both name columns by their logical names and write every value as text; here they become the options of an
//! ordinary list.

use serde_json::Value as Json;
use types::{Timestamp, Uuid};
use wire::{
    dataverse::{BAD_QUERY, NO_ENTITY},
    odata::{
        Kind, Literal,
        fetch::{self, paging_cookie},
        filter::Filter,
        options::Options,
        sql,
    },
};

use super::{Reply, Request, Scene, rows};
use crate::{
    refusal::Refusal,
    schema::{Row, Table},
};

const MORE: &str = "Microsoft.Dynamics.CRM.morerecords";
const COOKIE: &str = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie";

/// A list by `sql`.
pub(super) fn by_sql<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    found: Vec<Row<'a>>,
    statement: &str,
) -> Result<Reply, Refusal> {
    let select = sql::read(statement)?;
    check_table(&select.table, table)?;
    let options = adapt(select.options, table)?;
    let (body, count) = rows::page(scene, request, table, found, &options, None)?;
    let mut reply = Reply::json(
        &Json::Object(body),
        format!("{count} rows of {} by sql", table.logical),
    );
    reply.applied = request.prefer.applied(false, false);
    Ok(reply)
}

/// A list by `fetchXml`; whether there is more stands in annotations, where they are wanted.
pub(super) fn by_fetch<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    found: Vec<Row<'a>>,
    query: &str,
) -> Result<Reply, Refusal> {
    let fetch = fetch::read(query)?;
    check_table(&fetch.table, table)?;
    let mut options = adapt(fetch.options, table)?;
    options.page = Some(fetch.page);
    let size = request.prefer.max_page_size.map(|size| size as usize);
    let (mut body, count) = rows::page(scene, request, table, found, &options, fetch.count.or(size))?;
    let more = body.remove("@odata.nextLink").is_some();
    if request.prefer.wants(MORE) {
        body.insert(format!("@{MORE}"), more.into());
    }
    let ids = || {
        body.get("value")?
            .as_array()
            .map(|rows| (rows.first().cloned(), rows.last().cloned()))
    };
    if let (true, true, Some((Some(first), Some(last)))) = (more, request.prefer.wants(COOKIE), ids()) {
        let id = |row: &Json| {
            row.get(table.id)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_uppercase()
        };
        let cookie = paging_cookie(fetch.page, table.id, &id(&first), &id(&last));
        body.insert(format!("@{COOKIE}"), cookie.into());
    }
    let mut reply = Reply::json(
        &Json::Object(body),
        format!("{count} rows of {} by fetchXml", table.logical),
    );
    reply.applied = request.prefer.applied(false, false);
    Ok(reply)
}

fn check_table(named: &str, table: &Table) -> Result<(), Refusal> {
    if named == table.logical {
        return Ok(());
    }
    match crate::schema::table(named) {
        None => Err(Refusal::plain(&NO_ENTITY, &[&named])),
        Some(_) => {
            let text = format!(
                "The query asks for '{named}' and the address is of '{}'.",
                table.set
            );
            Err(Refusal::plain(&BAD_QUERY, &[&text]))
        }
    }
}

/// From logical names and texts to properties and typed values.
fn adapt(mut options: Options, table: &'static Table) -> Result<Options, Refusal> {
    for name in &mut options.select {
        *name = property(name, table)?.0;
    }
    for key in &mut options.order {
        key.property = property(&key.property, table)?.0;
    }
    if let Some(filter) = &mut options.filter {
        typed(filter, table)?;
    }
    Ok(options)
}

fn property(logical: &str, table: &'static Table) -> Result<(String, Kind), Refusal> {
    let column = table.column(logical).ok_or_else(|| {
        let text = format!(
            "'{}' entity doesn't contain attribute with Name = '{logical}'.",
            table.logical
        );
        Refusal::plain(&BAD_QUERY, &[&text])
    })?;
    Ok((column.property(), column.kind()))
}

fn typed(filter: &mut Filter, table: &'static Table) -> Result<(), Refusal> {
    match filter {
        Filter::Or(a, b) | Filter::And(a, b) => typed(a, table).and_then(|()| typed(b, table)),
        Filter::Not(inner) => typed(inner, table),
        Filter::Compare(name, _, literal) => {
            let (property, kind) = property(name, table)?;
            *name = property;
            if let Some(better) = as_kind(literal, kind) {
                *literal = better;
            }
            Ok(())
        }
        Filter::Search(_, name, _) | Filter::Switch(name) => {
            *name = property(name, table)?.0;
            Ok(())
        }
        Filter::Lambda { collection, .. } => {
            Err(Refusal::not_understood(format!("the collection `{collection}`")))
        }
    }
}

/// The value a text or number stands for; what does not fit stays and is refused by its type later.
fn as_kind(literal: &Literal, kind: Kind) -> Option<Literal> {
    match (kind, literal) {
        (Kind::Guid, Literal::Text(text)) => Uuid::try_parse(text.trim_matches(['{', '}']))
            .ok()
            .map(Literal::Guid),
        (Kind::Int32 | Kind::Int64, Literal::Text(text)) => text.parse().ok().map(Literal::Int),
        (Kind::Bool, Literal::Int(number @ (0 | 1))) => Some(Literal::Bool(*number == 1)),
        (Kind::Bool, Literal::Text(text)) => match text.as_str() {
            "1" | "true" => Some(Literal::Bool(true)),
            "0" | "false" => Some(Literal::Bool(false)),
            _ => None,
        },
        (Kind::Time, Literal::Text(text)) => {
            let moment = Timestamp::parse_rfc3339(text);
            let day = || Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
            moment.or_else(day).map(Literal::Time)
        }
        _ => None,
    }
}
