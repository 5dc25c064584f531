//! What a token says, and what is wrong with it. Nothing here checks a signature: only the resource may.

use crypt::jwt::{Malformed, Unverified, seconds};
use serde::Serialize;
use serde_json::Value;
use types::{AppId, Timestamp};

/// A remark on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "text")]
pub enum Finding {
    /// With this it will be refused.
    Wrong(String),
    /// Worth knowing.
    Note(String),
}

/// A token taken apart. The signature is not among the parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// `1.0` or `2.0`, as the resource wants it; not the endpoint that issued it.
    pub version: Option<String>,
    /// `user`, `application` or `id token`.
    pub kind: &'static str,
    /// When it ends.
    pub expires_on: Option<Timestamp>,
    /// What is wrong, and what is worth knowing.
    pub findings: Vec<Finding>,
}

/// Takes `token` apart and judges it at `now`, for `resource` where one is known (a profile's organization) in
/// `tenant`.
///
/// # Errors
/// What the text is instead of a token that can be read.
pub fn inspect(
    token: &str,
    now: Timestamp,
    resource: Option<&str>,
    tenant: Option<&str>,
) -> Result<Inspection, String> {
    let text = token.trim();
    let text = text
        .get(..7)
        .filter(|begin| begin.eq_ignore_ascii_case("bearer "))
        .map_or(text, |_| text[7..].trim());
    let read = Unverified::read(text).map_err(|error| what_else(text, error))?;
    let claims = read.claims;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let mut findings = Vec::new();
    let kind = kind(&claims);
    check_algorithm(&read.header, &mut findings);
    check_time(&claims, now, &mut findings);
    check_issuer(&claims, tenant, &mut findings);
    check_audience(claim("aud"), kind, resource, &mut findings);
    check_rights(&claims, kind, &mut findings);
    Ok(Inspection {
        version: claim("ver").map(ToOwned::to_owned),
        expires_on: seconds(&claims, "exp").map(Timestamp::from_seconds),
        kind,
        findings,
        header: read.header,
        claims,
    })
}

fn what_else(text: &str, error: Malformed) -> String {
    match text.split('.').count() {
        _ if text.is_empty() => "there is no token: the text is empty".into(),
        5 => "this token is encrypted (five parts); only its resource can read it".into(),
        _ if text.starts_with("0.") || text.starts_with("1.") || text.starts_with("M.") => {
            "this looks like a refresh token or an authorization code, which only the sign-in service can read".into()
        }
        _ if text.starts_with('<') => "this is XML, perhaps a SAML assertion, not a JSON web token".into(),
        _ if text.contains("access_token") => {
            "this is a whole answer of the token endpoint; give the value of access_token alone".into()
        }
        _ => format!("this is not a JSON web token: {error}"),
    }
}

fn kind(claims: &Value) -> &'static str {
    let has = |name: &str| claims.get(name).is_some();
    let says = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    let same = |a: &str, b: &str| has(a) && claims.get(a) == claims.get(b);
    if says("idtyp", "app") {
        "application"
    } else if has("scp") || says("idtyp", "user") {
        "user"
    } else if has("nonce") || !(has("appid") || has("azp")) {
        "id token"
    } else if same("oid", "sub") || has("roles") || !has("scp") {
        "application"
    } else {
        "user"
    }
}

fn check_algorithm(header: &Value, findings: &mut Vec<Finding>) {
    match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => {}
        Some("none") | None => {
            findings.push(Finding::Wrong("It is not signed; no resource accepts it.".into()));
        }
        Some(other) => findings.push(Finding::Note(format!(
            "It is signed with {other}; Entra signs with RS256."
        ))),
    }
}

fn check_time(claims: &Value, now: Timestamp, findings: &mut Vec<Finding>) {
    let at = |name: &str| seconds(claims, name).map(Timestamp::from_seconds);
    match at("exp") {
        Some(end) if end <= now => {
            findings.push(Finding::Wrong(format!(
                "It expired at {} ({} ago).",
                end.rfc3339_seconds(),
                span(now.since(end))
            )));
        }
        Some(end) => {
            findings.push(Finding::Note(format!(
                "It is good until {} ({} from now).",
                end.rfc3339_seconds(),
                span(end.since(now))
            )));
        }
        None => findings.push(Finding::Wrong("It does not say when it ends (exp).".into())),
    }
    // Resources allow five minutes of skew (facts/identity.md 2.6).
    if let Some(begin) = at("nbf").filter(|begin| begin.since(now).as_secs() > 300) {
        findings.push(Finding::Wrong(format!(
            "It is not good before {}; check this machine's clock.",
            begin.rfc3339_seconds()
        )));
    }
}

fn span(time: std::time::Duration) -> String {
    match time.as_secs() {
        s if s < 120 => format!("{s} s"),
        s if s < 7200 => format!("{} min", s / 60),
        s if s < 172_800 => format!("{} h", s / 3600),
        s => format!("{} days", s / 86_400),
    }
}

fn check_issuer(claims: &Value, tenant: Option<&str>, findings: &mut Vec<Finding>) {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let (issuer, version, tid) = (text("iss").unwrap_or_default(), text("ver"), text("tid"));
    let v1 = issuer.contains("sts.windows.net");
    if issuer.is_empty() {
        findings.push(Finding::Wrong("It does not say who issued it (iss).".into()));
    } else if version == Some("2.0") && v1 || version == Some("1.0") && issuer.ends_with("/v2.0") {
        findings.push(Finding::Wrong(format!(
            "Its version {} and its issuer {issuer} do not belong together.",
            version.unwrap_or_default()
        )));
    }
    if let Some(tid) = tid.filter(|tid| !issuer.is_empty() && !issuer.contains(tid)) {
        findings.push(Finding::Wrong(format!(
            "Its tenant {tid} is not the one of its issuer {issuer}."
        )));
    }
    // A tenant may be known by its domain only, which a token never carries.
    let known = tenant.filter(|tenant| types::Uuid::try_parse(tenant).is_ok());
    if let (Some(tid), Some(known)) = (tid, known)
        && !tid.eq_ignore_ascii_case(known)
    {
        findings.push(Finding::Wrong(format!(
            "It is from the tenant {tid}, the profile's tenant is {known}."
        )));
    }
}

fn check_audience(aud: Option<&str>, kind: &str, resource: Option<&str>, findings: &mut Vec<Finding>) {
    let Some(aud) = aud else {
        findings.push(Finding::Wrong("It does not say for whom it is (aud).".into()));
        return;
    };
    if kind == "id token" {
        findings.push(Finding::Wrong(
            "It is an id token: it tells the application who signed in and opens nothing.".into(),
        ));
        return;
    }
    let graph = AppId::GRAPH.to_string();
    if aud == graph || aud.trim_end_matches('/') == "https://graph.microsoft.com" {
        findings.push(Finding::Wrong(
            "It is for Microsoft Graph, which is what a scope without a resource gets; ask for {organization}/.default.".into(),
        ));
        return;
    }
    let bare = |text: &str| {
        types::Form::undress(text)
            .trim_end_matches('/')
            .to_ascii_lowercase()
    };
    // The plain host, its api twin, and the service's own id are all good (facts/organization.md 1.1).
    let good = |resource: &str| {
        bare(aud) == bare(resource)
            || aud == AppId::DATAVERSE.to_string()
            || bare(aud).replacen(".api.", ".", 1) == bare(resource)
    };
    match resource {
        Some(resource) if !good(resource) => {
            findings.push(Finding::Wrong(format!("It is for {aud}, not for {resource}.")));
        }
        Some(resource) if aud.ends_with('/') != resource.ends_with('/') && bare(aud) == bare(resource) => {
            findings.push(Finding::Note(
                "Audience and resource differ in the last slash, which Dataverse forgives (unverified)."
                    .into(),
            ));
        }
        _ => {}
    }
}

fn check_rights(claims: &Value, kind: &str, findings: &mut Vec<Finding>) {
    match (kind, claims.get("scp").and_then(Value::as_str)) {
        ("user", Some(scopes)) if !scopes.split(' ').any(|scope| scope == "user_impersonation") => {
            findings.push(Finding::Wrong(format!(
                "Its scopes ({scopes}) lack user_impersonation, which Dataverse demands."
            )));
        }
        ("application", _) if claims.get("roles").is_none() => findings.push(Finding::Note(
            "It carries no roles, which is right for Dataverse: the application user there decides.".into(),
        )),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_seconds(1_714_558_830);
    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const ORG: &str = "https://contoso.crm4.dynamics.com/";

    fn token(change: &Value) -> String {
        let mut claims = json!({
            "ver": "1.0", "iss": format!("https://sts.windows.net/{TENANT}/"), "tid": TENANT, "aud": ORG,
            "exp": NOW.seconds() + 600, "nbf": NOW.seconds() - 300, "scp": "user_impersonation", "appid": "a",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims))
    }

    fn wrong(change: &Value) -> String {
        let found = inspect(&token(change), NOW, Some(ORG), Some(TENANT)).unwrap();
        let wrong = found.findings.iter().filter_map(|f| {
            if let Finding::Wrong(text) = f {
                Some(text.as_str())
            } else {
                None
            }
        });
        wrong.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_good_token_has_nothing_wrong() {
        assert_eq!(wrong(&json!({})), "");
        let found = inspect(&format!(" Bearer {}\n", token(&json!({}))), NOW, Some(ORG), None).unwrap();
        assert_eq!((found.kind, found.version.as_deref()), ("user", Some("1.0")));
        assert!(
            !serde_json::to_string(&found).unwrap().contains("c2ln"),
            "the signature is never shown"
        );
        for same in [
            "https://contoso.crm4.dynamics.com",
            "https://contoso.api.crm4.dynamics.com/",
            "https://contoso.crm4.dynamics.com.localhost:8443/",
            "00000007-0000-0000-c000-000000000000",
        ] {
            assert_eq!(wrong(&json!({"aud": same})), "", "{same}");
        }
    }

    #[test]
    fn each_flaw_is_told() {
        for (change, part) in [
            (
                json!({"exp": NOW.seconds() - 60}),
                "expired at 2024-05-01T10:19:30Z (60 s ago)",
            ),
            (json!({"nbf": NOW.seconds() + 3600}), "not good before"),
            (
                json!({"aud": "https://other.crm4.dynamics.com/"}),
                "not for https://contoso",
            ),
            (json!({"aud": "https://graph.microsoft.com"}), "Microsoft Graph"),
            (json!({"ver": "2.0"}), "do not belong together"),
            (
                json!({"tid": "99999999-2222-3333-4444-555555555555"}),
                "not the one of its issuer",
            ),
            (json!({"scp": "User.Read"}), "lack user_impersonation"),
            (json!({"aud": null}), "for whom"),
        ] {
            let found = wrong(&change);
            assert!(found.contains(part), "{change}: {found}");
        }
        let other = inspect(
            &token(&json!({})),
            NOW,
            None,
            Some("22222222-2222-3333-4444-555555555555"),
        )
        .unwrap();
        assert!(format!("{:?}", other.findings).contains("the profile's tenant"));
    }

    #[test]
    fn applications_and_id_tokens_are_told_apart() {
        let part = |claims: Value| URL_SAFE_NO_PAD.encode(claims.to_string());
        let kind_of = |claims: Value| {
            inspect(
                &format!("{}.{}.", part(json!({"alg": "RS256"})), part(claims)),
                NOW,
                None,
                None,
            )
            .unwrap()
            .kind
        };
        assert_eq!(
            kind_of(json!({"appid": "a", "oid": "o", "sub": "o"})),
            "application"
        );
        assert_eq!(kind_of(json!({"azp": "a", "idtyp": "app"})), "application");
        assert_eq!(kind_of(json!({"aud": "a", "nonce": "n"})), "id token");
        assert_eq!(kind_of(json!({"appid": "a", "scp": "x"})), "user");
    }

    #[test]
    fn what_is_no_token_is_named() {
        for (text, part) in [
            ("", "empty"),
            ("a.b.c.d.e", "encrypted"),
            ("0.AS8AAbc", "refresh token"),
            ("<saml:Assertion>", "SAML"),
            ("{\"access_token\":\"x\"}", "access_token alone"),
            ("hello", "three parts"),
        ] {
            let error = inspect(text, NOW, None, None).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
