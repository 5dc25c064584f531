//! What an answer holds: a page with its form, a redirect, tokens.

use http::header;
use wire::Answer;

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

pub(crate) fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", text(answer)))
}

pub(crate) fn code_of(body: &serde_json::Value) -> u64 {
    body["error_codes"][0]
        .as_u64()
        .unwrap_or_else(|| panic!("{body}"))
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
}

pub(crate) fn hidden(page: &str, name: &str) -> String {
    let at = page
        .find(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("{name} in {page}"));
    let rest = &page[at + name.len() + 15..];
    unescape(&rest[..rest.find('"').unwrap()])
}

/// The hidden fields of a page's form.
pub(crate) fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let inputs = page
        .split("<input ")
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0);
    let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\"") || tag.ends_with(" hidden"));
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(unescape(rest.split_once('"')?.0))
    };
    hidden
        .filter_map(|tag| Some((attribute(tag, " name")?, attribute(tag, "value")?)))
        .collect()
}

/// The first `Set-Cookie` line that begins so.
pub(crate) fn cookie_line(answer: &Answer, start: &str) -> String {
    let lines = answer.headers.get_all(header::SET_COOKIE).into_iter();
    let mut lines = lines.map(|line| line.to_str().unwrap().to_owned());
    lines.find(|line| line.starts_with(start)).expect("the cookie")
}

/// A header's text; nothing where it is missing.
pub(crate) fn header_of(answer: &Answer, name: &str) -> String {
    let value = answer.headers.get(name);
    value
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

pub(crate) fn location(answer: &Answer) -> String {
    let location = answer.headers.get(header::LOCATION);
    let location = location.unwrap_or_else(|| panic!("{}", text(answer)));
    location.to_str().unwrap().to_owned()
}

pub(crate) fn heading(answer: &Answer) -> String {
    let page = text(answer);
    let (_, rest) = page.split_once("<h1>").unwrap_or_else(|| panic!("{page}"));
    rest.split_once("</h1>").unwrap().0.to_owned()
}

pub(crate) fn action(page: &str) -> String {
    let at = page.find("action=\"").unwrap() + 8;
    let path = unescape(&page[at..at + page[at..].find('"').unwrap()]);
    format!("https://login.microsoftonline.com{path}")
}

pub(crate) fn query_of(url: &str) -> std::collections::HashMap<String, String> {
    let at = url.find(['?', '#']).unwrap_or_else(|| panic!("{url}"));
    let query = url[at + 1..].trim_end_matches('#');
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(crate) fn claims(token: &serde_json::Value) -> serde_json::Value {
    crypt::jwt::Unverified::read(token.as_str().unwrap())
        .unwrap()
        .claims
}
