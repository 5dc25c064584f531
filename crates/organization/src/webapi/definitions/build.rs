//! The metadata of the tables as JSON, made from the one list in `schema`.

use serde_json::{Value as Json, json};

use crate::{
    privileges::derived_id,
    schema::{Column, Holds, RELATIONSHIPS, Relationship, Table, Write, table},
};

/// A table.
pub(super) fn entity(table: &Table) -> Json {
    let collection = format!("{}s", table.schema);
    json!({
        "MetadataId": table.metadata_id().to_string(),
        "LogicalName": table.logical,
        "SchemaName": table.schema,
        "EntitySetName": table.set,
        "LogicalCollectionName": table.set,
        "CollectionSchemaName": collection,
        "PrimaryIdAttribute": table.id,
        "PrimaryNameAttribute": table.name,
        "ObjectTypeCode": table.code,
        "OwnershipType": table.ownership,
        "DisplayName": label(table.display.0),
        "DisplayCollectionName": label(table.display.1),
        "Description": label(table.display.0),
        "IsActivity": false,
        "IsCustomEntity": false,
        "IsIntersect": false,
        "IsManaged": true,
        "IsPrivate": false,
        "TableType": "Standard",
    })
}

/// A text in the one language there is here.
pub(super) fn label(text: &str) -> Json {
    let one = json!({
        "Label": text,
        "LanguageCode": 1033,
        "IsManaged": true,
        "MetadataId": derived_id("label", text).to_string(),
        "HasChanged": null,
    });
    json!({"LocalizedLabels": [one.clone()], "UserLocalizedLabel": one})
}

/// The concrete type of a column, and the code and name of its type.
pub(super) fn cast(column: &Column) -> (&'static str, &'static str, &'static str) {
    match column.holds {
        Holds::Id | Holds::Guid => (
            "UniqueIdentifierAttributeMetadata",
            "Uniqueidentifier",
            "UniqueidentifierType",
        ),
        Holds::Text(_) => ("StringAttributeMetadata", "String", "StringType"),
        Holds::Int => ("IntegerAttributeMetadata", "Integer", "IntegerType"),
        Holds::BigInt => ("BigIntAttributeMetadata", "BigInt", "BigIntType"),
        Holds::Bool(_) => ("BooleanAttributeMetadata", "Boolean", "BooleanType"),
        Holds::Time => ("DateTimeAttributeMetadata", "DateTime", "DateTimeType"),
        Holds::Lookup(..) => ("LookupAttributeMetadata", "Lookup", "LookupType"),
        Holds::Picklist(_) => ("PicklistAttributeMetadata", "Picklist", "PicklistType"),
    }
}

/// A column, with everything its concrete type has; `number` is its place in the table.
pub(super) fn attribute(table: &Table, column: &Column, number: usize) -> Json {
    let (cast, code, name) = cast(column);
    let mut out = json!({
        "@odata.type": format!("#Microsoft.Dynamics.CRM.{cast}"),
        "MetadataId": column.metadata_id(table).to_string(),
        "LogicalName": column.logical,
        "SchemaName": column.schema,
        "EntityLogicalName": table.logical,
        "AttributeType": code,
        "AttributeTypeName": {"Value": name},
        "AttributeOf": null,
        "ColumnNumber": number + 1,
        "DisplayName": label(column.display),
        "Description": label(column.display),
        "IsCustomAttribute": false,
        "IsLogical": false,
        "IsManaged": true,
        "IsPrimaryId": column.logical == table.id,
        "IsPrimaryName": column.logical == table.name,
        "IsValidForCreate": column.write != Write::Never,
        "IsValidForRead": true,
        "IsValidForUpdate": column.write == Write::Always,
        "IsValidODataAttribute": true,
        "RequiredLevel": {
            "Value": if column.logical == table.id { "SystemRequired" } else { "None" },
            "CanBeChanged": false,
            "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
        },
    });
    let mut put =
        |name: &str, value: Json| _ = out.as_object_mut().map(|out| out.insert(name.to_owned(), value));
    match column.holds {
        Holds::Text(most) => {
            put("MaxLength", most.into());
            put("Format", "Text".into());
        }
        Holds::Int => {
            put("MinValue", i32::MIN.into());
            put("MaxValue", i32::MAX.into());
        }
        Holds::Bool(_) => put("DefaultValue", false.into()),
        Holds::Time => put("Format", "DateAndTime".into()),
        Holds::Lookup(target, _) => put("Targets", json!([target])),
        Holds::Picklist(_) => put("DefaultFormValue", 0.into()),
        Holds::Id | Holds::Guid | Holds::BigInt => {}
    }
    out
}

/// The choices of a column: numbers with labels.
pub(super) fn option_set(table: &Table, column: &Column) -> Option<Json> {
    let option = |value: i32, text: &str| {
        json!({
            "Value": value,
            "Label": label(text),
            "Description": {"LocalizedLabels": [], "UserLocalizedLabel": null},
            "Color": null,
            "IsManaged": true,
            "ExternalValue": null,
            "ParentValues": [],
            "MetadataId": null,
            "HasChanged": null,
        })
    };
    let name = format!("{}_{}", table.logical, column.logical);
    let head = |kind: &str| {
        json!({
            "MetadataId": derived_id("optionset", &name).to_string(),
            "Name": name.clone(),
            "DisplayName": label(column.display),
            "IsGlobal": false,
            "IsCustomOptionSet": false,
            "IsManaged": true,
            "OptionSetType": kind,
        })
    };
    let (mut set, more) = match column.holds {
        Holds::Picklist(options) => {
            let options: Vec<_> = options.iter().map(|(value, text)| option(*value, text)).collect();
            (head("Picklist"), json!({"Options": options}))
        }
        Holds::Bool([off, on]) => (
            head("Boolean"),
            json!({"FalseOption": option(0, off), "TrueOption": option(1, on)}),
        ),
        _ => return None,
    };
    if let (Some(set), Json::Object(more)) = (set.as_object_mut(), more) {
        set.extend(more);
    }
    Some(set)
}

/// A relationship, with everything its sort has.
pub(super) fn relationship(relationship: &Relationship) -> Json {
    let schema = relationship.schema();
    let id = relationship.metadata_id().to_string();
    match relationship {
        Relationship::OneToMany {
            one, many, lookup, ..
        } => {
            let navigation = table(many)
                .and_then(|many| many.column(lookup))
                .and_then(|column| match column.holds {
                    Holds::Lookup(_, navigation) => navigation,
                    _ => None,
                });
            json!({
                "@odata.type": "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
                "MetadataId": id,
                "SchemaName": schema,
                "RelationshipType": "OneToManyRelationship",
                "ReferencedEntity": one,
                "ReferencedAttribute": table(one).map(|one| one.id),
                "ReferencingEntity": many,
                "ReferencingAttribute": lookup,
                "ReferencedEntityNavigationPropertyName": schema,
                "ReferencingEntityNavigationPropertyName": navigation,
                "IsCustomRelationship": false,
                "IsManaged": true,
                "IsHierarchical": one == many && *lookup == "parentbusinessunitid",
            })
        }
        Relationship::ManyToMany {
            intersect,
            first,
            second,
            ..
        } => json!({
            "@odata.type": "#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
            "MetadataId": id,
            "SchemaName": schema,
            "RelationshipType": "ManyToManyRelationship",
            "Entity1LogicalName": first,
            "Entity1IntersectAttribute": table(first).map(|first| first.id),
            "Entity1NavigationPropertyName": schema,
            "Entity2LogicalName": second,
            "Entity2IntersectAttribute": table(second).map(|second| second.id),
            "Entity2NavigationPropertyName": schema,
            "IntersectEntityName": intersect,
            "IsCustomRelationship": false,
            "IsManaged": true,
        }),
    }
}

/// The relationships of a table, by the name of the collection they stand in.
pub(super) fn relationships(table: &Table, collection: &str) -> Vec<Json> {
    let own = table.logical;
    let belongs = |relationship: &&Relationship| match relationship {
        Relationship::OneToMany { one, .. } if collection == "OneToManyRelationships" => *one == own,
        Relationship::OneToMany { many, .. } if collection == "ManyToOneRelationships" => *many == own,
        Relationship::ManyToMany { first, second, .. } if collection == "ManyToManyRelationships" => {
            *first == own || *second == own
        }
        _ => false,
    };
    RELATIONSHIPS.iter().filter(belongs).map(relationship).collect()
}
