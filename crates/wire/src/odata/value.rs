//! Values in queries and rows, and what may be compared with what.

use std::{borrow::Cow, cmp::Ordering};

use types::{Timestamp, Uuid};

/// A value written in a query (OData 4.0 ABNF, `primitiveLiteral`).
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `42`
    Int(i64),
    /// `4.2`
    Decimal(f64),
    /// `'text'`, with quotes doubled inside
    Text(String),
    /// A bare GUID
    Guid(Uuid),
    /// `2024-05-01T10:20:30Z`, `2024-05-01`
    Time(Timestamp),
    /// `Microsoft.Dynamics.CRM.EndpointAccessType'Default'`
    Enum {
        /// The type, with its namespace.
        of: String,
        /// The member.
        member: String,
    },
}

impl Literal {
    /// The type's name as the OData library writes it in its sentences.
    pub fn edm(&self) -> &str {
        match self {
            Self::Null => "<null>",
            Self::Bool(_) => "Edm.Boolean",
            Self::Int(n) if i32::try_from(*n).is_ok() => "Edm.Int32",
            Self::Int(_) => "Edm.Int64",
            Self::Decimal(_) => "Edm.Single",
            Self::Text(_) => "Edm.String",
            Self::Guid(_) => "Edm.Guid",
            Self::Time(_) => "Edm.DateTimeOffset",
            Self::Enum { of, .. } => of,
        }
    }
}

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Edm.String`
    Text,
    /// `Edm.Int32`
    Int32,
    /// `Edm.Int64`
    Int64,
    /// `Edm.Boolean`
    Bool,
    /// `Edm.Guid`
    Guid,
    /// `Edm.DateTimeOffset`
    Time,
    /// A named member of an enumeration, as in the metadata entities.
    Enum,
    /// Anything with properties of its own; it cannot be compared.
    Complex,
}

impl Kind {
    /// The type's name in metadata and sentences.
    pub const fn edm(self) -> &'static str {
        match self {
            Self::Text => "Edm.String",
            Self::Int32 => "Edm.Int32",
            Self::Int64 => "Edm.Int64",
            Self::Bool => "Edm.Boolean",
            Self::Guid => "Edm.Guid",
            Self::Time => "Edm.DateTimeOffset",
            Self::Enum | Self::Complex => "Microsoft.Dynamics.CRM",
        }
    }

    /// Whether a property of this type may be compared with `literal`.
    pub fn takes(self, literal: &Literal) -> bool {
        match literal {
            Literal::Null => self != Self::Complex,
            Literal::Bool(_) => self == Self::Bool,
            Literal::Int(_) | Literal::Decimal(_) => matches!(self, Self::Int32 | Self::Int64),
            Literal::Text(_) => matches!(self, Self::Text | Self::Enum),
            Literal::Guid(_) => self == Self::Guid,
            Literal::Time(_) => self == Self::Time,
            Literal::Enum { .. } => self == Self::Enum,
        }
    }
}

/// A value in a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A switch.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// A GUID.
    Guid(Uuid),
    /// A moment.
    Time(Timestamp),
}

impl Value<'_> {
    /// As JSON, the way Dataverse writes it: moments in whole seconds.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Int(n) => (*n).into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Guid(id) => id.to_string().into(),
            Self::Time(moment) => moment.rfc3339_seconds().into(),
        }
    }

    /// Compares with a literal of a fitting type; `None` when either is null or they cannot be ordered.
    pub(crate) fn compare(&self, literal: &Literal, case: Case) -> Option<Ordering> {
        match (self, literal) {
            (Self::Bool(a), Literal::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Literal::Int(b)) => Some(a.cmp(b)),
            #[expect(clippy::cast_precision_loss, reason = "no column holds more than 2^52")]
            (Self::Int(a), Literal::Decimal(b)) => (*a as f64).partial_cmp(b),
            (Self::Text(a), Literal::Text(b) | Literal::Enum { member: b, .. }) => Some(case.order(a, b)),
            (Self::Guid(a), Literal::Guid(b)) => Some(a.cmp(b)),
            (Self::Time(a), Literal::Time(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// The order `$orderby` sorts by: null first, as SQL Server does, text without case.
    pub fn sort_order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => Case::Ignored.order(a, b),
            (Self::Guid(a), Self::Guid(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

/// Whether letters of either case are the same. Dataverse's tables ignore case, as their database does;
/// global discovery does not (facts/organization.md 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `a` is `A`.
    Ignored,
    /// `a` is not `A`.
    Matters,
}

impl Case {
    fn order(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Matters => a.cmp(b),
            Self::Ignored => a
                .chars()
                .flat_map(char::to_lowercase)
                .cmp(b.chars().flat_map(char::to_lowercase)),
        }
    }

    /// Both texts in the form to search in.
    pub(crate) fn fold(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Matters => text.into(),
            Self::Ignored => text.to_lowercase().into(),
        }
    }
}
