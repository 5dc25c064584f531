//! The 401 from which a client learns who signs people in (facts/organization.md 3.2, facts/identity.md 1.13).
//!
//! `WWW-Authenticate: Bearer authorization_uri=https://…/oauth2/authorize, resource_id=https://org…/`

use std::fmt;

/// A `Bearer` challenge. Written the way Dataverse does, without quotes; read tolerantly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Where people are sent to sign in; names the authority and the tenant.
    pub authorization_uri: Option<String>,
    /// What a token must be for; ends in a slash.
    pub resource_id: Option<String>,
    /// `insufficient_claims`, `invalid_token`.
    pub error: Option<String>,
    /// With `insufficient_claims`: base64 of the JSON that the next request for a token must carry.
    pub claims: Option<String>,
}

/// Who signs people in, as the challenge names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// `https://login.microsoftonline.com`, with its port where it has one.
    pub host: String,
    /// The path segment that stands for the tenant: a GUID, `organizations`, or `adfs`.
    pub tenant: String,
}

/// Why a 401 could not be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChallenge {
    /// No `WWW-Authenticate` header speaks of `Bearer`.
    #[error("the answer has no `WWW-Authenticate: Bearer` header")]
    NoBearer,
    /// It does, but without saying where to sign in.
    #[error("the `WWW-Authenticate: Bearer` header has no `authorization_uri`")]
    NoAuthorizationUri,
    /// It names something that is not an `https` address ending in an authorization endpoint.
    #[error(
        "the `authorization_uri` of the `WWW-Authenticate` header is not an https address of the form https://host/tenant/oauth2/authorize"
    )]
    BadAuthorizationUri,
}

impl Challenge {
    /// The ordinary challenge of an organization or of discovery.
    pub fn new(authorization_uri: impl Into<String>, resource_id: impl Into<String>) -> Self {
        Self {
            authorization_uri: Some(authorization_uri.into()),
            resource_id: Some(resource_id.into()),
            ..Self::default()
        }
    }

    /// The challenge that asks for a better token; `claims` is base64 of JSON (facts/identity.md 1.13, CLM).
    pub fn insufficient_claims(authorization_uri: impl Into<String>, claims: impl Into<String>) -> Self {
        Self {
            authorization_uri: Some(authorization_uri.into()),
            error: Some("insufficient_claims".to_owned()),
            claims: Some(claims.into()),
            resource_id: None,
        }
    }

    /// Finds the `Bearer` challenge among all `WWW-Authenticate` headers, of which there may be several, each
    /// holding several challenges (RFC 9110 11.6.1). The one that names an authority is preferred.
    pub fn find<'h>(headers: impl IntoIterator<Item = &'h str>) -> Result<Self, BadChallenge> {
        let all: Vec<Self> = headers.into_iter().flat_map(bearers).collect();
        let named = all.iter().find(|found| found.authorization_uri.is_some());
        named.or(all.first()).cloned().ok_or(BadChallenge::NoBearer)
    }

    /// The authority behind `authorization_uri`. `common` becomes `organizations`, as in the official client:
    /// Dataverse knows work and school accounts only.
    pub fn authority(&self) -> Result<Authority, BadChallenge> {
        let uri = self
            .authorization_uri
            .as_deref()
            .ok_or(BadChallenge::NoAuthorizationUri)?;
        authority_of(uri).ok_or(BadChallenge::BadAuthorizationUri)
    }
}

fn authority_of(uri: &str) -> Option<Authority> {
    let scheme = uri
        .get(..8)
        .filter(|scheme| scheme.eq_ignore_ascii_case("https://"))?;
    let rest = uri[scheme.len()..].split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/')?;
    let (tenant, endpoint) = path.split_once('/')?;
    let known = ["oauth2/authorize", "oauth2/v2.0/authorize"];
    let is_known = known
        .iter()
        .any(|name| name.eq_ignore_ascii_case(endpoint.trim_end_matches('/')));
    if host.is_empty() || host.contains(['@', ' ']) || tenant.is_empty() || !is_known {
        return None;
    }
    let tenant = if tenant.eq_ignore_ascii_case("common") {
        "organizations"
    } else {
        tenant
    };
    Some(Authority {
        host: format!("https://{}", host.to_ascii_lowercase()),
        tenant: tenant.to_owned(),
    })
}

impl fmt::Display for Challenge {
    /// Quotes stand only in the form that asks for claims, which carries an empty realm.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.authorization_uri.as_deref().unwrap_or_default();
        match (&self.error, &self.claims) {
            (None, None) => {
                write!(f, "Bearer authorization_uri={uri}")?;
                self.resource_id
                    .iter()
                    .try_for_each(|resource| write!(f, ", resource_id={resource}"))
            }
            (error, claims) => {
                write!(f, "Bearer realm=\"\", authorization_uri=\"{uri}\"")?;
                error
                    .iter()
                    .try_for_each(|error| write!(f, ", error=\"{error}\""))?;
                claims
                    .iter()
                    .try_for_each(|claims| write!(f, ", claims=\"{claims}\""))
            }
        }
    }
}

/// Every `Bearer` challenge in one header line.
fn bearers(line: &str) -> Vec<Challenge> {
    let mut found = Vec::new();
    let mut in_bearer = false;
    for piece in pieces(line) {
        let (scheme, parameter) = opening(piece);
        if let Some(scheme) = scheme {
            in_bearer = scheme.eq_ignore_ascii_case("bearer");
            if in_bearer {
                found.push(Challenge::default());
            }
        }
        if let (true, Some(challenge), Some((name, value))) = (in_bearer, found.last_mut(), parameter) {
            take(challenge, name, value);
        }
    }
    found
}

/// Splits at commas outside quotes.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    line.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' => return !quoted,
            _ => {}
        }
        false
    })
    .map(str::trim)
    .filter(|piece| !piece.is_empty())
}

/// A piece is `Scheme`, `Scheme name=value` or `name=value`.
fn opening(piece: &str) -> (Option<&str>, Option<(&str, &str)>) {
    let word = piece.split([' ', '\t', '=']).next().unwrap_or_default();
    let rest = piece[word.len()..].trim_start();
    match rest.strip_prefix('=') {
        // `name==` would be the padding of a token68, which belongs to another scheme.
        Some(value) if !value.starts_with('=') => return (None, Some((word, value.trim()))),
        _ => {}
    }
    let parameter = rest
        .split_once('=')
        .map(|(name, value)| (name.trim(), value.trim()));
    (Some(word), parameter)
}

fn take(challenge: &mut Challenge, name: &str, value: &str) {
    let value = || Some(unquote(value)).filter(|value| !value.is_empty());
    match name.to_ascii_lowercase().as_str() {
        // `authorization` is what some on-premises versions wrote (unverified); reading it costs nothing.
        "authorization_uri" | "authorization" => challenge.authorization_uri = value(),
        "resource_id" => challenge.resource_id = value(),
        "error" => challenge.error = value(),
        "claims" => challenge.claims = value(),
        _ => {}
    }
}

fn unquote(value: &str) -> String {
    match value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) if inner.contains('\\') => {
            let mut out = String::with_capacity(inner.len());
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                out.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
            out
        }
        Some(inner) => inner.to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LITERAL: &str = "Bearer authorization_uri=https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/authorize, resource_id=https://org.crm11.dynamics.com/";

    #[test]
    fn the_literal_header_both_ways() {
        let read = Challenge::find([LITERAL]).unwrap();
        assert_eq!(
            read.resource_id.as_deref(),
            Some("https://org.crm11.dynamics.com/")
        );
        assert_eq!(read.to_string(), LITERAL);
        let authority = read.authority().unwrap();
        assert_eq!(authority.host, "https://login.microsoftonline.com");
        assert_eq!(authority.tenant, "11111111-2222-3333-4444-555555555555");
    }

    #[test]
    fn the_claims_form_both_ways() {
        let made = Challenge::insufficient_claims(
            "https://login.microsoftonline.com/common/oauth2/authorize",
            "eyJh==",
        );
        let text = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
                    error=\"insufficient_claims\", claims=\"eyJh==\"";
        assert_eq!(made.to_string(), text);
        assert_eq!(Challenge::find([text]).unwrap(), made);
        assert_eq!(made.authority().unwrap().tenant, "organizations");
    }

    #[test]
    fn it_is_found_among_others() {
        for headers in [
            vec!["Negotiate", "NTLM", LITERAL],
            vec!["Negotiate, NTLM TlRMTVNTUAAB==, Basic realm=\"a, Bearer b\""],
        ] {
            let found = Challenge::find(headers.iter().copied());
            assert_eq!(found.is_ok(), headers.len() == 3, "{found:?}");
        }
        let one_line = format!("Basic realm=\"x\", {LITERAL}, Negotiate");
        assert_eq!(Challenge::find([one_line.as_str()]), Challenge::find([LITERAL]));
        assert_eq!(Challenge::find(["Bearer", LITERAL]), Challenge::find([LITERAL]));
        let odd = "bEARER  Authorization_URI = \"https://sts.contoso.com:444/adfs/oauth2/authorize\"";
        let authority = Challenge::find([odd]).unwrap().authority().unwrap();
        assert_eq!(
            (authority.host.as_str(), authority.tenant.as_str()),
            ("https://sts.contoso.com:444", "adfs")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(Challenge::find([]), Err(BadChallenge::NoBearer));
        assert_eq!(
            Challenge::find(["Bearer"]).unwrap().authority(),
            Err(BadChallenge::NoAuthorizationUri)
        );
        for bad in [
            "http://a/b/oauth2/authorize",
            "https://a/b",
            "https:///b/oauth2/authorize",
            "https://u@h/t/oauth2/authorize",
        ] {
            assert_eq!(
                Challenge::new(bad, "r").authority(),
                Err(BadChallenge::BadAuthorizationUri),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(Bearer |[a-z]{1,5}=|\"|\\\\|,|é|\\PC{0,5}){0,12}") {
            if let Ok(found) = Challenge::find([text.as_str()]) {
                let _ = found.authority();
            }
        }
    }
}
