//! `$filter`: parsed, held against the types of the properties it names, and decided row by row.
//!
//! Understood: `eq ne gt ge lt le`, `and or not`, parentheses, `contains startswith endswith`, lambdas
//! (`any`, `all`) over a collection. Everything else of OData is refused as not understood.

mod parse;

use std::{cmp::Ordering, collections::HashMap};

use super::{Case, Kind, Literal, Trouble, Value};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Either holds.
    Or(Box<Self>, Box<Self>),
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A property compared with a value.
    Compare(String, Compare, Literal),
    /// A property searched for a text.
    Search(Search, String, String),
    /// A switch by its bare name.
    Switch(String),
    /// Some, or every, member of a collection fulfills a condition on it.
    Lambda {
        /// The collection's name.
        collection: String,
        /// Every member, and not just some.
        every: bool,
        /// What holds for the member; `None` asks whether there is any.
        body: Option<Box<Self>>,
    },
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

impl Compare {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// The same comparison with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            same => same,
        }
    }

    /// The name in the OData library's sentences.
    fn kind(self) -> &'static str {
        match self {
            Self::Equal => "Equal",
            Self::NotEqual => "NotEqual",
            Self::Greater => "GreaterThan",
            Self::GreaterOrEqual => "GreaterThanOrEqual",
            Self::Less => "LessThan",
            Self::LessOrEqual => "LessThanOrEqual",
        }
    }
}

/// Where to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
}

/// The properties a condition may name.
pub trait Shape {
    /// The type's full name, for sentences.
    fn name(&self) -> String;
    /// The type of a property, which may be a path (`businessunitid/name`).
    fn kind(&self, property: &str) -> Option<Kind>;
    /// The shape of a collection's members.
    fn members(&self, collection: &str) -> Option<Box<dyn Shape + '_>>;
}

/// A row a condition is decided on. Only asked for what its [`Shape`] has.
pub trait Row {
    /// A property's value.
    fn value(&self, property: &str) -> Value<'_>;
    /// A collection's members.
    fn members(&self, collection: &str) -> Vec<Box<dyn Row + '_>>;
}

impl Filter {
    /// Reads a condition; `aliases` are the values of `@p1` and the like.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn parse(text: &str, aliases: &HashMap<String, String>) -> Result<Self, Trouble> {
        parse::parse(text, aliases)
    }

    /// Holds it against the types: every property exists and every comparison makes sense.
    ///
    /// # Errors
    /// [`Trouble::Bad`] in the OData library's words.
    pub fn check(&self, shape: &dyn Shape) -> Result<(), Trouble> {
        let find = |property: &str| {
            shape.kind(property).ok_or_else(|| {
                Trouble::bad(format!(
                    "Could not find a property named '{property}' on type '{}'.",
                    shape.name()
                ))
            })
        };
        match self {
            Self::Or(a, b) | Self::And(a, b) => a.check(shape).and_then(|()| b.check(shape)),
            Self::Not(inner) => inner.check(shape),
            Self::Compare(property, how, literal) => {
                let kind = find(property)?;
                let ordered = !matches!(how, Compare::Equal | Compare::NotEqual);
                let orderable = !matches!(kind, Kind::Bool | Kind::Enum | Kind::Guid);
                if kind.takes(literal) && (!ordered || orderable) {
                    return Ok(());
                }
                let (left, right, how) = (kind.edm(), literal.edm(), how.kind());
                Err(Trouble::bad(format!(
                    "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' for operator kind '{how}'."
                )))
            }
            Self::Search(how, property, _) => match find(property)? {
                Kind::Text => Ok(()),
                _ => Err(Trouble::bad(format!(
                    "No function signature for the function with name '{}' matches the specified arguments.",
                    how.name()
                ))),
            },
            Self::Switch(property) => match find(property)? {
                Kind::Bool => Ok(()),
                _ => Err(Trouble::bad(
                    "The $filter expression must evaluate to a single boolean value.".to_owned(),
                )),
            },
            Self::Lambda { collection, body, .. } => {
                let members = shape.members(collection).ok_or_else(|| {
                    let name = shape.name();
                    Trouble::bad(format!(
                        "Could not find a property named '{collection}' on type '{name}'."
                    ))
                })?;
                body.as_ref().map_or(Ok(()), |body| body.check(members.as_ref()))
            }
        }
    }

    /// Whether it holds for `row`. A comparison with null is false, except `eq null` and `ne`.
    pub fn holds(&self, row: &dyn Row, case: Case) -> bool {
        match self {
            Self::Or(a, b) => a.holds(row, case) || b.holds(row, case),
            Self::And(a, b) => a.holds(row, case) && b.holds(row, case),
            Self::Not(inner) => !inner.holds(row, case),
            Self::Switch(property) => row.value(property) == Value::Bool(true),
            Self::Compare(property, how, literal) => compares(&row.value(property), *how, literal, case),
            Self::Search(how, property, wanted) => match row.value(property) {
                Value::Text(text) => how.finds(&case.fold(&text), &case.fold(wanted)),
                _ => false,
            },
            Self::Lambda {
                collection,
                every,
                body,
            } => {
                let members = row.members(collection);
                let holds = |row: &dyn Row| body.as_ref().is_none_or(|body| body.holds(row, case));
                let mut rows = members.iter().map(AsRef::as_ref);
                if *every { rows.all(holds) } else { rows.any(holds) }
            }
        }
    }
}

impl Search {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "contains" => Self::Contains,
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
        }
    }

    fn finds(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Contains => text.contains(wanted),
            Self::StartsWith => text.starts_with(wanted),
            Self::EndsWith => text.ends_with(wanted),
        }
    }
}

fn compares(value: &Value<'_>, how: Compare, literal: &Literal, case: Case) -> bool {
    let (null, literal_null) = (*value == Value::Null, *literal == Literal::Null);
    match how {
        Compare::Equal if null || literal_null => null && literal_null,
        Compare::NotEqual if null || literal_null => null != literal_null,
        _ => value.compare(literal, case).is_some_and(|order| match how {
            Compare::Equal => order == Ordering::Equal,
            Compare::NotEqual => order != Ordering::Equal,
            Compare::Greater => order == Ordering::Greater,
            Compare::GreaterOrEqual => order != Ordering::Less,
            Compare::Less => order == Ordering::Less,
            Compare::LessOrEqual => order != Ordering::Greater,
        }),
    }
}

#[cfg(test)]
mod tests;
