//! Taking secrets out of text before it is kept.

/// Parameter and header names whose value is a secret wherever it appears.
const SECRET_NAMES: &[&str] = &[
    "access_token",
    "assertion",
    "authorization",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "cookie",
    "device_code",
    "id_token",
    "password",
    "passwd",
    "proxy-authorization",
    "refresh_token",
    "set-cookie",
    "user_code",
];

/// Where in `"name": "value"` the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Json {
    Elsewhere,
    /// Behind a secret's name and its quote.
    Named,
    /// Within its value, until the next quote.
    Value,
}

/// Replaces the value of every secret-bearing name in form, query or JSON text (`a=b&c=d`, `"a":"b"`) and every
/// JSON web token by `[redacted]`.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut json = Json::Elsewhere;
    for piece in text.split_inclusive(['&', '?', ' ', '"', '\'', '\n', ';', ',']) {
        let (body, end) = match piece.char_indices().last() {
            Some((at, c)) if "&? \"'\n;,".contains(c) => piece.split_at(at),
            _ => (piece, ""),
        };
        match body.split_once('=') {
            _ if json == Json::Value => {}
            Some((name, _)) if is_secret(name) => {
                out.push_str(name);
                out.push_str("=[redacted]");
            }
            _ if looks_like_jwt(body) => out.push_str("[redacted]"),
            _ => out.push_str(body),
        }
        json = match (json, end) {
            (Json::Value, "\"") => {
                out.push_str("[redacted]");
                Json::Elsewhere
            }
            (Json::Value, _) => continue,
            // In an error's JSON, `code` is what went wrong; an authorization code travels in queries and forms.
            (Json::Elsewhere, "\"") if is_secret(body) && body != "code" => Json::Named,
            (Json::Named, "\"") if body.trim() == ":" || body.is_empty() => Json::Value,
            (Json::Named, " ") if body.trim() == ":" || body.is_empty() => Json::Named,
            _ => Json::Elsewhere,
        };
        out.push_str(end);
    }
    if json == Json::Value {
        out.push_str("[redacted]");
    }
    out
}

/// Whether the word at the end of `name` is one of the names.
fn is_secret(name: &str) -> bool {
    let word = name
        .rsplit(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)))
        .next()
        .unwrap_or(name);
    SECRET_NAMES
        .iter()
        .any(|secret| word.eq_ignore_ascii_case(secret))
}

/// Three base64url parts, the first of which begins like a JSON object (`{"` is `eyJ`).
fn looks_like_jwt(text: &str) -> bool {
    let token = text.rsplit_once('=').map_or(text, |(_, value)| value);
    token.starts_with("eyJ") && token.split('.').count() == 3
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        assert_eq!(
            redact("grant_type=password&username=a@b.com&password=canary&Client_Secret=x"),
            "grant_type=password&username=a@b.com&password=[redacted]&Client_Secret=[redacted]"
        );
        assert_eq!(
            redact("Bearer eyJhbGciOi.eyJhdWQi.c2ln and more"),
            "Bearer [redacted] and more"
        );
        assert_eq!(
            redact("https://a/b?state=1&code=abc"),
            "https://a/b?state=1&code=[redacted]"
        );
        assert_eq!(
            redact("{\"access_token\": \"ca na,ry\", \"password\":\"x\",\"a\":\"b\"}"),
            "{\"access_token\": \"[redacted]\", \"password\":\"[redacted]\",\"a\":\"b\"}"
        );
        assert_eq!(redact("{\"password\":\"cut off"), "{\"password\":\"[redacted]");
        assert_eq!(redact("{\"code\":\"0x80042f09\"}"), "{\"code\":\"0x80042f09\"}");
        assert_eq!(redact("(password=canary"), "(password=[redacted]");
        assert_eq!(redact(""), "");
    }
}
