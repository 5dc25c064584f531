//! The metadata document (OData 4.0 CSDL) and the service document, written from a plain model.
//!
//! What stands in the model is what is served: `organization` builds it from the same list that drives its
//! answers, so the document cannot promise more.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::markup::escape;

/// Everything in one schema.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Enumerations.
    pub enums: Vec<EnumType>,
    /// Types without a key.
    pub complex: Vec<ComplexType>,
    /// Types with a key.
    pub entities: Vec<EntityType>,
    /// Functions and actions, each with an import unless it is bound.
    pub operations: Vec<Operation>,
    /// The lists at the root.
    pub sets: Vec<EntitySet>,
}

/// An enumeration.
#[derive(Clone, Debug)]
pub struct EnumType {
    /// Its name, without namespace.
    pub name: String,
    /// Names and numbers.
    pub members: Vec<(String, i64)>,
}

/// A type without a key.
#[derive(Clone, Debug)]
pub struct ComplexType {
    /// Its name, without namespace.
    pub name: String,
    /// What it holds.
    pub properties: Vec<Property>,
}

/// A type with a key.
#[derive(Clone, Debug)]
pub struct EntityType {
    /// Its name, without namespace.
    pub name: String,
    /// The property that is its key.
    pub key: String,
    /// What it holds, the key included.
    pub properties: Vec<Property>,
    /// What it leads to.
    pub navigations: Vec<Navigation>,
}

/// A property.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its type, in full: `Edm.String`, `mscrm.Label`, `Collection(Edm.String)`.
    pub kind: String,
    /// Whether it may be null.
    pub nullable: bool,
}

/// A way from one entity to another, or to several.
#[derive(Clone, Debug)]
pub struct Navigation {
    /// Its name.
    pub name: String,
    /// The target, in full, with `Collection(…)` where there may be several.
    pub kind: String,
    /// The way back.
    pub partner: Option<String>,
    /// The property here that holds the target's key, and that key.
    pub constraint: Option<(String, String)>,
}

/// A function, which reads, or an action, which writes.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The type its first parameter has, when it is bound to one.
    pub bound_to: Option<String>,
    /// Names and types of the others.
    pub parameters: Vec<(String, String)>,
    /// The type of a function's answer, in full; actions have none here.
    pub returns: Option<String>,
}

impl Operation {
    fn sort(&self) -> &'static str {
        match self.returns {
            Some(_) => "Function",
            None => "Action",
        }
    }
}

/// A list at the root.
#[derive(Clone, Debug)]
pub struct EntitySet {
    /// Its name.
    pub name: String,
    /// Its members' type, without namespace.
    pub entity: String,
    /// Where each navigation property of its members leads.
    pub bindings: Vec<(String, String)>,
}

/// Writes the metadata document.
pub fn write(model: &Model, namespace: &str) -> String {
    let mut xml = Xml::default();
    xml.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
    xml.open(
        "edmx:Edmx",
        &[
            ("Version", "4.0"),
            ("xmlns:edmx", "http://docs.oasis-open.org/odata/ns/edmx"),
        ],
    );
    xml.open("edmx:DataServices", &[]);
    let schema = [
        ("Namespace", namespace),
        ("Alias", "mscrm"),
        ("xmlns", "http://docs.oasis-open.org/odata/ns/edm"),
    ];
    xml.open("Schema", &schema);
    for kind in &model.enums {
        xml.open("EnumType", &[("Name", &kind.name)]);
        for (name, value) in &kind.members {
            xml.leaf("Member", &[("Name", name), ("Value", &value.to_string())]);
        }
        xml.close("EnumType");
    }
    for kind in &model.complex {
        xml.open("ComplexType", &[("Name", &kind.name)]);
        kind.properties.iter().for_each(|property| xml.property(property));
        xml.close("ComplexType");
    }
    model.entities.iter().for_each(|entity| xml.entity(entity));
    model
        .operations
        .iter()
        .for_each(|operation| xml.operation(operation));
    xml.open("EntityContainer", &[("Name", "System")]);
    for set in &model.sets {
        xml.open(
            "EntitySet",
            &[
                ("Name", &set.name),
                ("EntityType", &format!("{namespace}.{}", set.entity)),
            ],
        );
        for (path, target) in &set.bindings {
            xml.leaf("NavigationPropertyBinding", &[("Path", path), ("Target", target)]);
        }
        xml.close("EntitySet");
    }
    for operation in model
        .operations
        .iter()
        .filter(|operation| operation.bound_to.is_none())
    {
        let (sort, name) = (operation.sort(), &operation.name);
        let full = format!("{namespace}.{name}");
        xml.leaf(&format!("{sort}Import"), &[("Name", name), (sort, &full)]);
    }
    for end in ["EntityContainer", "Schema", "edmx:DataServices", "edmx:Edmx"] {
        xml.close(end);
    }
    xml.out
}

#[derive(Default)]
struct Xml {
    out: String,
}

impl Xml {
    fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        let _ = write!(self.out, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"{}\"", escape(value));
        }
        self.out.push_str(end);
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">");
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, " />");
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
    }

    fn property(&mut self, property: &Property) {
        let mut attributes = vec![("Name", property.name.as_str()), ("Type", property.kind.as_str())];
        if !property.nullable {
            attributes.push(("Nullable", "false"));
        }
        if property.kind == "Edm.String" || property.kind == "Collection(Edm.String)" {
            attributes.push(("Unicode", "false"));
        }
        self.leaf("Property", &attributes);
    }

    fn entity(&mut self, entity: &EntityType) {
        self.open("EntityType", &[("Name", &entity.name)]);
        self.raw("<Key>");
        self.leaf("PropertyRef", &[("Name", &entity.key)]);
        self.raw("</Key>");
        entity
            .properties
            .iter()
            .for_each(|property| self.property(property));
        for way in &entity.navigations {
            let mut attributes = vec![("Name", way.name.as_str()), ("Type", way.kind.as_str())];
            if !way.kind.starts_with("Collection(") {
                attributes.push(("Nullable", "true"));
            }
            attributes.extend(way.partner.as_deref().map(|partner| ("Partner", partner)));
            match &way.constraint {
                None => self.leaf("NavigationProperty", &attributes),
                Some((property, key)) => {
                    self.open("NavigationProperty", &attributes);
                    self.leaf(
                        "ReferentialConstraint",
                        &[("Property", property), ("ReferencedProperty", key)],
                    );
                    self.close("NavigationProperty");
                }
            }
        }
        self.close("EntityType");
    }

    fn operation(&mut self, operation: &Operation) {
        let mut attributes = vec![("Name", operation.name.as_str())];
        attributes.extend(operation.bound_to.is_some().then_some(("IsBound", "true")));
        self.open(operation.sort(), &attributes);
        if let Some(kind) = &operation.bound_to {
            self.leaf(
                "Parameter",
                &[("Name", "entity"), ("Type", kind), ("Nullable", "false")],
            );
        }
        for (name, kind) in &operation.parameters {
            self.leaf(
                "Parameter",
                &[("Name", name), ("Type", kind), ("Nullable", "false")],
            );
        }
        if let Some(kind) = &operation.returns {
            self.leaf("ReturnType", &[("Type", kind), ("Nullable", "false")]);
        }
        self.close(operation.sort());
    }
}

/// The service document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDocument {
    /// `…/$metadata`
    #[serde(rename = "@odata.context")]
    pub context: String,
    /// The lists at the root.
    pub value: Vec<ServiceEntry>,
}

/// One list at the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEntry {
    /// Its name.
    pub name: String,
    /// `EntitySet`
    pub kind: String,
    /// Its address, relative to the document.
    pub url: String,
}

impl ServiceDocument {
    /// The document that lists `names`.
    pub fn of<'n>(context: String, names: impl IntoIterator<Item = &'n str>) -> Self {
        let entry = |name: &str| ServiceEntry {
            name: name.into(),
            kind: "EntitySet".into(),
            url: name.into(),
        };
        Self {
            context,
            value: names.into_iter().map(entry).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_model() {
        let property = |name: &str, kind: &str, nullable| Property {
            name: name.into(),
            kind: kind.into(),
            nullable,
        };
        let model = Model {
            enums: vec![EnumType {
                name: "Mode".into(),
                members: vec![("On".into(), 1)],
            }],
            complex: vec![ComplexType {
                name: "Label".into(),
                properties: vec![property("T", "Edm.String", true)],
            }],
            entities: vec![EntityType {
                name: "role".into(),
                key: "roleid".into(),
                properties: vec![property("roleid", "Edm.Guid", false)],
                navigations: vec![Navigation {
                    name: "unit".into(),
                    kind: "mscrm.businessunit".into(),
                    partner: Some("roles".into()),
                    constraint: Some(("_unit_value".into(), "businessunitid".into())),
                }],
            }],
            operations: vec![
                Operation {
                    name: "WhoAmI".into(),
                    bound_to: None,
                    parameters: vec![],
                    returns: Some("mscrm.WhoAmIResponse".into()),
                },
                Operation {
                    name: "Grant".into(),
                    bound_to: Some("mscrm.role".into()),
                    parameters: vec![("To".into(), "Edm.Guid".into())],
                    returns: None,
                },
            ],
            sets: vec![EntitySet {
                name: "roles".into(),
                entity: "role".into(),
                bindings: vec![("unit".into(), "businessunits".into())],
            }],
        };
        let xml = write(&model, "Microsoft.Dynamics.CRM");
        for piece in [
            r#"<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm""#,
            r#"<Member Name="On" Value="1" />"#,
            r#"<Property Name="roleid" Type="Edm.Guid" Nullable="false" />"#,
            r#"<NavigationProperty Name="unit" Type="mscrm.businessunit" Nullable="true" Partner="roles"><ReferentialConstraint"#,
            r#"<EntitySet Name="roles" EntityType="Microsoft.Dynamics.CRM.role">"#,
            r#"<FunctionImport Name="WhoAmI" Function="Microsoft.Dynamics.CRM.WhoAmI" />"#,
            r#"<Action Name="Grant" IsBound="true"><Parameter Name="entity" Type="mscrm.role" Nullable="false" /><Parameter Name="To""#,
            "</edmx:Edmx>",
        ] {
            assert!(xml.contains(piece), "{piece}\n{xml}");
        }
        for tag in [
            "EntityType",
            "Schema",
            "EntityContainer",
            "Function",
            "Action",
            "ComplexType",
            "EnumType",
        ] {
            let opened = xml.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, xml.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn the_service_document_both_ways() {
        let text = r#"{"@odata.context":"https://h/$metadata","value":[{"name":"roles","kind":"EntitySet","url":"roles"}]}"#;
        let document = ServiceDocument::of("https://h/$metadata".into(), ["roles"]);
        assert_eq!(serde_json::to_string(&document).unwrap(), text);
        assert_eq!(serde_json::from_str::<ServiceDocument>(text).unwrap(), document);
    }
}
