//! `$batch`: requests in, answers out, as `multipart/mixed` (OData 4.0 part 1, 11.7; facts/organization.md 4).
//!
//! Read tolerantly, because the clients differ: boundaries with and without quotes, line feeds with and
//! without carriage returns, absolute and relative addresses.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::Trouble;

/// The most operations one batch may hold (facts/organization.md 4; 1,000 in the documentation).
pub const MOST: usize = 1000;

/// One request of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// `Content-ID`, by which later ones of the same change set refer to it.
    pub content_id: Option<String>,
    /// The verb.
    pub method: Method,
    /// Path and query, relative to the service's root or absolute, as written; or `$1` and the like.
    pub target: String,
    /// The headers of the inner request.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// One part of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A request by itself.
    One(Operation),
    /// Requests that happen together or not at all.
    ChangeSet(Vec<Operation>),
}

/// One answer in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The `Content-ID` of the request, inside a change set.
    pub content_id: Option<String>,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// One part of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replies {
    /// To a request by itself.
    One(Reply),
    /// To a change set: one each, or the one refusal that undid it.
    ChangeSet(Vec<Reply>),
}

/// The boundary in a content type.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then_some(value)
    })
}

/// Reads the body of a batch.
///
/// # Errors
/// [`Trouble::Bad`] naming what is missing.
pub fn read(content_type: &str, body: &str) -> Result<Vec<Part>, Trouble> {
    let boundary = boundary(content_type).ok_or_else(|| {
        Trouble::bad("The content type of a batch request must be multipart/mixed with a boundary parameter.")
    })?;
    let mut parts = Vec::new();
    let mut count = 0;
    for text in sections(body, boundary) {
        let (headers, body) = head_and_body(text)?;
        let kind = headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let part = match self::boundary(kind) {
            Some(inner) => {
                let set: Vec<_> = sections(body, inner).map(operation).collect::<Result<_, _>>()?;
                count += set.len();
                Part::ChangeSet(set)
            }
            None => {
                count += 1;
                Part::One(operation(text)?)
            }
        };
        if count > MOST {
            return Err(Trouble::bad(format!(
                "A batch request may contain at most {MOST} operations."
            )));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(Trouble::bad(format!(
            "The batch request has no part between its boundaries '--{boundary}'."
        )));
    }
    Ok(parts)
}

/// The texts between boundary lines; the closing boundary may be missing.
fn sections<'t>(body: &'t str, boundary: &str) -> impl Iterator<Item = &'t str> {
    let mut found: Vec<&'t str> = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let text = line.trim_end();
        let is_mark = text
            .strip_prefix("--")
            .and_then(|rest| rest.strip_prefix(boundary));
        if let Some(end) = is_mark.filter(|end| end.is_empty() || *end == "--") {
            if let Some(start) = start {
                found.push(&body[start..at]);
            }
            start = Some(at + line.len());
            if end == "--" {
                start = None;
                break;
            }
        }
        at += line.len();
    }
    found.extend(start.map(|start| &body[start..]));
    found.into_iter().filter(|text| !text.trim().is_empty())
}

/// Headers up to the empty line, and the rest.
fn head_and_body(text: &str) -> Result<(HeaderMap, &str), Trouble> {
    let mut headers = HeaderMap::new();
    let mut at = 0;
    let text = text.trim_start_matches(['\r', '\n']);
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let bad = || Trouble::bad(format!("The batch request has an invalid header line '{line}'."));
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        let name = name.trim().parse::<HeaderName>().map_err(|_| bad())?;
        headers.append(name, HeaderValue::from_str(value.trim()).map_err(|_| bad())?);
    }
    Ok((headers, &text[at..]))
}

fn operation(text: &str) -> Result<Operation, Trouble> {
    let (outer, inner) = head_and_body(text)?;
    let inner = inner.trim_start_matches(['\r', '\n']);
    let (line, rest) = inner.split_once('\n').unwrap_or((inner, ""));
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().and_then(|m| m.parse().ok()), words.next());
    let last = words.last();
    let (Some(method), Some(target), true) = (method, target, last.is_some_and(|v| v.starts_with("HTTP/")))
    else {
        return Err(Trouble::bad(format!(
            "The batch request has an invalid request line '{}'.",
            line.trim_end()
        )));
    };
    // Blanks inside the address arrive unescaped from the Python client: take all between verb and version.
    let target = match (line.find(target), line.rfind(" HTTP/")) {
        (Some(from), Some(to)) if from < to => line[from..to].trim().replace(' ', "%20"),
        _ => target.to_owned(),
    };
    // Without headers the body follows at once; a line that is no header begins it.
    let (headers, body) = if rest.trim_start().starts_with('{') {
        (HeaderMap::new(), rest)
    } else {
        head_and_body_lenient(rest)?
    };
    Ok(Operation {
        content_id: outer
            .get("content-id")
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned),
        method,
        target,
        headers,
        body: Bytes::copy_from_slice(body.trim().as_bytes()),
    })
}

/// As [`head_and_body`], where an empty line first means that there are no headers.
fn head_and_body_lenient(text: &str) -> Result<(HeaderMap, &str), Trouble> {
    match text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')) {
        Some(body) => Ok((HeaderMap::new(), body)),
        None => head_and_body(text),
    }
}

/// Writes the answer; `boundary` and each of `set_boundaries` go behind `batchresponse_` and
/// `changesetresponse_`, names the clients look for. The content type comes first.
pub fn write(replies: &[Replies], boundary: &str, set_boundary: impl Fn(usize) -> String) -> (String, Bytes) {
    let outer = format!("batchresponse_{boundary}");
    let mut out = String::new();
    for (i, part) in replies.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(out, "--{outer}\r\n");
        match part {
            Replies::One(reply) => write_reply(&mut out, reply),
            Replies::ChangeSet(set) => {
                let inner = format!("changesetresponse_{}", set_boundary(i));
                let _ = write!(out, "Content-Type: multipart/mixed; boundary={inner}\r\n\r\n");
                for reply in set {
                    let _ = write!(out, "--{inner}\r\n");
                    write_reply(&mut out, reply);
                }
                let _ = write!(out, "--{inner}--\r\n");
            }
        }
    }
    let _ = write!(out, "--{outer}--\r\n");
    (format!("multipart/mixed; boundary={outer}"), out.into())
}

fn write_reply(out: &mut String, reply: &Reply) {
    out.push_str("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = &reply.content_id {
        let _ = write!(out, "Content-ID: {id}\r\n");
    }
    let status = reply.status;
    let _ = write!(
        out,
        "\r\nHTTP/1.1 {} {}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    );
    for (name, value) in &reply.headers {
        if let Ok(value) = value.to_str() {
            let _ = write!(out, "{name}: {value}\r\n");
        }
    }
    out.push_str("\r\n");
    out.push_str(&String::from_utf8_lossy(&reply.body));
    out.push_str("\r\n");
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
