//! Who may turn things: programs on this machine, or whoever has the control token. Never a web page of
//! somebody else's: the edge has already refused foreign host names (so a name that was rebound to loopback
//! leads nowhere), and a page's request names its origin.

use http::{StatusCode, header};
use types::Secret;
use wire::Call;

use super::problem::Problem;
use crate::state::ControlAccess;

/// Whether this request may use the API.
pub(crate) fn check(access: &ControlAccess, call: &Call) -> Result<(), Problem> {
    same_site(call)?;
    may_look(access, call)
}

/// Whether it may see what the API shows; a link on another site's page may lead to it.
pub(crate) fn may_look(access: &ControlAccess, call: &Call) -> Result<(), Problem> {
    match &access.token {
        Some(_) => {
            let shown = call
                .header(header::AUTHORIZATION)
                .and_then(|value| value.split_once(' '));
            let shown = shown
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map_or("", |(_, token)| token.trim());
            if is_token(access, shown) {
                return Ok(());
            }
            Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "the control token is missing or is not the one this stand-in was started with",
                "send `Authorization: Bearer TOKEN` (keyway takes it from KEYWAY_CONTROL_TOKEN)",
            ))
        }
        None if access.loopback && call.peer.is_loopback() => Ok(()),
        None => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "the stand-in can be reached from other machines, and then its control API needs a token",
            "start it with KEYWAY_CONTROL_TOKEN set, or listen on loopback only",
        )),
    }
}

/// Whether this is the control token.
pub(super) fn is_token(access: &ControlAccess, shown: &str) -> bool {
    let token = access.token.as_ref();
    token.is_some_and(|token| crypt::same(shown, token.expose()))
}

/// What a browser keeps instead of the token, which it could not tell from it.
pub(super) fn pass(access: &ControlAccess) -> Option<Secret> {
    let token = access.token.as_ref()?;
    Some(Secret::new(crypt::digest(&format!(
        "tester's pages {}",
        token.expose()
    ))))
}

/// Whether this is it.
pub(super) fn is_pass(access: &ControlAccess, shown: &str) -> bool {
    pass(access).is_some_and(|pass| crypt::same(shown, pass.expose()))
}

/// Whether a page of ours asked, or a program.
pub(super) fn same_site(call: &Call) -> Result<(), Problem> {
    let own = call
        .header(header::HOST)
        .map_or_else(|| call.form.authority(&call.host), ToOwned::to_owned);
    let refused = |from: &str| {
        Problem::new(
            StatusCode::FORBIDDEN,
            format!(
                "a web page from {} asked for this",
                crate::edge::printable(from, 200)
            ),
            "use the control API from a program, not from another site's page",
        )
    };
    if let Some(origin) = call.header(header::ORIGIN) {
        // HTTP/2 has no Host header; the form the caller used says the same.
        let names_us = origin.strip_prefix("https://").is_some_and(|from| {
            from.eq_ignore_ascii_case(&own)
                || from.eq_ignore_ascii_case(&call.form.authority(&call.host))
                || is_local(call, from)
        });
        if !names_us {
            return Err(refused(origin));
        }
    }
    match call.header("sec-fetch-site") {
        None | Some("same-origin" | "none") => Ok(()),
        Some(site) => Err(refused(&format!("another site ({site})"))),
    }
}

/// The page at `localhost`, whose host has no dressed form.
fn is_local(call: &Call, from: &str) -> bool {
    match (call.host.as_str(), call.form) {
        ("localhost", types::Form::Localhost { port }) => from == format!("localhost:{port}"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use types::{Form, Uuid};

    fn call(headers: &[(&'static str, &'static str)], peer: &str) -> Call {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Call {
            method: Method::POST,
            host: "localhost".parse().unwrap(),
            form: Form::Localhost { port: 8443 },
            path: "/_keyway/v1/reset".into(),
            query: String::new(),
            headers: HeaderMap::from_iter(pairs),
            body: bytes::Bytes::new(),
            peer: peer.parse().unwrap(),
            request: Uuid::nil(),
        }
    }

    fn open() -> ControlAccess {
        ControlAccess {
            token: None,
            loopback: true,
        }
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        for headers in [
            [("host", "localhost:8443"), ("origin", "https://evil.example")],
            [("host", "localhost:8443"), ("origin", "http://localhost:3000")],
            [("host", "localhost:8443"), ("origin", "null")],
            [("host", "localhost:8443"), ("sec-fetch-site", "cross-site")],
            [("host", "localhost:8443"), ("sec-fetch-site", "same-site")],
        ] {
            assert!(
                check(&open(), &call(&headers, "127.0.0.1")).is_err(),
                "{headers:?}"
            );
        }
        let own = [
            ("host", "localhost:8443"),
            ("origin", "https://localhost:8443"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert!(check(&open(), &call(&own, "::1")).is_ok());
        assert!(check(&open(), &call(&own[1..], "::1")).is_ok());
    }

    #[test]
    fn beyond_loopback_a_token_is_needed() {
        let public = ControlAccess {
            token: None,
            loopback: false,
        };
        assert!(check(&public, &call(&[], "127.0.0.1")).is_err());
        assert!(check(&open(), &call(&[], "10.0.0.1")).is_err());
        let guarded = ControlAccess {
            token: Some(Secret::new("s3cret")),
            loopback: false,
        };
        assert!(check(&guarded, &call(&[("authorization", "Bearer s3cret")], "10.0.0.1")).is_ok());
        for wrong in ["Bearer S3cret", "Basic s3cret", "s3cret", "Bearer "] {
            assert!(
                check(&guarded, &call(&[("authorization", wrong)], "127.0.0.1")).is_err(),
                "{wrong}"
            );
        }
    }
}
