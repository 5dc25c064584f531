//! Texts on their way to a page: foreign ones made visible, the catalog's own Markdown taken apart.
//!
//! Templates escape what could be markup. What is left are characters that change what a reader sees of the others; [`shown`]
//! takes those.

pub(crate) use evidence::shown;

/// Whether a text holds what was searched for, however it is written.
pub(crate) fn has(text: &str, searched: &str) -> bool {
    text.to_lowercase().contains(&searched.to_lowercase())
}

/// A moment as people read it, in UTC.
pub(crate) fn moment(at: types::Timestamp) -> String {
    at.rfc3339_seconds().replace('T', " ").replace('Z', " UTC")
}

/// A query of these names and values.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// A piece of an article.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// Running text.
    Paragraph(Vec<Span>),
    /// What is done one after another.
    Steps(Vec<Vec<Span>>),
    /// What stands side by side.
    Points(Vec<Vec<Span>>),
    /// As it is typed.
    Typed(String),
}

/// A piece of running text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// Words.
    Plain(String),
    /// Between back-ticks.
    Code(String),
    /// Between two asterisks.
    Strong(String),
}

/// The blocks of an article's part. What it does not know stays text.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut typed: Option<String> = None;
    let mut open: Option<(Sort, Vec<String>)> = None;
    for line in markdown.lines() {
        if let Some(mut text) = typed.take() {
            if line.trim_start().starts_with("```") {
                blocks.push(Block::Typed(text));
            } else {
                text.push_str(line);
                text.push('\n');
                typed = Some(text);
            }
            continue;
        }
        if line.trim_start().starts_with("```") {
            close(&mut open, &mut blocks);
            typed = Some(String::new());
            continue;
        }
        let (sort, text) = sort(line);
        match (&mut open, sort) {
            (_, Sort::Blank) => close(&mut open, &mut blocks),
            (Some((known, items)), Sort::More) if *known != Sort::Blank => {
                if let Some(last) = items.last_mut() {
                    last.push(' ');
                    last.push_str(text);
                }
            }
            (Some((known, items)), sort) if *known == sort && sort != Sort::More => {
                items.push(text.to_owned());
            }
            (_, sort) => {
                close(&mut open, &mut blocks);
                open = Some((sort, vec![text.to_owned()]));
            }
        }
    }
    close(&mut open, &mut blocks);
    blocks.extend(typed.map(Block::Typed));
    blocks
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Blank,
    Step,
    Point,
    More,
}

fn sort(line: &str) -> (Sort, &str) {
    let text = line.trim();
    if text.is_empty() {
        return (Sort::Blank, text);
    }
    if let Some(rest) = text.strip_prefix("- ") {
        return (Sort::Point, rest);
    }
    match text.split_once(". ") {
        Some((number, rest)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            (Sort::Step, rest)
        }
        _ => (Sort::More, text),
    }
}

fn close(open: &mut Option<(Sort, Vec<String>)>, blocks: &mut Vec<Block>) {
    let Some((sort, items)) = open.take() else {
        return;
    };
    let spans = items.iter().map(|item| spans(item));
    blocks.push(match sort {
        Sort::Step => Block::Steps(spans.collect()),
        Sort::Point => Block::Points(spans.collect()),
        Sort::More | Sort::Blank => Block::Paragraph(spans.flatten().collect()),
    });
}

/// The spans of a line. A mark without its partner is a character like any other.
pub(crate) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let mark = if from.starts_with("**") { "**" } else { &from[..1] };
        let inner = from[mark.len()..]
            .split_once(mark)
            .filter(|(inner, _)| mark != "*" && !inner.is_empty());
        let Some((inner, behind)) = inner else {
            plain.push_str(mark);
            rest = &from[mark.len()..];
            continue;
        };
        if !plain.is_empty() {
            spans.push(Span::Plain(std::mem::take(&mut plain)));
        }
        spans.push(match mark {
            "`" => Span::Code(inner.to_owned()),
            _ => Span::Strong(inner.to_owned()),
        });
        rest = behind;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        spans.push(Span::Plain(plain));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_comes_apart() {
        let plain = |text: &str| vec![Span::Plain(text.to_owned())];
        assert_eq!(
            blocks("One\ntwo.\n\n1. First\n   goes on\n2. Second\n\n- a point\n```\nx  y\n```\nEnd"),
            [
                Block::Paragraph(plain("One two.")),
                Block::Steps(vec![plain("First goes on"), plain("Second")]),
                Block::Points(vec![plain("a point")]),
                Block::Typed("x  y\n".to_owned()),
                Block::Paragraph(plain("End")),
            ]
        );
        assert_eq!(
            spans("open **Users**, run `x` and 2 * 3 ** 4 `"),
            [
                Span::Plain("open ".into()),
                Span::Strong("Users".into()),
                Span::Plain(", run ".into()),
                Span::Code("x".into()),
                Span::Plain(" and 2 * 3 ** 4 `".into()),
            ]
        );
    }
}
