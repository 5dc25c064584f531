//! `$metadata`: exactly what is served, made from the same list.

use std::sync::OnceLock;

use bytes::Bytes;
use wire::odata::{
    NAMESPACE,
    csdl::{ComplexType, EntitySet, EntityType, EnumType, Model, Navigation, Operation, Property, write},
};

use super::{
    Reply, Scene,
    definitions::types::{ATTRIBUTE, CASTS, ENTITY, KEY, MANY_TO_MANY, Meta, ONE_TO_MANY, RELATIONSHIP},
    grants,
};
use crate::{
    model::Depth,
    refusal::Refusal,
    schema::{Holds, Relationship, TABLES, Table},
};

/// The document is the same everywhere and written once.
pub(super) fn document(scene: &Scene<'_>) -> Result<Reply, Refusal> {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    scene.caller.require_role()?;
    let document = DOCUMENT.get_or_init(|| write(&model(), NAMESPACE).into());
    Ok(Reply::bytes(
        "application/xml",
        document.clone(),
        "the metadata document",
    ))
}

fn model() -> Model {
    let mut entities: Vec<_> = TABLES.iter().map(entity).collect();
    entities.extend(
        [
            &ENTITY,
            &ATTRIBUTE,
            &RELATIONSHIP,
            &ONE_TO_MANY,
            &MANY_TO_MANY,
            &KEY,
        ]
        .map(meta),
    );
    entities.extend(CASTS.iter().map(|(name, added)| {
        let mut kind = meta(&ATTRIBUTE);
        kind.name = (*name).to_owned();
        kind.properties
            .extend(added.iter().map(|(name, _, kind)| property(name, kind)));
        kind
    }));
    let mut sets: Vec<_> = TABLES.iter().map(set).collect();
    sets.push(EntitySet {
        name: "EntityDefinitions".into(),
        entity: ENTITY.name.into(),
        bindings: Vec::new(),
    });
    sets.push(EntitySet {
        name: "RelationshipDefinitions".into(),
        entity: RELATIONSHIP.name.into(),
        bindings: Vec::new(),
    });
    Model {
        enums: enums(),
        complex: complex(),
        entities,
        operations: operations(),
        sets,
    }
}

fn property(name: &str, kind: &str) -> Property {
    Property {
        name: name.to_owned(),
        kind: kind.to_owned(),
        nullable: true,
    }
}

fn entity(table: &'static Table) -> EntityType {
    let properties = table.columns.iter().map(|column| Property {
        name: column.property(),
        kind: column.kind().edm().to_owned(),
        nullable: column.logical != table.id,
    });
    let single = table.columns.iter().filter_map(|column| match column.holds {
        Holds::Lookup(target, Some(name)) => Some(Navigation {
            name: name.to_owned(),
            kind: format!("mscrm.{target}"),
            partner: partner(table, column.logical).map(str::to_owned),
            constraint: crate::schema::table(target).map(|to| (column.property(), to.id.to_owned())),
        }),
        _ => None,
    });
    let several = table.collections().map(|(name, relationship, to)| Navigation {
        name: name.to_owned(),
        kind: format!("Collection(mscrm.{})", to.logical),
        partner: match relationship {
            Relationship::ManyToMany { schema, .. } => Some((*schema).to_owned()),
            Relationship::OneToMany { lookup, .. } => Some((*lookup).to_owned()),
        },
        constraint: None,
    });
    EntityType {
        name: table.logical.to_owned(),
        key: table.id.to_owned(),
        properties: properties.collect(),
        navigations: single.chain(several).collect(),
    }
}

/// The collection at the other end of a lookup.
fn partner(table: &Table, column: &str) -> Option<&'static str> {
    crate::schema::RELATIONSHIPS
        .iter()
        .find_map(|relationship| match relationship {
            Relationship::OneToMany {
                schema, many, lookup, ..
            } if *many == table.logical && *lookup == column => Some(*schema),
            _ => None,
        })
}

fn set(table: &'static Table) -> EntitySet {
    let single = table.columns.iter().filter_map(|column| match column.holds {
        Holds::Lookup(target, Some(name)) => {
            Some((name.to_owned(), crate::schema::table(target)?.set.to_owned()))
        }
        _ => None,
    });
    let several = table
        .collections()
        .map(|(name, _, to)| (name.to_owned(), to.set.to_owned()));
    EntitySet {
        name: table.set.into(),
        entity: table.logical.into(),
        bindings: single.chain(several).collect(),
    }
}

fn meta(meta: &'static Meta) -> EntityType {
    let properties = meta.properties.iter().map(|(name, _, kind)| Property {
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        nullable: *name != "MetadataId",
    });
    let navigations = meta.collections.iter().map(|(name, kind)| Navigation {
        name: (*name).to_owned(),
        kind: format!("Collection(mscrm.{kind})"),
        partner: None,
        constraint: None,
    });
    EntityType {
        name: meta.name.to_owned(),
        key: "MetadataId".to_owned(),
        properties: properties.collect(),
        navigations: navigations.collect(),
    }
}

fn enums() -> Vec<EnumType> {
    let kind = |name: &str, members: &[(&str, i64)]| EnumType {
        name: name.to_owned(),
        members: members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect(),
    };
    let depths: Vec<_> = Depth::ALL
        .iter()
        .zip(0..)
        .map(|(depth, value)| (depth.name(), value))
        .collect();
    vec![
        kind(
            "EndpointAccessType",
            &[("Default", 0), ("Internet", 1), ("Intranet", 2)],
        ),
        kind("OrganizationState", &[("Enabled", 0), ("Disabled", 1)]),
        kind("PrivilegeDepth", &depths),
        kind(
            "RelationshipType",
            &[
                ("OneToManyRelationship", 0),
                ("Default", 0),
                ("ManyToManyRelationship", 1),
            ],
        ),
        kind(
            "OwnershipTypes",
            &[
                ("None", 0),
                ("UserOwned", 1),
                ("BusinessOwned", 4),
                ("OrganizationOwned", 8),
            ],
        ),
        kind("StringFormat", &[("Email", 0), ("Text", 1)]),
        kind("DateTimeFormat", &[("DateOnly", 0), ("DateAndTime", 1)]),
        kind(
            "AttributeTypeCode",
            &[
                ("Boolean", 0),
                ("DateTime", 2),
                ("Integer", 5),
                ("Lookup", 6),
                ("Picklist", 11),
                ("String", 14),
                ("Uniqueidentifier", 15),
                ("BigInt", 18),
            ],
        ),
    ]
}

fn complex() -> Vec<ComplexType> {
    let kind = |name: &str, properties: &[(&str, &str)]| ComplexType {
        name: name.to_owned(),
        properties: properties
            .iter()
            .map(|(name, kind)| property(name, kind))
            .collect(),
    };
    let guid = "Edm.Guid";
    let text = "Edm.String";
    vec![
        kind(
            "WhoAmIResponse",
            &[
                ("BusinessUnitId", guid),
                ("UserId", guid),
                ("OrganizationId", guid),
            ],
        ),
        kind("RetrieveVersionResponse", &[("Version", text)]),
        kind(
            "RetrieveCurrentOrganizationResponse",
            &[("Detail", "mscrm.OrganizationDetail")],
        ),
        kind(
            "OrganizationDetail",
            &[
                ("OrganizationId", guid),
                ("FriendlyName", text),
                ("OrganizationVersion", text),
                ("EnvironmentId", text),
                ("DatacenterId", guid),
                ("Geo", text),
                ("TenantId", text),
                ("UrlName", text),
                ("UniqueName", text),
                ("State", "mscrm.OrganizationState"),
                ("Endpoints", "mscrm.EndpointCollection"),
            ],
        ),
        kind(
            "EndpointCollection",
            &[
                ("Count", "Edm.Int32"),
                ("IsReadOnly", "Edm.Boolean"),
                ("Keys", "Collection(Edm.String)"),
                ("Values", "Collection(Edm.String)"),
            ],
        ),
        kind(
            "RetrieveUserPrivilegesResponse",
            &[("RolePrivileges", "Collection(mscrm.RolePrivilege)")],
        ),
        kind(
            "RetrieveRolePrivilegesRoleResponse",
            &[("RolePrivileges", "Collection(mscrm.RolePrivilege)")],
        ),
        kind(
            "RolePrivilege",
            &[
                ("Depth", "mscrm.PrivilegeDepth"),
                ("PrivilegeId", guid),
                ("BusinessUnitId", guid),
                ("PrivilegeName", text),
            ],
        ),
        kind(
            "Label",
            &[
                ("LocalizedLabels", "Collection(mscrm.LocalizedLabel)"),
                ("UserLocalizedLabel", "mscrm.LocalizedLabel"),
            ],
        ),
        kind(
            "LocalizedLabel",
            &[
                ("Label", text),
                ("LanguageCode", "Edm.Int32"),
                ("IsManaged", "Edm.Boolean"),
                ("MetadataId", guid),
                ("HasChanged", "Edm.Boolean"),
            ],
        ),
        kind("AttributeTypeDisplayName", &[("Value", text)]),
        kind(
            "MetadataPropertiesExpression",
            &[("PropertyNames", "Collection(Edm.String)")],
        ),
        kind("Object", &[("Type", text), ("Value", text)]),
        kind(
            "MetadataConditionExpression",
            &[
                ("PropertyName", text),
                ("ConditionOperator", text),
                ("Value", "mscrm.Object"),
            ],
        ),
        kind(
            "MetadataFilterExpression",
            &[
                ("Conditions", "Collection(mscrm.MetadataConditionExpression)"),
                ("FilterOperator", text),
            ],
        ),
        kind(
            "AttributeQueryExpression",
            &[
                ("Properties", "mscrm.MetadataPropertiesExpression"),
                ("Criteria", "mscrm.MetadataFilterExpression"),
            ],
        ),
        kind(
            "EntityQueryExpression",
            &[
                ("Properties", "mscrm.MetadataPropertiesExpression"),
                ("Criteria", "mscrm.MetadataFilterExpression"),
                ("AttributeQuery", "mscrm.AttributeQueryExpression"),
            ],
        ),
        kind(
            "RetrieveMetadataChangesResponse",
            &[
                ("EntityMetadata", "Collection(mscrm.EntityMetadata)"),
                ("ServerVersionStamp", text),
            ],
        ),
        kind(
            "AttributeRequiredLevelManagedProperty",
            &[
                ("Value", text),
                ("CanBeChanged", "Edm.Boolean"),
                ("ManagedPropertyLogicalName", text),
            ],
        ),
    ]
}

fn operations() -> Vec<Operation> {
    let operation = |name: &str, bound: Option<&str>, parameters: &[(&str, &str)], returns| Operation {
        name: name.to_owned(),
        bound_to: bound.map(str::to_owned),
        parameters: parameters
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()))
            .collect(),
        returns,
    };
    let function = |name: &str, bound: Option<&str>, parameters: &[(&str, &str)]| {
        operation(name, bound, parameters, Some(format!("mscrm.{name}Response")))
    };
    let mut all = vec![
        function("WhoAmI", None, &[]),
        function("RetrieveVersion", None, &[]),
        function(
            "RetrieveCurrentOrganization",
            None,
            &[("AccessType", "mscrm.EndpointAccessType")],
        ),
        function("RetrieveUserPrivileges", Some("mscrm.systemuser"), &[]),
        function("RetrieveRolePrivilegesRole", None, &[("RoleId", "Edm.Guid")]),
        function(
            "RetrieveMetadataChanges",
            None,
            &[("Query", "mscrm.EntityQueryExpression")],
        ),
    ];
    all.extend(
        grants::ACTIONS
            .iter()
            .map(|(name, parameter, kind)| operation(name, Some("mscrm.role"), &[(*parameter, *kind)], None)),
    );
    all
}
