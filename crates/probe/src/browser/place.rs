//! Addresses: what a person typed, and what an address asks for.

use url::{Position, Url};

/// The address as a browser completes it.
pub(super) fn begin(address: &str) -> Result<Url, String> {
    let whole = match address.contains("://") {
        true => address.to_owned(),
        false => format!("https://{address}"),
    };
    let url: Url = whole
        .parse()
        .map_err(|error| format!("it is no address: {error}"))?;
    match url.scheme() {
        "https" => Ok(url),
        _ => Err(
            "it is not https, so neither a password nor a session is safe there. Give its https address."
                .to_owned(),
        ),
    }
}

/// Whether an address asks somebody to sign in: by OpenID Connect, or WS-Federation.
pub(super) fn asks_to_sign_in(url: &Url) -> bool {
    let has = |wanted: &str| url.query_pairs().any(|(name, _)| name == wanted);
    let federated = url
        .query_pairs()
        .any(|(name, value)| name == "wa" && value == "wsignin1.0");
    has("client_id") && has("response_type") || federated
}

/// Whether it asks for a proof that is newer than the session (OpenID Connect Core 3.1.2.1; WS-Federation 13.2.2).
pub(super) fn asks_anew(url: &Url) -> bool {
    url.query_pairs()
        .any(|(name, value)| matches!((&*name, &*value), ("max_age" | "wfresh", _) | ("prompt", "login")))
}

/// `host[:port]`.
pub(super) fn place(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}

/// As it is shown: without its query, and without a name and a password before the host.
pub(super) fn bare(url: &str) -> String {
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = shown.split_once("://") else {
        return shown.to_owned();
    };
    let host = rest.split('/').next().unwrap_or_default();
    let secret = host.rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[secret..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_secrets() {
        for (url, shown) in [
            ("https://a.example/x?code=canary#y", "https://a.example/x"),
            ("GET https://anna:canary@a.example/@x", "GET https://a.example/@x"),
            ("a.example/x?y", "a.example/x"),
        ] {
            assert_eq!(bare(url), shown);
        }
    }

    #[test]
    fn who_asks_to_sign_in_and_who_asks_anew() {
        for (query, asks, anew) in [
            ("client_id=1&response_type=code", true, false),
            ("client_id=1&response_type=code&max_age=60", true, true),
            ("client_id=1&response_type=code&prompt=none", true, false),
            ("wa=wsignin1.0&wfresh=0", true, true),
            ("wa=wsignout1.0", false, false),
        ] {
            let url = format!("https://a.example/?{query}").parse().unwrap();
            assert_eq!((asks_to_sign_in(&url), asks_anew(&url)), (asks, anew), "{query}");
        }
    }
}
