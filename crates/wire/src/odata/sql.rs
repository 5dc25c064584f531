//! The `sql` query option: one simple `SELECT`, turned into the options it means.
//!
//! Understood: columns by name, `TOP`, `WHERE` with comparisons, `LIKE` with wildcards at the ends, `IN`,
//! `IS NULL`, `AND`, `OR`, `NOT`, and `ORDER BY`. The rest of SQL is refused as not understood; the official
//! Python client sends it only when its user asks for it (facts/organization.md 4.1).

use super::{
    Literal, Trouble,
    filter::{Compare, Filter, Search},
    options::{Options, Order},
};

/// What a statement asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// The table's logical name.
    pub table: String,
    /// The rest, by logical column names.
    pub options: Options,
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    Number(Literal),
    Mark(&'static str),
}

/// Conditions inside conditions: deeper is refused.
const DEPTH: usize = 64;
const MARKS: [&str; 10] = ["<>", "!=", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// Reads a statement.
///
/// # Errors
/// [`Trouble`].
pub fn read(text: &str) -> Result<Select, Trouble> {
    let words = words(text)?;
    let mut parser = Parser {
        words: &words,
        at: 0,
        depth: 0,
    };
    let select = parser.statement()?;
    match parser.peek() {
        None => Ok(select),
        Some(word) => Err(Trouble::not_understood(format!("{word:?} in SQL"))),
    }
}

fn words(text: &str) -> Result<Vec<Word>, Trouble> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            found.push(Word::Mark(mark));
            rest = rest[mark.len()..].trim_start();
            continue;
        }
        if first == '\'' {
            let (value, left) = quoted(&rest[1..])?;
            found.push(Word::Text(value));
            rest = left.trim_start();
            continue;
        }
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || "_.-".contains(c)))
            .unwrap_or(rest.len());
        if end == 0 {
            return Err(Trouble::not_understood(format!("`{first}` in SQL")));
        }
        let (word, left) = rest.split_at(end);
        let number = word
            .parse()
            .map(Literal::Int)
            .or_else(|_| word.parse().map(Literal::Decimal));
        found.push(match number {
            Ok(number) if !first.is_alphabetic() => Word::Number(number),
            _ => Word::Name(word.to_owned()),
        });
        rest = left.trim_start();
    }
    Ok(found)
}

fn quoted(body: &str) -> Result<(String, &str), Trouble> {
    let mut value = String::new();
    let mut rest = body;
    while let Some((piece, after)) = rest.split_once('\'') {
        value.push_str(piece);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Ok((value, after)),
        }
    }
    Err(Trouble::bad("Unclosed quotation mark in the SQL statement."))
}

struct Parser<'w> {
    words: &'w [Word],
    at: usize,
    depth: usize,
}

impl<'w> Parser<'w> {
    fn peek(&self) -> Option<&'w Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<&'w Word> {
        self.at += 1;
        self.words.get(self.at - 1)
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Word::Name(name)) if name.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn mark(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Some(Word::Mark(known)) if *known == mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), Trouble> {
        if self.keyword(keyword) {
            Ok(())
        } else {
            Err(self.syntax(keyword))
        }
    }

    fn syntax(&self, wanted: &str) -> Trouble {
        match self.peek() {
            Some(word) => Trouble::not_understood(format!("{word:?} in SQL where `{wanted}` was expected")),
            None => Trouble::bad(format!("The SQL statement ends where '{wanted}' was expected.")),
        }
    }

    /// A bare name; what qualifies it is not understood.
    fn name(&mut self, wanted: &str) -> Result<String, Trouble> {
        match self.peek() {
            Some(Word::Name(name)) if !name.contains('.') => {
                self.at += 1;
                Ok(name.to_ascii_lowercase())
            }
            _ => Err(self.syntax(wanted)),
        }
    }

    fn statement(&mut self) -> Result<Select, Trouble> {
        self.expect("SELECT")?;
        let mut options = Options::default();
        if self.keyword("TOP") {
            options.top = match self.next() {
                Some(Word::Number(Literal::Int(n))) => usize::try_from(*n).ok(),
                _ => return Err(Trouble::bad("TOP is followed by a number.")),
            };
        }
        loop {
            options.select.push(self.name("a column")?);
            if !self.mark(",") {
                break;
            }
        }
        self.expect("FROM")?;
        let table = self.name("a table")?;
        if self.keyword("WHERE") {
            options.filter = Some(self.or()?);
        }
        if self.keyword("ORDER") {
            self.expect("BY")?;
            loop {
                let property = self.name("a column")?;
                let descending = self.keyword("DESC");
                if !descending {
                    self.keyword("ASC");
                }
                options.order.push(Order { property, descending });
                if !self.mark(",") {
                    break;
                }
            }
        }
        Ok(Select { table, options })
    }

    fn or(&mut self) -> Result<Filter, Trouble> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Trouble::bad("The SQL statement is nested too deeply."));
        }
        let mut left = self.and()?;
        while self.keyword("OR") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, Trouble> {
        let mut left = self.unary()?;
        while self.keyword("AND") {
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter, Trouble> {
        let mut negations = 0_usize;
        while self.keyword("NOT") {
            negations += 1;
        }
        let inner = if self.mark("(") {
            let inner = self.or()?;
            if !self.mark(")") {
                return Err(self.syntax(")"));
            }
            inner
        } else {
            self.condition()?
        };
        Ok(if negations % 2 == 1 {
            Filter::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn condition(&mut self) -> Result<Filter, Trouble> {
        let column = self.name("a column")?;
        if self.keyword("IS") {
            let how = if self.keyword("NOT") {
                Compare::NotEqual
            } else {
                Compare::Equal
            };
            self.expect("NULL")?;
            return Ok(Filter::Compare(column, how, Literal::Null));
        }
        let negated = self.keyword("NOT");
        let inner = if self.keyword("LIKE") {
            match self.literal()? {
                Literal::Text(pattern) => like(column, &pattern)?,
                _ => return Err(Trouble::bad("LIKE is followed by a text.")),
            }
        } else if self.keyword("IN") {
            self.list(&column)?
        } else if negated {
            return Err(self.syntax("LIKE"));
        } else {
            self.comparison(column)?
        };
        Ok(if negated {
            Filter::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn comparison(&mut self, column: String) -> Result<Filter, Trouble> {
        let how = match self.peek() {
            Some(Word::Mark("=")) => Compare::Equal,
            Some(Word::Mark("<>" | "!=")) => Compare::NotEqual,
            Some(Word::Mark("<")) => Compare::Less,
            Some(Word::Mark("<=")) => Compare::LessOrEqual,
            Some(Word::Mark(">")) => Compare::Greater,
            Some(Word::Mark(">=")) => Compare::GreaterOrEqual,
            _ => return Err(self.syntax("a comparison")),
        };
        self.at += 1;
        Ok(Filter::Compare(column, how, self.literal()?))
    }

    fn list(&mut self, column: &str) -> Result<Filter, Trouble> {
        if !self.mark("(") {
            return Err(self.syntax("("));
        }
        let mut values = vec![self.literal()?];
        while self.mark(",") {
            values.push(self.literal()?);
        }
        if !self.mark(")") {
            return Err(self.syntax(")"));
        }
        one_of(column, values).ok_or_else(|| self.syntax("a value"))
    }

    fn literal(&mut self) -> Result<Literal, Trouble> {
        match self.next() {
            Some(Word::Text(text)) => Ok(Literal::Text(text.clone())),
            Some(Word::Number(number)) => Ok(number.clone()),
            _ => {
                self.at -= 1;
                Err(self.syntax("a value"))
            }
        }
    }
}

/// `LIKE` with wildcards at the ends.
pub(super) fn like(column: String, pattern: &str) -> Result<Filter, Trouble> {
    let (starts_open, inner) = pattern
        .strip_prefix('%')
        .map_or((false, pattern), |rest| (true, rest));
    let (ends_open, inner) = inner
        .strip_suffix('%')
        .map_or((false, inner), |rest| (true, rest));
    if inner.contains(['%', '_', '[']) {
        return Err(Trouble::not_understood(format!(
            "the pattern `{pattern}`: wildcards inside a text"
        )));
    }
    let inner = inner.to_owned();
    Ok(match (starts_open, ends_open) {
        (true, true) => Filter::Search(Search::Contains, column, inner),
        (false, true) => Filter::Search(Search::StartsWith, column, inner),
        (true, false) => Filter::Search(Search::EndsWith, column, inner),
        (false, false) => Filter::Compare(column, Compare::Equal, Literal::Text(inner)),
    })
}

/// A column equal to one of several values; `None` without any.
pub(super) fn one_of(column: &str, values: Vec<Literal>) -> Option<Filter> {
    let each = values
        .into_iter()
        .map(|value| Filter::Compare(column.to_owned(), Compare::Equal, value));
    each.reduce(|a, b| Filter::Or(Box::new(a), Box::new(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_simple_statement() {
        let read = read(
            "select TOP 3 FullName, domainname from SystemUser where (isdisabled = 0 and fullname like 'An%') or accessmode in (1, 4) order by fullname desc, createdon",
        );
        let read = read.unwrap();
        assert_eq!((read.table.as_str(), read.options.top), ("systemuser", Some(3)));
        assert_eq!(read.options.select, ["fullname", "domainname"]);
        assert!(read.options.order[0].descending && !read.options.order[1].descending);
        assert!(matches!(read.options.filter, Some(Filter::Or(..))));
    }

    #[test]
    fn conditions() {
        let filter = |text: &str| {
            read(&format!("SELECT a FROM t WHERE {text}"))
                .unwrap()
                .options
                .filter
                .unwrap()
        };
        let text = |text: &str| Literal::Text(text.to_owned());
        assert_eq!(
            filter("a = 'O''Neil'"),
            Filter::Compare("a".into(), Compare::Equal, text("O'Neil"))
        );
        assert_eq!(
            filter("a IS NOT NULL"),
            Filter::Compare("a".into(), Compare::NotEqual, Literal::Null)
        );
        assert_eq!(
            filter("a LIKE '%x%'"),
            Filter::Search(Search::Contains, "a".into(), "x".into())
        );
        assert!(matches!(filter("NOT a <> 1.5"), Filter::Not(_)));
        assert!(matches!(filter("a NOT IN ('x')"), Filter::Not(_)));
    }

    #[test]
    fn what_is_wrong_and_what_is_not_understood() {
        for bad in [
            "",
            "SELECT a",
            "SELECT a FROM t WHERE a = 'x",
            "SELECT TOP x a FROM t",
            "SELECT a FROM t WHERE a =",
        ] {
            assert!(matches!(read(bad), Err(Trouble::Bad(_))), "{bad}");
        }
        for unknown in [
            "SELECT * FROM t",
            "SELECT COUNT(a) FROM t",
            "SELECT t.a FROM t",
            "SELECT a FROM t JOIN u ON t.a = u.a",
            "SELECT a FROM t GROUP BY a",
            "SELECT a FROM t WHERE a LIKE 'x_y'",
            "SELECT a AS b FROM t",
            "DELETE FROM t",
            "SELECT a FROM t WHERE a = b",
        ] {
            assert!(
                matches!(read(unknown), Err(Trouble::NotUnderstood(_))),
                "{unknown}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_statement_panics(text in "(SELECT|FROM|WHERE|a|t|'x|'|=|<|\\(|\\)|,|NOT|LIKE|IN|TOP|1| |é){0,20}") {
            let _ = read(&text);
        }
    }
}
