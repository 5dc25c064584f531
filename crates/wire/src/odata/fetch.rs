//! The `fetchXml` query option: one simple query, turned into the options it means.
//!
//! Understood: attributes, `top` or `count` with `page`, orders, filters of conditions. Links between tables,
//! aggregates and conditions that depend on the calendar are refused as not understood. Both client libraries
//! send it only when their user asks for it (facts/organization.md 4.1 and 4.2).

use roxmltree::{Document, Node};

use super::{
    Literal, Trouble,
    filter::{Compare, Filter, Search},
    options::{Options, Order},
    sql::{like, one_of},
};

/// What a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// The table's logical name.
    pub table: String,
    /// The rest, by logical column names.
    pub options: Options,
    /// Rows on a page, when given.
    pub count: Option<usize>,
    /// Which page, from 1.
    pub page: usize,
}

/// Reads a query.
///
/// # Errors
/// [`Trouble`].
pub fn read(text: &str) -> Result<Fetch, Trouble> {
    let document = Document::parse(text).map_err(|error| Trouble::bad(format!("Invalid XML: {error}.")))?;
    let root = document.root_element();
    if root.tag_name().name() != "fetch" {
        return Err(Trouble::bad("The FetchXml query does not begin with 'fetch'."));
    }
    let mut fetch = Fetch {
        table: String::new(),
        options: Options::default(),
        count: None,
        page: 1,
    };
    for attribute in root.attributes() {
        let number = || {
            let value = attribute.value().parse::<usize>();
            value.map_err(|_| {
                Trouble::bad(format!(
                    "The attribute '{}' of 'fetch' is not a number.",
                    attribute.name()
                ))
            })
        };
        match (attribute.name(), attribute.value()) {
            ("top", _) => fetch.options.top = Some(number()?),
            ("count", _) => fetch.count = Some(number()?.max(1)),
            ("page", _) => fetch.page = number()?.max(1),
            // Pages are found by their number; what the cookie adds is the real service's own affair.
            ("version" | "mapping" | "output-format" | "paging-cookie" | "no-lock", _)
            | ("distinct" | "returntotalrecordcount" | "aggregate" | "latematerialize", "false") => {}
            (name, _) => {
                return Err(Trouble::not_understood(format!(
                    "the attribute `{name}` of FetchXml"
                )));
            }
        }
    }
    let mut entities = elements(root);
    let (Some(entity), None) = (entities.next(), entities.next()) else {
        return Err(Trouble::bad("The FetchXml query names exactly one entity."));
    };
    if entity.tag_name().name() != "entity" {
        return Err(not_understood(entity));
    }
    fetch.table = needed(entity, "name")?.to_ascii_lowercase();
    let mut conditions = Vec::new();
    for node in elements(entity) {
        match node.tag_name().name() {
            "attribute" if node.attribute("alias").is_none() => {
                fetch.options.select.push(needed(node, "name")?.to_owned());
            }
            "all-attributes" => fetch.options.select.clear(),
            "order" => fetch.options.order.push(Order {
                property: needed(node, "attribute")?.to_owned(),
                descending: node.attribute("descending") == Some("true"),
            }),
            "filter" => conditions.extend(group(node, 0)?),
            _ => return Err(not_understood(node)),
        }
    }
    fetch.options.filter = conditions
        .into_iter()
        .reduce(|a, b| Filter::And(Box::new(a), Box::new(b)));
    Ok(fetch)
}

fn elements<'d, 'x>(node: Node<'d, 'x>) -> impl Iterator<Item = Node<'d, 'x>> {
    node.children().filter(Node::is_element)
}

fn needed<'d>(node: Node<'d, '_>, name: &str) -> Result<&'d str, Trouble> {
    node.attribute(name).ok_or_else(|| {
        Trouble::bad(format!(
            "The FetchXml element '{}' lacks the attribute '{name}'.",
            node.tag_name().name()
        ))
    })
}

fn not_understood(node: Node<'_, '_>) -> Trouble {
    Trouble::not_understood(format!("the FetchXml element `{}`", node.tag_name().name()))
}

/// A filter; one without conditions holds always.
fn group(node: Node<'_, '_>, depth: usize) -> Result<Option<Filter>, Trouble> {
    if depth > 64 {
        return Err(Trouble::bad("The FetchXml query is nested too deeply."));
    }
    let any = match node.attribute("type") {
        None | Some("and") => false,
        Some("or") => true,
        Some(other) => return Err(Trouble::bad(format!("'{other}' is no type of filter."))),
    };
    let mut parts = Vec::new();
    for child in elements(node) {
        match child.tag_name().name() {
            "filter" => parts.extend(group(child, depth + 1)?),
            "condition" => parts.push(condition(child)?),
            _ => return Err(not_understood(child)),
        }
    }
    Ok(parts.into_iter().reduce(|a, b| {
        let (a, b) = (Box::new(a), Box::new(b));
        if any { Filter::Or(a, b) } else { Filter::And(a, b) }
    }))
}

fn condition(node: Node<'_, '_>) -> Result<Filter, Trouble> {
    if node.has_attribute("entityname") {
        return Err(Trouble::not_understood(
            "conditions on linked entities in FetchXml",
        ));
    }
    let column = needed(node, "attribute")?.to_owned();
    let operator = needed(node, "operator")?;
    let value = || needed(node, "value").map(str::to_owned);
    let compare = |how| Ok(Filter::Compare(column.clone(), how, Literal::Text(value()?)));
    let search = |how| Ok(Filter::Search(how, column.clone(), value()?));
    let not = |filter: Result<Filter, Trouble>| filter.map(|filter| Filter::Not(Box::new(filter)));
    match operator {
        "eq" => compare(Compare::Equal),
        "ne" | "neq" => compare(Compare::NotEqual),
        "gt" => compare(Compare::Greater),
        "ge" => compare(Compare::GreaterOrEqual),
        "lt" => compare(Compare::Less),
        "le" => compare(Compare::LessOrEqual),
        "null" => Ok(Filter::Compare(column, Compare::Equal, Literal::Null)),
        "not-null" => Ok(Filter::Compare(column, Compare::NotEqual, Literal::Null)),
        "like" => like(column.clone(), &value()?),
        "not-like" => not(like(column.clone(), &value()?)),
        "begins-with" => search(Search::StartsWith),
        "ends-with" => search(Search::EndsWith),
        "not-begin-with" => not(search(Search::StartsWith)),
        "not-end-with" => not(search(Search::EndsWith)),
        "in" => within(node, &column),
        "not-in" => not(within(node, &column)),
        other => Err(Trouble::not_understood(format!(
            "the FetchXml operator `{other}`"
        ))),
    }
}

fn within(node: Node<'_, '_>, column: &str) -> Result<Filter, Trouble> {
    let values = elements(node).map(|child| match child.tag_name().name() {
        "value" => Ok(Literal::Text(child.text().unwrap_or_default().to_owned())),
        _ => Err(not_understood(child)),
    });
    let values = values.collect::<Result<Vec<_>, _>>()?;
    one_of(column, values).ok_or_else(|| Trouble::bad("The FetchXml operator 'in' has no values."))
}

/// The annotation by which a client asks for the next page: a cookie within a cookie, escaped twice.
pub fn paging_cookie(page: usize, key: &str, first: &str, last: &str) -> String {
    let inner =
        format!("<cookie page=\"{page}\"><{key} last=\"{{{last}}}\" first=\"{{{first}}}\" /></cookie>");
    let escape = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    format!(
        "<cookie pagenumber=\"{}\" pagingcookie=\"{}\" istracking=\"False\" />",
        page + 1,
        escape(&escape(&inner))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_query() {
        let read = read(
            r#"<fetch version="1.0" mapping="logical" count="2" page="3"><entity name="SystemUser"><attribute name="fullname"/><order attribute="fullname" descending="true"/><filter type="or"><condition attribute="accessmode" operator="eq" value="4"/><condition attribute="fullname" operator="like" value="An%"/><filter><condition attribute="domainname" operator="in"><value>a</value><value>b</value></condition></filter></filter></entity></fetch>"#,
        );
        let read = read.unwrap();
        assert_eq!(
            (read.table.as_str(), read.count, read.page),
            ("systemuser", Some(2), 3)
        );
        assert_eq!(read.options.select, ["fullname"]);
        assert!(read.options.order[0].descending);
        assert!(matches!(read.options.filter, Some(Filter::Or(..))));
    }

    #[test]
    fn what_is_wrong_and_what_is_not_understood() {
        for bad in [
            "",
            "<fetch",
            "<x/>",
            "<fetch/>",
            r#"<fetch top="x"><entity name="a"/></fetch>"#,
            "<fetch><entity/></fetch>",
        ] {
            assert!(matches!(read(bad), Err(Trouble::Bad(_))), "{bad}");
        }
        for unknown in [
            r#"<fetch aggregate="true"><entity name="a"/></fetch>"#,
            r#"<fetch><entity name="a"><link-entity name="b" from="x" to="y"/></entity></fetch>"#,
            r#"<fetch><entity name="a"><filter><condition attribute="x" operator="last-week"/></filter></entity></fetch>"#,
        ] {
            assert!(
                matches!(read(unknown), Err(Trouble::NotUnderstood(_))),
                "{unknown}"
            );
        }
    }

    #[test]
    fn the_cookie_is_a_cookie_within_a_cookie() {
        let cookie = paging_cookie(1, "systemuserid", "A", "B");
        let inner = cookie
            .split("pagingcookie=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8()
                .unwrap()
                .into_owned()
        };
        assert_eq!(
            decode(&decode(inner)),
            "<cookie page=\"1\"><systemuserid last=\"{B}\" first=\"{A}\" /></cookie>"
        );
        assert!(cookie.starts_with("<cookie pagenumber=\"2\""));
    }
}
