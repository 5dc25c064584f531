//! What comes after the question mark. Decoded like a form (`%24select`, `+` for a blank), as the Python
//! client sends it (facts/organization.md 4.1).

use std::collections::{HashMap, HashSet};

use super::{Trouble, filter::Filter, path::split};

/// The query of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `$select`, in order; empty selects all.
    pub select: Vec<String>,
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$orderby`
    pub order: Vec<Order>,
    /// `$top`
    pub top: Option<usize>,
    /// `$expand`
    pub expand: Vec<Expand>,
    /// `$count=true`
    pub count: bool,
    /// The page that a `$skiptoken` of ours names, from 1.
    pub page: Option<usize>,
    /// `@p1` and the like, with their text.
    pub aliases: HashMap<String, String>,
    /// `sql`
    pub sql: Option<String>,
    /// `fetchXml`
    pub fetch_xml: Option<String>,
    /// `$id`: whose link is taken away.
    pub id: Option<String>,
}

/// One key of `$orderby`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The property.
    pub property: String,
    /// Greatest first.
    pub descending: bool,
}

/// One navigation property of `$expand`, with the options in its parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand {
    /// The navigation property.
    pub property: String,
    /// Its own options.
    pub options: Options,
}

impl Options {
    /// Reads a query as it was sent.
    ///
    /// # Errors
    /// [`Trouble`]: an option twice, a value that cannot be read, or an option not understood here.
    pub fn parse(query: &str) -> Result<Self, Trouble> {
        if query.is_empty() {
            return Ok(Self::default());
        }
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        Self::from_pairs(&pairs)
    }

    fn from_pairs(pairs: &[(String, String)]) -> Result<Self, Trouble> {
        let mut seen = HashSet::new();
        for (name, _) in pairs {
            if !seen.insert(name.as_str()) {
                return Err(Trouble::bad(format!(
                    "Query option '{name}' was specified more than once, but it must be specified at most once."
                )));
            }
        }
        let is_alias = |(name, _): &&(String, String)| name.starts_with('@');
        let aliases = pairs.iter().filter(is_alias).cloned().collect();
        let mut options = Self {
            aliases,
            ..Self::default()
        };
        for (name, value) in pairs.iter().filter(|pair| !is_alias(pair)) {
            options.take(name, value)?;
        }
        Ok(options)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Trouble> {
        match name {
            "$select" => self.select = list(value),
            "$filter" => self.filter = Some(Filter::parse(value, &self.aliases)?),
            "$orderby" => {
                self.order = list(value)
                    .iter()
                    .map(|key| order(key))
                    .collect::<Result<_, _>>()?;
            }
            "$top" => self.top = Some(number(name, value)?),
            "$count" => self.count = switch(value)?,
            "$expand" => {
                self.expand = split(value, ',')
                    .into_iter()
                    .map(expand)
                    .collect::<Result<_, _>>()?;
            }
            "$skiptoken" => self.page = Some(page(value)?),
            "$skip" => return Err(Trouble::bad("Skip Clause is not supported in CRM")),
            "sql" => self.sql = Some(value.to_owned()),
            "fetchXml" => self.fetch_xml = Some(value.to_owned()),
            "$id" => self.id = Some(value.to_owned()),
            _ => return Err(Trouble::not_understood(format!("the query option `{name}`"))),
        }
        Ok(())
    }
}

/// `value` of `$skiptoken` for a page, as the real service writes it (form recalled).
pub fn skip_token(page: usize) -> String {
    format!("<cookie pagenumber=\"{page}\" istracking=\"False\" />")
}

fn page(token: &str) -> Result<usize, Trouble> {
    let number = token
        .split("pagenumber=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next()?.parse().ok());
    number
        .filter(|page| *page > 1)
        .ok_or_else(|| Trouble::bad("Malformed XML in the Paging Cookie"))
}

fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

fn number(name: &str, value: &str) -> Result<usize, Trouble> {
    value.trim().parse().map_err(|_| {
        Trouble::bad(format!(
            "Invalid value '{value}' for {name} query option found. The {name} query option requires a non-negative integer value."
        ))
    })
}

fn switch(value: &str) -> Result<bool, Trouble> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Trouble::bad(format!(
            "Invalid value '{value}' for $count query option found. Valid values are 'true' and 'false'."
        ))),
    }
}

fn order(key: &str) -> Result<Order, Trouble> {
    let mut words = key.split_whitespace();
    let property = words.next().unwrap_or_default().to_owned();
    let descending = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(Trouble::bad(format!("Syntax error in $orderby: '{key}'."))),
    };
    match words.next() {
        None if property.contains(['(', ')']) => Err(Trouble::not_understood("a function in $orderby")),
        None => Ok(Order { property, descending }),
        Some(_) => Err(Trouble::bad(format!("Syntax error in $orderby: '{key}'."))),
    }
}

fn expand(text: &str) -> Result<Expand, Trouble> {
    let text = text.trim();
    let (property, inside) = match text.split_once('(') {
        None => (text, ""),
        Some((property, rest)) => {
            let inside = rest.strip_suffix(')');
            (
                property,
                inside.ok_or_else(|| Trouble::bad(format!("Syntax error in $expand: '{text}'.")))?,
            )
        }
    };
    if property.is_empty() {
        return Err(Trouble::bad(
            "Term '' is not valid in a $select or $expand expression.",
        ));
    }
    if property.contains('/') || property == "*" {
        return Err(Trouble::not_understood(format!("`{property}` in $expand")));
    }
    let pairs = split(inside, ';')
        .into_iter()
        .filter(|option| !option.trim().is_empty());
    let pairs = pairs.map(|option| option.trim().split_once('=').unwrap_or((option, "")));
    let pairs: Vec<_> = pairs
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        .collect();
    Ok(Expand {
        property: property.to_owned(),
        options: Options::from_pairs(&pairs)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_python_and_the_npm_spelling() {
        let python = "%24select=LogicalName%2CEntitySetName&%24filter=LogicalName+eq+%27account%27&%24top=3";
        let npm = "$select=LogicalName,EntitySetName&$filter=LogicalName%20eq%20%27account%27&$top=3";
        let read = Options::parse(python).unwrap();
        assert_eq!(read, Options::parse(npm).unwrap());
        assert_eq!((read.select.len(), read.top), (2, Some(3)));
        assert!(read.filter.is_some());
    }

    #[test]
    fn expansions_carry_options() {
        let read = Options::parse(
            "$expand=businessunitid($select=name),systemuserroles_association($select=name,roleid;$filter=contains(name,'a;b,c');$top=2)",
        );
        let read = read.unwrap();
        assert_eq!(read.expand[0].options.select, ["name"]);
        assert_eq!(
            (read.expand[1].options.select.len(), read.expand[1].options.top),
            (2, Some(2))
        );
        assert!(read.expand[1].options.filter.is_some());
    }

    #[test]
    fn aliases_order_pages() {
        let read =
            Options::parse("$filter=name%20eq%20@p1&@p1='x'&$orderby=name desc, createdon&$count=true")
                .unwrap();
        assert_eq!(read.aliases["@p1"], "'x'");
        assert_eq!(
            read.order[0],
            Order {
                property: "name".into(),
                descending: true
            }
        );
        assert!(!read.order[1].descending && read.count);
        let encoded: String = form_urlencoded::byte_serialize(skip_token(3).as_bytes()).collect();
        assert_eq!(
            Options::parse(&format!("$skiptoken={encoded}")).unwrap().page,
            Some(3)
        );
    }

    #[test]
    fn what_is_wrong_and_what_is_not_understood() {
        for bad in [
            "$top=x",
            "$top=-1",
            "$top=1&%24top=2",
            "$count=1",
            "$skip=1",
            "$skiptoken=x",
            "$orderby=a b",
            "$expand=a(",
            "$expand=a,,b",
            "$filter=a",
        ] {
            let read = Options::parse(bad).map(|options| options.filter);
            // A bare name parses as a switch; what it names is checked against a type later.
            assert!(
                matches!(read, Err(Trouble::Bad(_)) | Ok(Some(Filter::Switch(_)))),
                "{bad}"
            );
        }
        for unknown in [
            "$apply=aggregate(x)",
            "foo=1",
            "$search=x",
            "$expand=a/b",
            "$orderby=length(a)",
        ] {
            assert!(
                matches!(Options::parse(unknown), Err(Trouble::NotUnderstood(_))),
                "{unknown}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(text in "[$a-z=&(),;' %0-9+]{0,60}") {
            let _ = Options::parse(&text);
        }
    }
}
