//! The types of `EntityDefinitions`: which properties they have, for `$select`, `$filter` and `$metadata`.
//!
//! A part of what the real service has; a property that is not here is refused as unknown, as the real one
//! refuses what it lacks. To add a property: its line here and its value in `build`.

use serde_json::Value as Json;
use types::Uuid;
use wire::odata::{
    Kind, Value,
    filter::{Row, Shape},
};

/// Names, types, and the types' full names.
pub(crate) type Properties = &'static [(&'static str, Kind, &'static str)];

/// A type of metadata.
#[derive(Debug)]
pub(crate) struct Meta {
    /// Its name, without namespace.
    pub(crate) name: &'static str,
    /// Its properties; `Complex` ones name their type.
    pub(crate) properties: Properties,
    /// Collections it leads to, by navigation property, and their type's name.
    pub(crate) collections: &'static [(&'static str, &'static str)],
}

const TEXT: &str = "Edm.String";
const LABEL: &str = "mscrm.Label";

/// A table.
pub(crate) static ENTITY: Meta = Meta {
    name: "EntityMetadata",
    properties: &[
        ("MetadataId", Kind::Guid, "Edm.Guid"),
        ("LogicalName", Kind::Text, TEXT),
        ("SchemaName", Kind::Text, TEXT),
        ("EntitySetName", Kind::Text, TEXT),
        ("LogicalCollectionName", Kind::Text, TEXT),
        ("CollectionSchemaName", Kind::Text, TEXT),
        ("PrimaryIdAttribute", Kind::Text, TEXT),
        ("PrimaryNameAttribute", Kind::Text, TEXT),
        ("ObjectTypeCode", Kind::Int32, "Edm.Int32"),
        ("OwnershipType", Kind::Enum, "mscrm.OwnershipTypes"),
        ("DisplayName", Kind::Complex, LABEL),
        ("DisplayCollectionName", Kind::Complex, LABEL),
        ("Description", Kind::Complex, LABEL),
        ("IsActivity", Kind::Bool, "Edm.Boolean"),
        ("IsCustomEntity", Kind::Bool, "Edm.Boolean"),
        ("IsIntersect", Kind::Bool, "Edm.Boolean"),
        ("IsManaged", Kind::Bool, "Edm.Boolean"),
        ("IsPrivate", Kind::Bool, "Edm.Boolean"),
        ("TableType", Kind::Text, TEXT),
    ],
    collections: &[
        ("Attributes", "AttributeMetadata"),
        ("Keys", "EntityKeyMetadata"),
        ("ManyToManyRelationships", "ManyToManyRelationshipMetadata"),
        ("ManyToOneRelationships", "OneToManyRelationshipMetadata"),
        ("OneToManyRelationships", "OneToManyRelationshipMetadata"),
    ],
};

/// A column.
pub(crate) static ATTRIBUTE: Meta = Meta {
    name: "AttributeMetadata",
    properties: &[
        ("MetadataId", Kind::Guid, "Edm.Guid"),
        ("LogicalName", Kind::Text, TEXT),
        ("SchemaName", Kind::Text, TEXT),
        ("EntityLogicalName", Kind::Text, TEXT),
        ("AttributeType", Kind::Enum, "mscrm.AttributeTypeCode"),
        (
            "AttributeTypeName",
            Kind::Complex,
            "mscrm.AttributeTypeDisplayName",
        ),
        ("AttributeOf", Kind::Text, TEXT),
        ("ColumnNumber", Kind::Int32, "Edm.Int32"),
        ("DisplayName", Kind::Complex, LABEL),
        ("Description", Kind::Complex, LABEL),
        ("IsCustomAttribute", Kind::Bool, "Edm.Boolean"),
        ("IsLogical", Kind::Bool, "Edm.Boolean"),
        ("IsManaged", Kind::Bool, "Edm.Boolean"),
        ("IsPrimaryId", Kind::Bool, "Edm.Boolean"),
        ("IsPrimaryName", Kind::Bool, "Edm.Boolean"),
        ("IsValidForCreate", Kind::Bool, "Edm.Boolean"),
        ("IsValidForRead", Kind::Bool, "Edm.Boolean"),
        ("IsValidForUpdate", Kind::Bool, "Edm.Boolean"),
        ("IsValidODataAttribute", Kind::Bool, "Edm.Boolean"),
        (
            "RequiredLevel",
            Kind::Complex,
            "mscrm.AttributeRequiredLevelManagedProperty",
        ),
    ],
    collections: &[],
};

/// A relationship between one and several.
pub(crate) static ONE_TO_MANY: Meta = Meta {
    name: "OneToManyRelationshipMetadata",
    properties: &[
        ("MetadataId", Kind::Guid, "Edm.Guid"),
        ("SchemaName", Kind::Text, TEXT),
        ("RelationshipType", Kind::Enum, "mscrm.RelationshipType"),
        ("ReferencedEntity", Kind::Text, TEXT),
        ("ReferencedAttribute", Kind::Text, TEXT),
        ("ReferencingEntity", Kind::Text, TEXT),
        ("ReferencingAttribute", Kind::Text, TEXT),
        ("ReferencedEntityNavigationPropertyName", Kind::Text, TEXT),
        ("ReferencingEntityNavigationPropertyName", Kind::Text, TEXT),
        ("IsCustomRelationship", Kind::Bool, "Edm.Boolean"),
        ("IsManaged", Kind::Bool, "Edm.Boolean"),
        ("IsHierarchical", Kind::Bool, "Edm.Boolean"),
    ],
    collections: &[],
};

/// A relationship between several and several.
pub(crate) static MANY_TO_MANY: Meta = Meta {
    name: "ManyToManyRelationshipMetadata",
    properties: &[
        ("MetadataId", Kind::Guid, "Edm.Guid"),
        ("SchemaName", Kind::Text, TEXT),
        ("RelationshipType", Kind::Enum, "mscrm.RelationshipType"),
        ("Entity1LogicalName", Kind::Text, TEXT),
        ("Entity1IntersectAttribute", Kind::Text, TEXT),
        ("Entity1NavigationPropertyName", Kind::Text, TEXT),
        ("Entity2LogicalName", Kind::Text, TEXT),
        ("Entity2IntersectAttribute", Kind::Text, TEXT),
        ("Entity2NavigationPropertyName", Kind::Text, TEXT),
        ("IntersectEntityName", Kind::Text, TEXT),
        ("IsCustomRelationship", Kind::Bool, "Edm.Boolean"),
        ("IsManaged", Kind::Bool, "Edm.Boolean"),
    ],
    collections: &[],
};

/// What both sorts of relationship have: the type of `RelationshipDefinitions`.
pub(crate) static RELATIONSHIP: Meta = Meta {
    name: "RelationshipMetadataBase",
    properties: &[
        ("MetadataId", Kind::Guid, "Edm.Guid"),
        ("SchemaName", Kind::Text, TEXT),
        ("RelationshipType", Kind::Enum, "mscrm.RelationshipType"),
        ("IsCustomRelationship", Kind::Bool, "Edm.Boolean"),
        ("IsManaged", Kind::Bool, "Edm.Boolean"),
    ],
    collections: &[],
};

/// An alternate key. None of the tables here has one in metadata.
pub(crate) static KEY: Meta = Meta {
    name: "EntityKeyMetadata",
    properties: &[
        ("MetadataId", Kind::Guid, "Edm.Guid"),
        ("SchemaName", Kind::Text, TEXT),
    ],
    collections: &[],
};

/// The concrete types of columns, with what each adds; the name of the cast in addresses.
pub(crate) static CASTS: &[(&str, Properties)] = &[
    (
        "StringAttributeMetadata",
        &[
            ("MaxLength", Kind::Int32, "Edm.Int32"),
            ("Format", Kind::Enum, "mscrm.StringFormat"),
        ],
    ),
    (
        "IntegerAttributeMetadata",
        &[
            ("MinValue", Kind::Int32, "Edm.Int32"),
            ("MaxValue", Kind::Int32, "Edm.Int32"),
        ],
    ),
    ("BigIntAttributeMetadata", &[]),
    (
        "BooleanAttributeMetadata",
        &[("DefaultValue", Kind::Bool, "Edm.Boolean")],
    ),
    (
        "DateTimeAttributeMetadata",
        &[("Format", Kind::Enum, "mscrm.DateTimeFormat")],
    ),
    (
        "LookupAttributeMetadata",
        &[("Targets", Kind::Complex, "Collection(Edm.String)")],
    ),
    (
        "PicklistAttributeMetadata",
        &[("DefaultFormValue", Kind::Int32, "Edm.Int32")],
    ),
    ("UniqueIdentifierAttributeMetadata", &[]),
];

impl Meta {
    /// Its full name.
    pub(crate) fn full_name(&self) -> String {
        format!("Microsoft.Dynamics.CRM.{}", self.name)
    }

    fn find(&self, property: &str) -> Option<Kind> {
        self.properties
            .iter()
            .find(|(name, ..)| *name == property)
            .map(|(_, kind, _)| *kind)
    }
}

/// A type as conditions and `$select` see it; a cast adds properties.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed {
    pub(crate) meta: &'static Meta,
    pub(crate) cast: Option<&'static str>,
}

impl Typed {
    /// The names `$select` may use.
    pub(crate) fn has(&self, property: &str) -> bool {
        self.kind(property).is_some()
    }
}

impl Shape for Typed {
    fn name(&self) -> String {
        self.cast.map_or_else(
            || self.meta.full_name(),
            |cast| format!("Microsoft.Dynamics.CRM.{cast}"),
        )
    }

    fn kind(&self, property: &str) -> Option<Kind> {
        let added = || {
            let (_, properties) = CASTS.iter().find(|(name, _)| Some(*name) == self.cast)?;
            properties
                .iter()
                .find(|(name, ..)| *name == property)
                .map(|(_, kind, _)| *kind)
        };
        self.meta.find(property).or_else(added)
    }

    fn members(&self, _: &str) -> Option<Box<dyn Shape + '_>> {
        None
    }
}

/// One piece of metadata as conditions see it.
pub(crate) struct Piece<'j> {
    pub(crate) typed: Typed,
    pub(crate) json: &'j Json,
}

impl Row for Piece<'_> {
    fn value(&self, property: &str) -> Value<'_> {
        match (self.typed.kind(property), self.json.get(property)) {
            (Some(Kind::Guid), Some(Json::String(text))) => {
                Uuid::try_parse(text).map_or(Value::Null, Value::Guid)
            }
            (_, Some(Json::String(text))) => Value::Text(text.into()),
            (_, Some(Json::Bool(on))) => Value::Bool(*on),
            (_, Some(Json::Number(number))) => number.as_i64().map_or(Value::Null, Value::Int),
            _ => Value::Null,
        }
    }

    fn members(&self, _: &str) -> Vec<Box<dyn Row + '_>> {
        Vec::new()
    }
}
