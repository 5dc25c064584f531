//! Reading rows: lists, one by key, along navigation properties, single columns, counts and links.

use http::StatusCode;
use serde_json::{Map, Value as Json, json};
use types::Uuid;
use wire::{
    dataverse::{BAD_QUERY, OBJECT_DOES_NOT_EXIST},
    odata::{
        Kind, Literal, Value,
        options::{Options, skip_token},
        path::{Argument, ArgumentValue, Segment},
    },
};

use super::{
    Reply, Request, Scene, classic, grants, no_segment,
    query::{Writer, choose, is_within_reach, no_property, selected, within_reach},
};
use crate::{
    refusal::Refusal,
    schema::{Row, Table},
};

/// The most rows on one page (facts/organization.md 3.3 names the preference; 5,000 is the documented most).
const PAGE: usize = 5000;

/// Answers anything below an entity set.
pub(super) fn read(scene: &Scene<'_>, request: &Request, table: &'static Table) -> Result<Reply, Refusal> {
    let depth = scene.caller.require(table.read, table.guarded())?;
    let org = scene.caller.org;
    let (first, rest) = request.path.split_first().ok_or_else(|| no_segment(table.set))?;
    let Some(arguments) = &first.arguments else {
        let rows = within_reach(&scene.caller, depth, org.rows(table));
        let (sql, fetch) = (&request.options.sql, &request.options.fetch_xml);
        return match (rest, sql, fetch) {
            ([], Some(statement), None) => classic::by_sql(scene, request, table, rows, statement),
            ([], None, Some(query)) => classic::by_fetch(scene, request, table, rows, query),
            (_, None, None) => set(scene, request, table, rows, rest),
            _ => Err(Refusal::not_understood("`sql` and `fetchXml` in this place")),
        };
    };
    let row = by_key(scene, table, first, arguments)?;
    let row = Some(row).filter(|row| is_within_reach(&scene.caller, depth, *row));
    let row = row.ok_or_else(|| missing(table, &first.id().unwrap_or_default()))?;
    match rest {
        [] => one(scene, request, table, row),
        [next, rest @ ..] => below(scene, request, table, row, next, rest),
    }
}

/// A whole table, or how many rows it has.
fn set<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    rows: Vec<Row<'a>>,
    rest: &[Segment],
) -> Result<Reply, Refusal> {
    match rest {
        [] => list(scene, request, table, rows),
        [last] if last.name == "$count" => count(scene, request, table, rows),
        [other, ..] => Err(action(other)),
    }
}

fn action(segment: &Segment) -> Refusal {
    if segment.name.contains('.') {
        Refusal::not_understood(format!("the bound operation `{}`", segment.name))
    } else {
        no_segment(&segment.name)
    }
}

pub(super) fn missing(table: &Table, id: &Uuid) -> Refusal {
    Refusal::plain(&OBJECT_DOES_NOT_EXIST, &[&table.schema, id])
}

/// By primary key, or a user by its account or application (alternate keys recalled).
fn by_key<'a>(
    scene: &Scene<'a>,
    table: &'static Table,
    segment: &Segment,
    arguments: &[Argument],
) -> Result<Row<'a>, Refusal> {
    let org = scene.caller.org;
    if let Some(id) = segment.id() {
        return org.row(table, id).ok_or_else(|| missing(table, &id));
    }
    match arguments {
        [
            Argument {
                name: Some(name),
                value: ArgumentValue::Literal(Literal::Guid(id)),
            },
        ] => {
            let found = match (table.logical, name.as_str()) {
                (_, key) if key == table.id => org.row(table, *id),
                ("systemuser", "azureactivedirectoryobjectid") => org.user_of((*id).into()).map(Row::User),
                ("systemuser", "applicationid") => org.application_user((*id).into()).map(Row::User),
                _ => return Err(Refusal::not_understood(format!("the alternate key `{name}`"))),
            };
            found.ok_or_else(|| missing(table, id))
        }
        _ => {
            let text = format!(
                "Bad Request - Error in query syntax: the key of '{}' is a GUID.",
                table.set
            );
            Err(Refusal::plain(&BAD_QUERY, &[&text]))
        }
    }
}

fn list<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    rows: Vec<Row<'a>>,
) -> Result<Reply, Refusal> {
    let options = &request.options;
    let size = request.prefer.max_page_size.map(|size| size as usize);
    let (body, count) = page(scene, request, table, rows, options, size)?;
    let mut reply = Reply::json(&Json::Object(body), format!("{count} rows of {}", table.logical));
    reply.applied = request.prefer.applied(false, options.top.is_none());
    Ok(reply)
}

/// One page of a list, and how many rows are on it.
pub(super) fn page<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    rows: Vec<Row<'a>>,
    options: &Options,
    size: Option<usize>,
) -> Result<(Map<String, Json>, usize), Refusal> {
    let columns = selected(table, &options.select)?;
    let rows = choose(scene.caller.org, table, rows, options)?;
    let total = rows.len();
    let size = size.map_or(PAGE, |size| size.min(PAGE));
    let number = options.page.unwrap_or(1);
    // `$top` is an end, a page is not (facts/organization.md 4: clients send one or the other).
    let (from, until, more) = match options.top {
        Some(top) => (0, top.min(PAGE).min(total), false),
        None => {
            let from = number.saturating_sub(1).saturating_mul(size).min(total);
            let until = from.saturating_add(size).min(total);
            (from, until, until < total)
        }
    };
    let writer = Writer {
        caller: scene.caller,
        prefer: &request.prefer,
    };
    let written = rows[from..until]
        .iter()
        .map(|row| writer.row(table, &columns, &options.expand, *row));
    let value = written
        .map(|row| row.map(Json::Object))
        .collect::<Result<Vec<_>, _>>()?;
    let mut body = Map::new();
    body.insert(
        "@odata.context".into(),
        context_url(scene, request, table.set, options).into(),
    );
    if options.count {
        body.insert("@odata.count".into(), total.min(PAGE).into());
    }
    body.insert("value".into(), value.into());
    if more {
        body.insert("@odata.nextLink".into(), next_link(scene, number + 1).into());
    }
    Ok((body, until - from))
}

fn context_url(scene: &Scene<'_>, request: &Request, of: &str, options: &Options) -> String {
    let select = if options.select.is_empty() {
        String::new()
    } else {
        format!("({})", options.select.join(","))
    };
    format!("{}$metadata#{of}{select}", scene.root(request))
}

/// The same request with the next page's token.
fn next_link(scene: &Scene<'_>, page: usize) -> String {
    let kept = scene.call.query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty()
            && !name.eq_ignore_ascii_case("$skiptoken")
            && !name.eq_ignore_ascii_case("%24skiptoken")
    });
    let mut query: Vec<String> = kept.map(str::to_owned).collect();
    let token: String = form_urlencoded::byte_serialize(skip_token(page).as_bytes()).collect();
    query.push(format!("$skiptoken={token}"));
    format!("{}?{}", scene.call.url(&scene.call.path), query.join("&"))
}

fn count<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    rows: Vec<Row<'a>>,
) -> Result<Reply, Refusal> {
    let rows = choose(scene.caller.org, table, rows, &request.options)?;
    // The byte order mark that the real service sends before the number is left out (recalled).
    Ok(Reply::bytes(
        "text/plain",
        rows.len().to_string(),
        format!("the number of rows of {}", table.logical),
    ))
}

fn one<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    row: Row<'a>,
) -> Result<Reply, Refusal> {
    let options = &request.options;
    let is_list_option = options.filter.is_some() || options.top.is_some() || !options.order.is_empty();
    if is_list_option || options.count || options.page.is_some() {
        let text = "Query options $orderby, $top, $count and $filter can be applied only on collections.";
        return Err(Refusal::plain(&BAD_QUERY, &[&text]));
    }
    let etag = row.etag();
    if scene
        .call
        .header("if-none-match")
        .is_some_and(|known| known == etag)
    {
        let mut reply = Reply::nothing("the caller has this version already");
        reply.status = StatusCode::NOT_MODIFIED;
        reply.etag = Some(etag);
        return Ok(reply);
    }
    let mut reply = Reply::json(
        &entity(scene, request, table, row)?,
        format!("{} {}", table.logical, row.id()),
    );
    reply.applied = request.prefer.applied(false, false);
    reply.etag = Some(etag);
    Ok(reply)
}

/// One row with its context: what a read by key and `return=representation` answer with.
pub(super) fn entity<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    row: Row<'a>,
) -> Result<Json, Refusal> {
    let options = &request.options;
    let columns = selected(table, &options.select)?;
    let writer = Writer {
        caller: scene.caller,
        prefer: &request.prefer,
    };
    let mut body = writer.row(table, &columns, &options.expand, row)?;
    let context = context_url(scene, request, table.set, options);
    body.insert("@odata.context".into(), format!("{context}/$entity").into());
    Ok(Json::Object(body))
}

/// What lies below one row.
fn below<'a>(
    scene: &Scene<'a>,
    request: &Request,
    table: &'static Table,
    row: Row<'a>,
    next: &Segment,
    rest: &[Segment],
) -> Result<Reply, Refusal> {
    let org = scene.caller.org;
    if let (Row::User(user), "Microsoft.Dynamics.CRM.RetrieveUserPrivileges", []) =
        (row, next.name.as_str(), rest)
    {
        return Ok(grants::of_user(scene, request, user));
    }
    if let Some((relationship, target)) = table.collection(&next.name) {
        let depth = scene.caller.require(target.read, target.guarded())?;
        let rows = within_reach(&scene.caller, depth, row.members(org, relationship));
        return match (next.id(), rest) {
            (None, []) => list(scene, request, target, rows),
            (None, [last]) if last.name == "$count" => count(scene, request, target, rows),
            (None, [last]) if last.name == "$ref" => Ok(links(scene, request, target, &rows)),
            (Some(id), []) => {
                let found = rows.into_iter().find(|row| row.id() == id);
                one(scene, request, target, found.ok_or_else(|| missing(target, &id))?)
            }
            _ => Err(no_segment(&next.name)),
        };
    }
    if let Some((column, target)) = table.single(&next.name) {
        let depth = scene.caller.require(target.read, target.guarded())?;
        let found = row
            .follow(org, column)
            .filter(|row| is_within_reach(&scene.caller, depth, *row));
        let Some(found) = found else {
            return Ok(Reply::nothing(format!("{} leads nowhere", next.name)));
        };
        return match rest {
            [] => one(scene, request, target, found),
            [last] if last.name == "$ref" => {
                let context = format!("{}$metadata#$ref", scene.root(request));
                let body =
                    json!({"@odata.context": context, "@odata.id": link(scene, request, target, found)});
                Ok(Reply::json(&body, format!("the link {}", next.name)))
            }
            _ => Err(no_segment(&next.name)),
        };
    }
    property(scene, request, table, row, next, rest)
}

/// One column: as JSON, or bare with `$value`.
fn property(
    scene: &Scene<'_>,
    request: &Request,
    table: &'static Table,
    row: Row<'_>,
    next: &Segment,
    rest: &[Segment],
) -> Result<Reply, Refusal> {
    let Some(column) = table.property(&next.name) else {
        return Err(if next.name.contains('.') {
            action(next)
        } else {
            no_property(&next.name, &table.type_name())
        });
    };
    let value = column.value(row);
    let why = format!("{}.{} of {}", table.logical, column.logical, row.id());
    if value == Value::Null {
        return Ok(Reply::nothing(why));
    }
    match rest {
        [] => {
            let context = format!(
                "{}$metadata#{}({})/{}",
                scene.root(request),
                table.set,
                row.id(),
                next.name
            );
            Ok(Reply::json(
                &json!({"@odata.context": context, "value": value.json()}),
                why,
            ))
        }
        [last] if last.name == "$value" => {
            let text = match (column.kind(), value.json()) {
                (Kind::Text, Json::String(text)) => text,
                (_, Json::String(text)) => text,
                (_, other) => other.to_string(),
            };
            Ok(Reply::bytes("text/plain", text, why))
        }
        _ => Err(no_segment(&next.name)),
    }
}

fn links(scene: &Scene<'_>, request: &Request, table: &'static Table, rows: &[Row<'_>]) -> Reply {
    let context = format!("{}$metadata#Collection($ref)", scene.root(request));
    let value: Vec<_> = rows
        .iter()
        .map(|row| json!({"@odata.id": link(scene, request, table, *row)}))
        .collect();
    Reply::json(
        &json!({"@odata.context": context, "value": value}),
        format!("links to {}", table.logical),
    )
}

/// The address of a row.
pub(super) fn link(scene: &Scene<'_>, request: &Request, table: &Table, row: Row<'_>) -> String {
    format!("{}{}({})", scene.root(request), table.set, row.id())
}
