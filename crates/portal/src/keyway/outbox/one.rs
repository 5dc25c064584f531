//! One mail.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, Value::Null};

use super::text;
use crate::{
    frame::Frame,
    page::{Ask, Reply},
    shell,
    text::shown,
};

#[derive(Template)]
#[template(path = "keyway/outbox/one.html")]
struct View {
    frame: Frame,
    path: String,
    subject: String,
    details: Vec<(&'static str, String)>,
    /// The text in pieces; an address is a link.
    body: Vec<Piece>,
    html: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    Address(String),
}

pub(super) async fn answer(ask: &Ask<'_>) -> Reply {
    let named = [("tenant", ask.param("tenant")), ("mail", ask.param("mail"))];
    if ask.sent() {
        ask.act("deleteMail", &named, &Null).await?;
        return Ok(ask.done("/outbox", "The mail was removed."));
    }
    let mail = ask.act("getMail", &named, &Null).await?;
    let delivery = &mail["delivery"];
    let details = [
        ("To", text(&mail["to"])),
        ("Kind", text(&mail["kind"])),
        ("Written", text(&mail["at"])),
        ("Delivery", text(&delivery["state"])),
        ("Tries", delivery["tries"].as_u64().unwrap_or(0).to_string()),
        ("Next try", text(&delivery["next"])),
        ("Delivered or given up", text(&delivery["at"])),
        ("What went wrong", text(&delivery["failed"])),
    ];
    let view = View {
        frame: ask.frame(),
        path: ask.call.path.clone(),
        subject: text(&mail["subject"]),
        details: details
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        body: pieces(mail["text"].as_str().unwrap_or_default()),
        html: source(&mail["html"]),
    };
    shell::page(StatusCode::OK, &view, Decision::served("a mail"))
}

/// Line by line: a line break is no character that acts.
fn source(html: &Value) -> String {
    let html = html.as_str().unwrap_or_default();
    html.lines().map(|line| shown(line) + "\n").collect()
}

/// The text with its addresses apart. Only addresses of a website are links: nothing else of a mail may act.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find("https://") {
            let (before, from) = rest.split_at(at);
            let end = from
                .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
                .unwrap_or(from.len());
            let (address, behind) = from.split_at(end);
            let bare = address.trim_end_matches(['.', ',', ';', ')']);
            words.push_str(&shown(before));
            pieces.push(Piece::Words(std::mem::take(&mut words)));
            pieces.push(Piece::Address(shown(bare)));
            words.push_str(&shown(&address[bare.len()..]));
            rest = behind;
        }
        words.push_str(&shown(rest));
        words.push('\n');
    }
    pieces.push(Piece::Words(words));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_links_and_nothing_else_is() {
        let words = |text: &str| Piece::Words(text.to_owned());
        assert_eq!(
            pieces("See https://a.example/x?y=1. Or\njavascript:alert(1) <https://b.example>"),
            [
                words("See "),
                Piece::Address("https://a.example/x?y=1".to_owned()),
                words(". Or\njavascript:alert(1) <"),
                Piece::Address("https://b.example".to_owned()),
                words(">\n"),
            ]
        );
    }
}
