//! Resource paths: `systemusers(<id>)/systemuserroles_association`, `WhoAmI()`,
//! `RetrieveCurrentOrganization(AccessType=@p1)`, `EntityDefinitions(LogicalName='role')/Attributes`.

use percent_encoding::percent_decode_str;
use types::Uuid;

use super::{
    Literal, Trouble,
    lexer::{Token, tokens},
};

/// One part of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// An entity set, a navigation property, a function, a cast, `$ref`, `$count`.
    pub name: String,
    /// What stood in parentheses; `None` when there were none, empty for `()`.
    pub arguments: Option<Vec<Argument>>,
}

/// One thing in parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name; a primary key has none.
    pub name: Option<String>,
    /// Its value.
    pub value: ArgumentValue,
}

/// A value in parentheses.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentValue {
    /// Written there.
    Literal(Literal),
    /// `@p1`: written in the query.
    Alias(String),
}

impl Segment {
    /// A primary key: exactly one GUID without a name.
    pub fn id(&self) -> Option<Uuid> {
        match self.arguments.as_deref()? {
            [
                Argument {
                    name: None,
                    value: ArgumentValue::Literal(Literal::Guid(id)),
                },
            ] => Some(*id),
            _ => None,
        }
    }

    /// A key of one named text: `LogicalName='role'`.
    pub fn named_text(&self) -> Option<(&str, &str)> {
        match self.arguments.as_deref()? {
            [
                Argument {
                    name: Some(name),
                    value: ArgumentValue::Literal(Literal::Text(text)),
                },
            ] => Some((name, text)),
            _ => None,
        }
    }

    /// Nothing in parentheses, or none at all: how parameterless functions are called.
    pub fn is_plain(&self) -> bool {
        self.arguments.as_ref().is_none_or(Vec::is_empty)
    }
}

/// Reads a path, still percent-encoded, relative to the service's root.
///
/// # Errors
/// [`Trouble::Bad`] when it is not UTF-8 or its parentheses make no sense.
pub fn parse(path: &str) -> Result<Vec<Segment>, Trouble> {
    let decoded = percent_decode_str(path.trim_matches('/'))
        .decode_utf8()
        .map_err(|_| Trouble::bad("The request path is not UTF-8."))?;
    if decoded.is_empty() {
        return Ok(Vec::new());
    }
    split(&decoded, '/').into_iter().map(segment).collect()
}

/// Splits at a mark outside quotes and parentheses.
pub(super) fn split(text: &str, mark: char) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_usize, false);
    text.split(move |c| {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => return c == mark && !quoted && depth == 0,
        }
        false
    })
    .collect()
}

fn segment(text: &str) -> Result<Segment, Trouble> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(Segment {
            name: text.to_owned(),
            arguments: None,
        });
    };
    let bad = || Trouble::bad(format!("Bad Request - Error in query syntax: '{text}'."));
    let inside = rest.strip_suffix(')').ok_or_else(bad)?;
    if inside.trim().is_empty() {
        return Ok(Segment {
            name: name.to_owned(),
            arguments: Some(Vec::new()),
        });
    }
    let arguments = split(inside, ',')
        .into_iter()
        .map(|part| argument(part).ok_or_else(bad));
    Ok(Segment {
        name: name.to_owned(),
        arguments: Some(arguments.collect::<Result<_, _>>()?),
    })
}

fn argument(text: &str) -> Option<Argument> {
    let value = |token: &Token| match token {
        Token::Literal(literal) => Some(ArgumentValue::Literal(literal.clone())),
        Token::Name(name) if name.starts_with('@') => Some(ArgumentValue::Alias(name.clone())),
        _ => None,
    };
    match tokens(text).ok()?.as_slice() {
        [one] => Some(Argument {
            name: None,
            value: value(one)?,
        }),
        [Token::Name(name), Token::Mark('='), one] => Some(Argument {
            name: Some(name.clone()),
            value: value(one)?,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "11111111-2222-3333-4444-555555555555";

    #[test]
    fn what_the_clients_send() {
        let path = parse(&format!(
            "systemusers({ID})/systemuserroles_association({ID})/$ref"
        ))
        .unwrap();
        assert_eq!(path[0].id().unwrap().to_string(), ID);
        assert_eq!(
            (path[1].name.as_str(), path[2].name.as_str()),
            ("systemuserroles_association", "$ref")
        );
        assert_eq!(parse("WhoAmI").unwrap()[0].arguments, None);
        assert_eq!(parse("WhoAmI()").unwrap()[0].arguments, Some(vec![]));
        let path = parse("EntityDefinitions(LogicalName=%27ro%2Fle%27)/Attributes").unwrap();
        assert_eq!(path[0].named_text(), Some(("LogicalName", "ro/le")));
        let path = parse("RetrieveCurrentOrganization(AccessType=@p1)").unwrap();
        let alias = Argument {
            name: Some("AccessType".into()),
            value: ArgumentValue::Alias("@p1".into()),
        };
        assert_eq!(path[0].arguments, Some(vec![alias]));
        let path = parse("F(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')").unwrap();
        assert!(!path[0].is_plain());
        assert_eq!(parse("/").unwrap(), vec![]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["a(", "a(b", "a(b=)", "a(b=c)", "a('x)", "a(1,,2)", "%ff"] {
            assert!(matches!(parse(bad), Err(Trouble::Bad(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(text in "[a-z()/',=%@0-9 ]{0,40}") {
            let _ = parse(&text);
        }
    }
}
