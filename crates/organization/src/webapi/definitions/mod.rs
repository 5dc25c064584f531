//! `EntityDefinitions` and `RelationshipDefinitions`: what connectors and the official SDK ask first
//! (facts/organization.md 4.1 and 4.2).

mod build;
pub(super) mod changes;
pub(super) mod types;

use serde_json::{Map, Value as Json};
use types::{ATTRIBUTE, CASTS, ENTITY, KEY, MANY_TO_MANY, ONE_TO_MANY, Piece, RELATIONSHIP, Typed};
use wire::{
    dataverse::{BAD_QUERY, NO_ATTRIBUTE, NO_ENTITY},
    odata::{
        Case,
        filter::Shape as _,
        options::{Expand, Options},
        path::Segment,
    },
};

use super::{Reply, Request, Scene, no_segment, query::no_property};
use crate::{
    access::Guarded,
    privileges::READ_ENTITY,
    refusal::Refusal,
    schema::{Column, RELATIONSHIPS, TABLES, Table, table},
};

/// The table of tables, in refusals (its object type code is recalled).
const ENTITIES: Guarded = Guarded {
    code: 9800,
    table: "entity",
};

/// Several pieces of metadata of one type, or one.
struct Found {
    typed: Typed,
    /// With the column each belongs to, where they are columns.
    pieces: Vec<(Json, Option<(&'static Table, &'static Column)>)>,
    /// Whether it was asked for by key.
    single: bool,
    /// What stands in the context.
    context: String,
}

/// Answers anything below `EntityDefinitions` and `RelationshipDefinitions`.
pub(super) fn read(scene: &Scene<'_>, request: &Request) -> Result<Reply, Refusal> {
    scene.caller.require(&READ_ENTITY, ENTITIES)?;
    let (first, rest) = request.path.split_first().ok_or_else(|| no_segment(""))?;
    let found = match first.name.as_str() {
        "RelationshipDefinitions" => relationships(first, rest)?,
        _ => entities(first, rest)?,
    };
    answer(scene, request, found)
}

fn entities(first: &Segment, rest: &[Segment]) -> Result<Found, Refusal> {
    let typed = Typed {
        meta: &ENTITY,
        cast: None,
    };
    let context = "EntityDefinitions".to_owned();
    let Some(arguments) = &first.arguments else {
        let pieces = TABLES.iter().map(|table| (build::entity(table), None)).collect();
        return if rest.is_empty() {
            Ok(Found {
                typed,
                pieces,
                single: false,
                context,
            })
        } else {
            Err(no_segment(&rest[0].name))
        };
    };
    let named = || {
        first
            .named_text()
            .filter(|(key, _)| *key == "LogicalName")
            .map(|(_, name)| name)
    };
    let found = match (first.id(), named()) {
        (Some(id), _) => TABLES
            .iter()
            .find(|table| table.metadata_id() == id)
            .ok_or(id.to_string()),
        (None, Some(name)) => table(name).ok_or(name.to_owned()),
        (None, None) => {
            let text = format!(
                "Bad Request - Error in query syntax: {} keys are not a key.",
                arguments.len()
            );
            return Err(Refusal::plain(&BAD_QUERY, &[&text]));
        }
    };
    let table = found.map_err(|name| Refusal::plain(&NO_ENTITY, &[&name]))?;
    match rest {
        [] => Ok(Found {
            typed,
            pieces: vec![(build::entity(table), None)],
            single: true,
            context,
        }),
        [next, rest @ ..] => below(table, next, rest),
    }
}

fn below(table: &'static Table, next: &Segment, rest: &[Segment]) -> Result<Found, Refusal> {
    let context = format!("EntityDefinitions('{}')/{}", table.logical, next.name);
    match (next.name.as_str(), rest) {
        ("Attributes", _) => attributes(table, next, rest, context),
        ("Keys", []) if next.arguments.is_none() => {
            let typed = Typed {
                meta: &KEY,
                cast: None,
            };
            Ok(Found {
                typed,
                pieces: Vec::new(),
                single: false,
                context,
            })
        }
        (
            collection @ ("OneToManyRelationships" | "ManyToOneRelationships" | "ManyToManyRelationships"),
            [],
        ) => {
            let meta = if collection == "ManyToManyRelationships" {
                &MANY_TO_MANY
            } else {
                &ONE_TO_MANY
            };
            let pieces = build::relationships(table, collection)
                .into_iter()
                .map(|json| (json, None))
                .collect();
            Ok(Found {
                typed: Typed { meta, cast: None },
                pieces,
                single: false,
                context,
            })
        }
        (name, _) if !ENTITY.collections.iter().any(|(known, _)| *known == name) => {
            Err(no_property(name, &ENTITY.full_name()))
        }
        (name, _) => Err(Refusal::not_understood(format!("what lies below `{name}`"))),
    }
}

/// All columns, one by name or id, and only those of one concrete type with a cast.
fn attributes(
    table: &'static Table,
    segment: &Segment,
    rest: &[Segment],
    context: String,
) -> Result<Found, Refusal> {
    let cast = match rest {
        [] => None,
        [cast] => Some(
            concrete(&cast.name)
                .ok_or_else(|| Refusal::not_understood(format!("the type `{}` of columns", cast.name)))?,
        ),
        [_, next, ..] => return Err(Refusal::not_understood(format!("`{}` below a column", next.name))),
    };
    let typed = Typed {
        meta: &ATTRIBUTE,
        cast,
    };
    let all = table.columns.iter().enumerate();
    let wanted = all.filter(|(_, column)| cast.is_none_or(|cast| build::cast(column).0 == cast));
    let piece = |(number, column): (usize, &'static Column)| {
        (build::attribute(table, column, number), Some((table, column)))
    };
    if segment.arguments.is_none() {
        return Ok(Found {
            typed,
            pieces: wanted.map(piece).collect(),
            single: false,
            context,
        });
    }
    let named = segment
        .named_text()
        .filter(|(key, _)| *key == "LogicalName")
        .map(|(_, name)| name);
    let key = segment.id();
    let found = wanted.into_iter().find(|(_, column)| {
        named.is_some_and(|name| name == column.logical)
            || key.is_some_and(|id| column.metadata_id(table) == id)
    });
    let asked = named
        .map(str::to_owned)
        .or_else(|| key.map(|id| id.to_string()))
        .unwrap_or_default();
    let found = found.ok_or_else(|| {
        // The service says 404 for a column that is not there; the Python client relies on it.
        let refusal = Refusal::plain(&NO_ATTRIBUTE, &[&asked, &table.logical]);
        if asked.is_empty() {
            Refusal::plain(&BAD_QUERY, &[&"The key of a column is its LogicalName."])
        } else {
            refusal
        }
    })?;
    Ok(Found {
        typed,
        pieces: vec![piece(found)],
        single: true,
        context,
    })
}

/// The concrete type a cast names, with or without namespace.
fn concrete(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("Microsoft.Dynamics.CRM.")?;
    CASTS.iter().map(|(known, _)| *known).find(|known| *known == name)
}

fn relationships(first: &Segment, rest: &[Segment]) -> Result<Found, Refusal> {
    let typed = match rest {
        [] => Typed {
            meta: &RELATIONSHIP,
            cast: None,
        },
        [cast] if cast.name == ONE_TO_MANY.full_name() => Typed {
            meta: &ONE_TO_MANY,
            cast: None,
        },
        [cast] if cast.name == MANY_TO_MANY.full_name() => Typed {
            meta: &MANY_TO_MANY,
            cast: None,
        },
        [next, ..] => {
            return Err(Refusal::not_understood(format!(
                "`{}` below a relationship",
                next.name
            )));
        }
    };
    let context = "RelationshipDefinitions".to_owned();
    let all = RELATIONSHIPS.iter().map(build::relationship).filter(|json| {
        let own = json["@odata.type"].as_str().unwrap_or_default();
        std::ptr::eq(typed.meta, &raw const RELATIONSHIP)
            || own.trim_start_matches('#') == typed.meta.full_name()
    });
    if first.arguments.is_none() {
        let pieces = all.map(|json| (json, None)).collect();
        return Ok(Found {
            typed,
            pieces,
            single: false,
            context,
        });
    }
    let named = first
        .named_text()
        .filter(|(key, _)| *key == "SchemaName")
        .map(|(_, name)| name.to_owned());
    let key = first.id().map(|id| id.to_string());
    let found = all.into_iter().find(|json| {
        named.as_deref().is_some_and(|name| json["SchemaName"] == name)
            || key.as_deref().is_some_and(|id| json["MetadataId"] == id)
    });
    match found {
        Some(json) => Ok(Found {
            typed,
            pieces: vec![(json, None)],
            single: true,
            context,
        }),
        None => Err(Refusal::plain(&NO_ENTITY, &[&named.or(key).unwrap_or_default()])),
    }
}

fn answer(scene: &Scene<'_>, request: &Request, mut found: Found) -> Result<Reply, Refusal> {
    let options = &request.options;
    refuse_options(options)?;
    if let Some(filter) = &options.filter {
        filter.check(&found.typed)?;
        found.pieces.retain(|(json, _)| {
            filter.holds(
                &Piece {
                    typed: found.typed,
                    json,
                },
                Case::Matters,
            )
        });
    }
    let mut value = Vec::with_capacity(found.pieces.len());
    for (json, column) in found.pieces {
        value.push(shape(json, column, found.typed, options)?);
    }
    let select = if options.select.is_empty() {
        String::new()
    } else {
        format!("({})", options.select.join(","))
    };
    let context = format!("{}$metadata#{}{select}", scene.root(request), found.context);
    let why = format!("{} pieces of {}", value.len(), found.context);
    if found.single {
        let Some(Json::Object(mut one)) = value.pop() else {
            return Err(no_segment("EntityDefinitions"));
        };
        one.insert("@odata.context".to_owned(), format!("{context}/$entity").into());
        return Ok(Reply::json(&Json::Object(one), why));
    }
    let mut body = Map::new();
    body.insert("@odata.context".into(), context.into());
    if options.count {
        body.insert("@odata.count".into(), value.len().into());
    }
    body.insert("value".into(), value.into());
    Ok(Reply::json(&Json::Object(body), why))
}

/// Metadata is not paged or ordered by the real service either.
fn refuse_options(options: &Options) -> Result<(), Refusal> {
    let what = match options {
        Options { top: Some(_), .. } => "$top",
        Options { page: Some(_), .. } => "$skiptoken",
        Options { sql: Some(_), .. } => "sql",
        Options {
            fetch_xml: Some(_), ..
        } => "fetchXml",
        Options { order, .. } if !order.is_empty() => "$orderby",
        _ => return Ok(()),
    };
    Err(Refusal::not_understood(format!("`{what}` on metadata")))
}

/// Chooses properties and adds expansions. The key and the concrete type stay.
fn shape(
    json: Json,
    column: Option<(&'static Table, &'static Column)>,
    typed: Typed,
    options: &Options,
) -> Result<Json, Refusal> {
    if let Some(unknown) = options.select.iter().find(|name| !typed.has(name)) {
        return Err(no_property(unknown, &typed.name()));
    }
    let Json::Object(mut all) = json else {
        return Ok(json);
    };
    let table = all.get("LogicalName").and_then(Json::as_str).and_then(table);
    if !options.select.is_empty() {
        all.retain(|name, _| name == "MetadataId" || name == "@odata.type" || options.select.contains(name));
    }
    for expansion in &options.expand {
        let value = expand(expansion, table, column, typed)?;
        all.insert(expansion.property.clone(), value);
    }
    Ok(Json::Object(all))
}

fn expand(
    expansion: &Expand,
    table: Option<&'static Table>,
    column: Option<(&'static Table, &'static Column)>,
    typed: Typed,
) -> Result<Json, Refusal> {
    let name = expansion.property.as_str();
    let options = &expansion.options;
    refuse_options(options)?;
    if let (Some((table, column)), "OptionSet" | "GlobalOptionSet") = (column, name) {
        let has_choices = matches!(
            typed.cast,
            Some("PicklistAttributeMetadata" | "BooleanAttributeMetadata")
        );
        if !has_choices {
            return Err(no_property(name, &typed.name()));
        }
        let set = if name == "OptionSet" {
            build::option_set(table, column)
        } else {
            None
        };
        let Some(Json::Object(mut set)) = set else {
            return Ok(Json::Null);
        };
        if let Some(unknown) = options
            .select
            .iter()
            .find(|property| !set.contains_key(*property))
        {
            return Err(no_property(unknown, "Microsoft.Dynamics.CRM.OptionSetMetadata"));
        }
        if !options.select.is_empty() {
            set.retain(|property, _| property == "MetadataId" || options.select.contains(property));
        }
        return Ok(Json::Object(set));
    }
    let Some(table) = table.filter(|_| std::ptr::eq(typed.meta, &raw const ENTITY)) else {
        return Err(no_property(name, &typed.name()));
    };
    let segment = Segment {
        name: name.to_owned(),
        arguments: None,
    };
    let mut found = below(table, &segment, &[])?;
    if let Some(filter) = &options.filter {
        filter.check(&found.typed)?;
        found.pieces.retain(|(json, _)| {
            filter.holds(
                &Piece {
                    typed: found.typed,
                    json,
                },
                Case::Matters,
            )
        });
    }
    let pieces = found
        .pieces
        .into_iter()
        .map(|(json, column)| shape(json, column, found.typed, options));
    Ok(Json::Array(pieces.collect::<Result<_, _>>()?))
}
