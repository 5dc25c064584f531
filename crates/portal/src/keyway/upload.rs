//! What a form sends: a pasted text or a file (RFC 7578), whichever holds something.

use http::header;
use memchr::memmem;
use wire::Call;

/// More parts than a form of ours has are nobody's form.
const MOST_PARTS: usize = 8;

/// The text that came: the file if one was chosen, else what was pasted. `None` if it is no form, nor plain text.
pub(crate) fn text(call: &Call) -> Option<Vec<u8>> {
    let kind = call.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    match essence.trim().to_ascii_lowercase().as_str() {
        "multipart/form-data" => {
            let boundary = boundary(parameters)?;
            let file = field(&call.body, boundary, "file").filter(|file| !file.is_empty());
            let text = file.or_else(|| field(&call.body, boundary, "text"));
            Some(text.unwrap_or_default().to_vec())
        }
        "application/x-www-form-urlencoded" => {
            let text = form_urlencoded::parse(&call.body).find(|(name, _)| name == "text");
            Some(
                text.map(|(_, text)| text.into_owned().into_bytes())
                    .unwrap_or_default(),
            )
        }
        "text/plain" => Some(call.body.to_vec()),
        _ => None,
    }
}

fn boundary(parameters: &str) -> Option<&str> {
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then_some(value.trim())
    })?;
    let value = value.trim_matches('"');
    (1..=70).contains(&value.len()).then_some(value)
}

/// The content of a field.
fn field<'b>(body: &'b [u8], boundary: &str, name: &str) -> Option<&'b [u8]> {
    let open = format!("--{boundary}\r\n");
    let close = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(open.as_bytes())?;
    for _ in 0..MOST_PARTS {
        let head = memmem::find(rest, b"\r\n\r\n")?;
        let content = &rest[head + 4..];
        let end = memmem::find(content, close.as_bytes())?;
        if is_named(&rest[..head], name) {
            return Some(&content[..end]);
        }
        rest = content[end + close.len()..].strip_prefix(b"\r\n")?;
    }
    None
}

fn is_named(head: &[u8], name: &str) -> bool {
    let quoted = format!("name=\"{name}\"");
    let head = String::from_utf8_lossy(head);
    let disposition = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
    disposition.is_some_and(|line| line.split(';').any(|part| part.trim() == quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "--x1\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\npasted\r\n--x1\r\n\
                        Content-Disposition: form-data; name=\"file\"; filename=\"name=.log\"\r\n\
                        Content-Type: text/plain\r\n\r\nfrom a\r\nfile\r\n--x1--\r\n";

    #[test]
    fn fields_are_found() {
        assert_eq!(field(BODY.as_bytes(), "x1", "text"), Some(&b"pasted"[..]));
        assert_eq!(field(BODY.as_bytes(), "x1", "file"), Some(&b"from a\r\nfile"[..]));
        assert_eq!(field(BODY.as_bytes(), "x1", "other"), None);
        assert_eq!(boundary(" charset=utf-8; boundary=\"x1\""), Some("x1"));
    }

    #[test]
    fn what_breaks_off_is_no_field() {
        for end in 0..BODY.len() - 8 {
            assert_eq!(field(&BODY.as_bytes()[..end], "x1", "other"), None);
        }
        assert_eq!(field(b"--x1\r\n", "x1", "text"), None);
    }
}
