//! The words of a query: names, literals, parentheses, commas.

use types::{Timestamp, Uuid};

use super::{Literal, Trouble};

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A property path, a function, an operator: `fullname`, `contains`, `eq`, `a/b`, `@p1`.
    Name(String),
    /// A value.
    Literal(Literal),
    /// `(`, `)`, `,`, `=`, `:`
    Mark(char),
}

/// Splits `text` into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Trouble> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, left) = match first {
            '(' | ')' | ',' | '=' | ':' => (Token::Mark(first), &rest[1..]),
            '\'' => {
                let (value, left) = quoted(rest, text)?;
                (Token::Literal(Literal::Text(value)), left)
            }
            _ => word(rest, text)?,
        };
        found.push(token);
        rest = left.trim_start();
    }
    Ok(found)
}

/// A text in single quotes, the quote doubled inside.
fn quoted<'t>(rest: &'t str, whole: &str) -> Result<(String, &'t str), Trouble> {
    let body = &rest[1..];
    let mut value = String::new();
    let mut at = 0;
    while let Some(end) = body[at..].find('\'') {
        value.push_str(&body[at..at + end]);
        at += end + 1;
        if !body[at..].starts_with('\'') {
            return Ok((value, &body[at..]));
        }
        value.push('\'');
        at += 1;
    }
    let position = whole.len();
    Err(Trouble::bad(format!(
        "There is an unterminated string literal at position {position} in '{whole}'."
    )))
}

/// A name, a literal without quotes, or an enumeration member (`Type'Member'`).
fn word<'t>(rest: &'t str, whole: &str) -> Result<(Token, &'t str), Trouble> {
    let end = rest
        .find(|c: char| c.is_whitespace() || "(),='".contains(c))
        .unwrap_or(rest.len());
    // A colon separates the variable of a lambda, but also hours from minutes.
    let end = match rest[..end].find(':') {
        Some(colon) if !rest.starts_with(|c: char| c.is_ascii_digit()) => colon,
        _ => end,
    };
    let (text, left) = rest.split_at(end);
    if text.is_empty() {
        let position = whole.len() - rest.len();
        return Err(Trouble::bad(format!(
            "Syntax error at position {position} in '{whole}'."
        )));
    }
    if left.starts_with('\'') {
        let (member, left) = quoted(left, whole)?;
        return Ok((
            Token::Literal(Literal::Enum {
                of: text.to_owned(),
                member,
            }),
            left,
        ));
    }
    Ok((
        bare(text).map_or_else(|| Token::Name(text.to_owned()), Token::Literal),
        left,
    ))
}

/// A literal without quotes; `None` when it is a name.
pub(super) fn bare(text: &str) -> Option<Literal> {
    match text {
        "null" => return Some(Literal::Null),
        "true" => return Some(Literal::Bool(true)),
        "false" => return Some(Literal::Bool(false)),
        _ => {}
    }
    if text.len() == 36
        && let Ok(id) = Uuid::try_parse(text)
    {
        return Some(Literal::Guid(id));
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
        return None;
    }
    let number = || {
        text.parse()
            .map(Literal::Int)
            .or_else(|_| text.parse().map(Literal::Decimal))
            .ok()
    };
    let moment =
        || Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")));
    number().or_else(|| moment().map(Literal::Time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_of_word() {
        let name = |text: &str| Token::Name(text.to_owned());
        let id = "11111111-2222-3333-4444-555555555555";
        let text =
            format!("not (name eq 'O''Neil' and id ne {id}) or a/b gt -3 and t ge 2024-05-01T10:20:30Z");
        let found = tokens(&text).unwrap();
        assert_eq!(
            found[..6],
            [
                name("not"),
                Token::Mark('('),
                name("name"),
                name("eq"),
                Token::Literal(Literal::Text("O'Neil".into())),
                name("and"),
            ]
        );
        assert!(found.contains(&Token::Literal(Literal::Guid(id.parse().unwrap()))));
        assert!(found.contains(&Token::Literal(Literal::Int(-3))));
        assert!(found.contains(&name("a/b")));
        assert_eq!(
            found.last(),
            Some(&Token::Literal(Literal::Time(Timestamp::from_seconds(
                1_714_558_830
            ))))
        );
    }

    #[test]
    fn enumerations_dates_and_lambdas() {
        let found = tokens("T.Kind'Default' 2024-05-01 any(r:r/name eq null)").unwrap();
        assert_eq!(
            found[0],
            Token::Literal(Literal::Enum {
                of: "T.Kind".into(),
                member: "Default".into()
            })
        );
        assert_eq!(
            found[1],
            Token::Literal(Literal::Time(Timestamp::from_seconds(1_714_521_600)))
        );
        assert_eq!(found[4..6], [Token::Name("r".into()), Token::Mark(':')]);
    }

    #[test]
    fn an_open_quote_is_named() {
        assert!(matches!(tokens("name eq 'x"), Err(Trouble::Bad(text)) if text.contains("unterminated")));
    }
}
