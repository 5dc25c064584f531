//! Whether a token is good *here*: the signature was checked by `crypt`; issuer, audience, tenant and time are
//! judged at every request, because they depend on where and when it is presented.

use types::{AppId, Form, TenantId, Timestamp, split_https};
use wire::{Call, claims::Presented};

use crate::refusal::Refusal;

/// How far clocks may differ, in seconds (facts/organization.md 6.3).
const SKEW: i64 = 300;

/// Hosts that may stand in an issuer.
const ISSUERS: &[&str] = &[
    "sts.windows.net",
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "sts.chinacloudapi.cn",
];

/// What follows `Bearer` in the `Authorization` header.
pub(crate) fn bearer(call: &Call) -> Option<&str> {
    let (scheme, token) = call.header("authorization")?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Judges the claims. `hosts` are the true names a token may be for; Dataverse's own id is always good.
///
/// # Errors
/// A challenge that says what does not fit.
pub(crate) fn judge(
    claims: &Presented,
    hosts: &[&str],
    tenant: TenantId,
    now: Timestamp,
) -> Result<(), Refusal> {
    if claims.tid != tenant {
        let why = format!(
            "the token is from tenant {} and this belongs to tenant {tenant}",
            claims.tid
        );
        return Err(Refusal::challenge(why).cause("account-not-in-tenant"));
    }
    if !is_issuer(&claims.iss, tenant) {
        return Err(Refusal::challenge(format!(
            "the token's issuer `{}` is not that of tenant {tenant}",
            claims.iss
        )));
    }
    if !is_audience(&claims.aud, hosts) {
        let wanted = hosts.first().copied().unwrap_or_default();
        let why = format!("the token is for `{}` and not for https://{wanted}/", claims.aud);
        return Err(Refusal::challenge(why).cause("resource-url-wrong"));
    }
    let seconds = now.seconds();
    if claims.exp.saturating_add(SKEW) <= seconds {
        let expired = Timestamp::from_seconds(claims.exp);
        return Err(Refusal::challenge(format!(
            "the token expired at {expired} and it is {now}"
        )));
    }
    if claims.nbf.saturating_sub(SKEW) > seconds {
        let from = Timestamp::from_seconds(claims.nbf);
        return Err(
            Refusal::challenge(format!("the token is good from {from} on and it is {now}"))
                .cause("clock-skew"),
        );
    }
    Ok(())
}

/// `https://sts.windows.net/{tid}/` or `https://login…/{tid}/v2.0`, in any form.
fn is_issuer(issuer: &str, tenant: TenantId) -> bool {
    let Some((host, path)) = true_parts(issuer) else {
        return false;
    };
    let path = path.strip_prefix('/').unwrap_or_default();
    let Some(rest) = path
        .get(..36)
        .filter(|id| is_tenant(id, tenant))
        .map(|_| &path[36..])
    else {
        return false;
    };
    ISSUERS.iter().any(|known| host.eq_ignore_ascii_case(known)) && matches!(rest, "/" | "/v2.0")
}

fn is_tenant(text: &str, tenant: TenantId) -> bool {
    text.parse() == Ok(tenant)
}

/// A host with and without a slash behind it, in any form, or Dataverse's application id.
fn is_audience(audience: &str, hosts: &[&str]) -> bool {
    match true_parts(audience) {
        Some((host, "" | "/")) => hosts.iter().any(|known| host.eq_ignore_ascii_case(known)),
        Some(_) => false,
        None => audience.parse() == Ok(AppId::DATAVERSE),
    }
}

/// The true host and the path of an `https` URL.
fn true_parts(url: &str) -> Option<(&str, &str)> {
    let (authority, path) = split_https(url)?;
    let port = authority.bytes().rposition(|b| b == b':');
    let name = &authority[..port.unwrap_or(authority.len())];
    Some((Form::strip(name).unwrap_or(name), path))
}

/// `https://login…/{tenant}/oauth2/authorize`, in the caller's form.
pub(crate) fn authorization_uri(form: Form, login_host: &str, tenant: &str) -> String {
    form.dress(&format!("https://{login_host}/{tenant}/oauth2/authorize"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Uuid;

    #[test]
    fn issuers_in_any_form() {
        let tenant = TenantId::new(Uuid::from_u128(7));
        for good in [
            "https://sts.windows.net/{}/",
            "https://login.microsoftonline.com/{}/v2.0",
            "https://login.microsoftonline.com.localhost:8443/{}/v2.0",
            "https://sts.windows.net.localhost/{}/",
        ] {
            assert!(
                is_issuer(&good.replace("{}", &tenant.to_string()), tenant),
                "{good}"
            );
        }
        for bad in [
            "https://sts.windows.net/{}",
            "https://evil.example/{}/",
            "http://sts.windows.net/{}/",
            "{}",
            "https://sts.windows.net/00000000-0000-0000-0000-000000000008/",
            "https://sts.windows.net/é",
        ] {
            assert!(
                !is_issuer(&bad.replace("{}", &tenant.to_string()), tenant),
                "{bad}"
            );
        }
    }

    #[test]
    fn audiences_in_any_form() {
        let hosts = ["contoso.crm4.dynamics.com", "contoso.api.crm4.dynamics.com"];
        for good in [
            "https://contoso.crm4.dynamics.com",
            "https://contoso.crm4.dynamics.com/",
            "https://Contoso.api.crm4.dynamics.com/",
            "https://contoso.crm4.dynamics.com.localhost:8443/",
            "00000007-0000-0000-c000-000000000000",
        ] {
            assert!(is_audience(good, &hosts), "{good}");
        }
        // As long as a GUID, and none.
        assert!(is_audience(
            "https://globaldisco.crm.dynamics.com",
            &["globaldisco.crm.dynamics.com"]
        ));
        for bad in [
            "https://contoso.crm.dynamics.com/",
            "https://contoso.crm4.dynamics.com/api",
            "contoso",
            "",
            "00000003-0000-0000-c000-000000000000",
            "https://contoso.crm4.dynamics.com//",
        ] {
            assert!(!is_audience(bad, &hosts), "{bad}");
        }
    }
}
