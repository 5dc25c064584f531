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

/// Replaces the value of every secret-bearing name in form or query text (`a=b&c=d`) and every JSON web
/// token by `[redacted]`.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(['&', '?', ' ', '"', '\'', '\n', ';', ',']) {
        let (body, end) = match piece.char_indices().last() {
            Some((at, c)) if "&? \"'\n;,".contains(c) => piece.split_at(at),
            _ => (piece, ""),
        };
        match body.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                out.push_str(name);
                out.push_str("=[redacted]");
            }
            _ if looks_like_jwt(body) => out.push_str("[redacted]"),
            _ => out.push_str(body),
        }
        out.push_str(end);
    }
    out
}

fn is_secret(name: &str) -> bool {
    SECRET_NAMES
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret))
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
        assert_eq!(redact(""), "");
    }
}
