//! The grammar of `$filter`.

use std::collections::HashMap;

use super::{
    super::{
        Literal, Trouble,
        lexer::{Token, tokens},
    },
    Compare, Filter, Search,
};

/// Conditions inside conditions: deeper is refused, so that no query exhausts the stack.
const DEPTH: usize = 64;

/// Reads a whole condition.
pub(super) fn parse(text: &str, aliases: &HashMap<String, String>) -> Result<Filter, Trouble> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        text,
        aliases,
        variable: None,
        depth: 0,
    };
    let filter = parser.or()?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.syntax()),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    text: &'t str,
    aliases: &'t HashMap<String, String>,
    /// The variable of the lambda we are in.
    variable: Option<String>,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'t Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(text)) if text == name);
        self.at += usize::from(found);
        found
    }

    fn take_mark(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), Trouble> {
        if self.take_mark(mark) {
            Ok(())
        } else {
            Err(self.syntax())
        }
    }

    fn syntax(&self) -> Trouble {
        Trouble::bad(format!(
            "Syntax error at position {} in '{}'.",
            self.text.len(),
            self.text
        ))
    }

    fn or(&mut self) -> Result<Filter, Trouble> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Trouble::bad("The node count limit of a query has been exceeded."));
        }
        let mut left = self.and()?;
        while self.take_name("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, Trouble> {
        let mut left = self.unary()?;
        while self.take_name("and") {
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter, Trouble> {
        let mut negations = 0_usize;
        while self.take_name("not") {
            negations += 1;
        }
        let inner = if self.take_mark('(') {
            let inner = self.or()?;
            self.expect(')')?;
            inner
        } else {
            self.comparison()?
        };
        Ok(if negations % 2 == 1 {
            Filter::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn comparison(&mut self) -> Result<Filter, Trouble> {
        match self.next() {
            Some(Token::Name(name)) if name.starts_with('@') => {
                let literal = self.alias(name)?;
                self.mirrored(literal)
            }
            Some(Token::Name(name)) if self.peek() == Some(&Token::Mark('(')) => self.call(name),
            Some(Token::Name(name)) => {
                let property = self.property(name);
                match self.operator()? {
                    Some(how) => Ok(Filter::Compare(property, how, self.literal()?)),
                    None => Ok(Filter::Switch(property)),
                }
            }
            Some(Token::Literal(literal)) => self.mirrored(literal.clone()),
            _ => Err(self.syntax()),
        }
    }

    /// `'x' eq name`: turned around.
    fn mirrored(&mut self, literal: Literal) -> Result<Filter, Trouble> {
        match (self.operator()?, self.next()) {
            (Some(how), Some(Token::Name(name))) => {
                Ok(Filter::Compare(self.property(name), how.mirrored(), literal))
            }
            (Some(_), Some(Token::Literal(_))) => Err(Trouble::not_understood(
                "a comparison of two constants in $filter",
            )),
            _ => Err(self.syntax()),
        }
    }

    fn operator(&mut self) -> Result<Option<Compare>, Trouble> {
        match self.peek() {
            Some(Token::Name(name)) if name != "and" && name != "or" => {
                let known = Compare::named(name);
                self.at += 1;
                known.map(Some).ok_or_else(|| match name.as_str() {
                    "in" | "has" | "add" | "sub" | "mul" | "div" | "mod" => {
                        Trouble::not_understood(format!("the operator `{name}` in $filter"))
                    }
                    _ => self.syntax(),
                })
            }
            _ => Ok(None),
        }
    }

    fn literal(&mut self) -> Result<Literal, Trouble> {
        match self.next() {
            Some(Token::Literal(literal)) => Ok(literal.clone()),
            Some(Token::Name(name)) if name.starts_with('@') => self.alias(name),
            Some(Token::Name(name)) => Err(Trouble::not_understood(format!(
                "a comparison of two properties in $filter (`{name}`)"
            ))),
            _ => Err(self.syntax()),
        }
    }

    fn alias(&self, name: &str) -> Result<Literal, Trouble> {
        let text = self.aliases.get(name).ok_or_else(|| {
            Trouble::bad(format!("The parameter alias '{name}' has no value in the query."))
        })?;
        super::super::literal(text)
    }

    /// Inside a lambda, names begin with its variable.
    fn property(&self, name: &str) -> String {
        let within = self
            .variable
            .as_deref()
            .and_then(|v| name.strip_prefix(v)?.strip_prefix('/'));
        within.unwrap_or(name).to_owned()
    }

    fn call(&mut self, name: &str) -> Result<Filter, Trouble> {
        self.at += 1;
        if let Some(how) = Search::named(name) {
            let Some(Token::Name(property)) = self.next() else {
                return Err(self.syntax());
            };
            let property = self.property(property);
            self.expect(',')?;
            let Literal::Text(wanted) = self.literal()? else {
                return Err(Trouble::bad(format!(
                    "No function signature for the function with name '{name}' matches the specified arguments."
                )));
            };
            self.expect(')')?;
            return Ok(Filter::Search(how, property, wanted));
        }
        match name.rsplit_once('/') {
            Some((collection, which @ ("any" | "all"))) => {
                self.lambda(self.property(collection), which == "all")
            }
            _ => Err(Trouble::not_understood(format!(
                "the function `{name}` in $filter"
            ))),
        }
    }

    fn lambda(&mut self, collection: String, every: bool) -> Result<Filter, Trouble> {
        if self.take_mark(')') {
            return Ok(Filter::Lambda {
                collection,
                every,
                body: None,
            });
        }
        if self.variable.is_some() {
            return Err(Trouble::not_understood("a lambda within a lambda in $filter"));
        }
        let Some(Token::Name(variable)) = self.next() else {
            return Err(self.syntax());
        };
        self.expect(':')?;
        self.variable = Some(variable.clone());
        let body = self.or()?;
        self.variable = None;
        self.expect(')')?;
        Ok(Filter::Lambda {
            collection,
            every,
            body: Some(Box::new(body)),
        })
    }
}
