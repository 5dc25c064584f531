//! HTTP: statuses in every way they are told, proxies, redirect loops, pages where data was due.

use std::collections::HashMap;

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "http",
    about: "HTTP statuses, redirect loops, pages where data was due",
    read,
};

/// The least number of times one address is redirected to another in a loop.
const ROUNDS: usize = 3;

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    statuses(page, notes);
    redirects(page, notes);
    pages(page, notes);
}

fn statuses(page: &Page, notes: &mut Notes<'_>) {
    let words = page.words();
    for at in 0..words.len() {
        let word = words.text(at);
        if word.len() != 3
            || !word.bytes().all(|b| b.is_ascii_digit())
            || !word.starts_with(['1', '2', '3', '4', '5'])
        {
            continue;
        }
        if told(page, at) {
            let line = words.word(at).map_or(0, |word| word.line as usize);
            notes.see(Kind::Status, word, line);
            if word == "407" {
                notes.see(Kind::Http, "proxy-auth", line);
            }
        }
    }
}

/// Whether the number at a place is told as a status: by the words before it, or by its reason behind it.
fn told(page: &Page, at: usize) -> bool {
    let words = page.words();
    let back = |steps: usize| at.checked_sub(steps).map_or("", |at| words.text(at));
    let before = matches!(
        back(1),
        "status" | "statuscode" | "status_code" | "httpstatus" | "httpstatuscode" | "responsecode"
    ) || (back(1) == "code" && matches!(back(2), "status" | "response" | "http"))
        || (back(1) == "error" && matches!(back(2), "http" | "an" | "server" | "returned"))
        || back(1) == "http"
        || (back(2) == "http" && ["1", "2", "3"].contains(&back(1)))
        || (back(3) == "http" && back(2) == "1")
        || (words.text(at).starts_with(['4', '5'])
            && matches!(
                back(1),
                "answers" | "answered" | "returns" | "returned" | "gets" | "got" | "gives"
            ));
    before || reason(words.text(at), words.text(at + 1), words.text(at + 2))
}

/// The reason phrases of RFC 9110 section 15 that follow a number in prose.
fn reason(status: &str, first: &str, second: &str) -> bool {
    matches!(
        (status, first, second),
        ("401", "unauthorized", _)
            | ("403", "forbidden", _)
            | ("404", "not", "found")
            | ("400", "bad", "request")
            | ("405", "method", _)
            | ("407", "proxy", _)
            | ("408", "request", "timeout")
            | ("429", "too", "many")
            | ("440", "login", _)
            | ("500", "internal", _)
            | ("410", "gone", _)
            | ("501", "not", "implemented")
            | ("502", "bad", "gateway")
            | ("503", "service" | "server", _)
            | ("504", "gateway", _)
            | ("302", "found" | "moved", _)
            | ("301", "moved", _)
            | ("200", "ok", _)
    )
}

/// Lines such as `GET https://a -> 302 https://b`, or requests and `Location:` in turn.
fn redirects(page: &Page, notes: &mut Notes<'_>) {
    let mut pairs: HashMap<(String, String), usize> = HashMap::new();
    let mut asked: Option<String> = None;
    for (line, text) in page.clean() {
        let addresses: Vec<String> = text.split_whitespace().filter_map(address).collect();
        let lower = text.to_ascii_lowercase();
        let redirected = lower.starts_with("location:") || lower.contains("< location:");
        let pair = match (&asked, &addresses[..]) {
            (_, [from, .., to]) if lower.contains("30") || lower.contains("->") => {
                Some((from.clone(), to.clone()))
            }
            (Some(from), [to]) if redirected => Some((from.clone(), to.clone())),
            _ => None,
        };
        if let Some(pair) = pair {
            let count = pairs.entry(pair).or_default();
            *count += 1;
            if *count == ROUNDS {
                notes.see(Kind::Http, "redirect-loop", line);
            }
        }
        if let (false, Some(first)) = (redirected, addresses.first()) {
            asked = Some(first.clone());
        }
    }
}

/// An address without what changes from round to round.
fn address(chunk: &str) -> Option<String> {
    let at = chunk.find("https://").or_else(|| chunk.find("http://"))?;
    let end = chunk[at..]
        .find(['?', '#', '"', '\'', ')', '>'])
        .map_or(chunk.len(), |end| at + end);
    Some(chunk[at..end].to_ascii_lowercase())
}

/// An HTML page where a program was reading data.
fn pages(page: &Page, notes: &mut Notes<'_>) {
    let mut data_was_due = false;
    for (line, text) in page.clean() {
        let lower = text.to_ascii_lowercase();
        data_was_due |= [
            "json",
            "unexpected character",
            "unexpected token",
            "/api/data/",
            "application/json",
        ]
        .iter()
        .any(|mark| lower.contains(mark));
        let html = lower.contains("<!doctype html")
            || lower.contains("<html")
            || lower.contains("unexpected token <");
        if data_was_due && html {
            notes.see(Kind::Http, "html-not-json", line);
        }
    }
}

#[cfg(test)]
mod tests {
    use evidence::Kind::{Http, Status};

    use crate::read::tests::{reads, silent};

    #[test]
    fn statuses_in_every_dress() {
        for text in [
            "HTTP/1.1 401 Unauthorized",
            "HTTP/2 401",
            "The remote server returned an error: (401) Unauthorized.",
            "\"statusCode\":401,",
            "The request failed with HTTP status 401: Anonymous Request Disallowed.",
            "Response status code does not indicate success: 401 (Unauthorized).",
        ] {
            reads(text, Status, "401");
        }
        reads("the endpoint answers 401 to it", Status, "401");
        reads("(407) Proxy Authentication Required", Http, "proxy-auth");
        silent("401 users in room 403", Status);
    }

    #[test]
    fn a_loop_is_the_same_pair_three_times() {
        let round = "GET https://a.test/x?n=1\nHTTP/1.1 302 Found\nLocation: https://b.test/y\n\
                     GET https://b.test/y\nHTTP/1.1 302 Found\nLocation: https://a.test/x?n=2\n";
        reads(&round.repeat(3), Http, "redirect-loop");
        silent(round, Http);
    }
}
