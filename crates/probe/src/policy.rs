//! How an on-premises deployment signs people in, as its SOAP endpoints say it (facts/organization.md, WSDL policy).

use std::time::Duration;

use evidence::{Findings, Kind, Seen};

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "policy",
    about: "an on-premises deployment's authentication policy (the WSDL of its organization service)",
    needs: "an on-premises server that answers without a bearer challenge",
};

/// Where the policy is referred to, below the organization.
const SERVICE: &str = "/XRMServices/2011/Organization.svc?wsdl";

/// Reads the policy. `true` when it tells how people sign in.
pub(crate) async fn read(world: &World<'_>, url: &str, findings: &mut Findings) -> bool {
    world.begins(&PROBE);
    let asked = format!("{}{SERVICE}", url.trim_end_matches('/'));
    let Some(response) = ask::get(world, &asked, None, findings).await else {
        return false;
    };
    if !response.status.is_success() {
        let text = format!("the server does not tell it (HTTP {})", response.status);
        findings.step(
            "read the authentication policy",
            Seen::Skipped(text),
            Duration::ZERO,
        );
        return false;
    }
    let text = String::from_utf8_lossy(&response.body);
    let Some(kind) = element(&text, "Authentication") else {
        let text = "the document holds none".to_owned();
        findings.step(
            "read the authentication policy",
            Seen::Skipped(text),
            Duration::ZERO,
        );
        return false;
    };
    let issuer = element(&text, "Identifier").or_else(|| element(&text, "LiveTrust"));
    let issuer = issuer.map_or_else(String::new, |issuer| format!(", issuer {issuer}"));
    findings.step(
        "read the authentication policy",
        Seen::Ok(format!("{kind}{issuer}")),
        Duration::ZERO,
    );
    findings.see(Kind::Http, &format!("policy-{}", kind.to_ascii_lowercase()));
    true
}

/// The text of the first element of this local name that holds nothing but text.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
        rest = behind;
        let opens = before.ends_with(['<', ':']) && !before.ends_with("</");
        let Some(inner) = behind.strip_prefix('>') else {
            continue;
        };
        let value = inner.split('<').next().unwrap_or_default().trim();
        if opens && !value.is_empty() && value.len() < 300 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::element;

    #[test]
    fn the_policy_is_found_whatever_its_prefix() {
        let text = "<wsp:Policy><ms-xrm:AuthenticationPolicy xmlns:ms-xrm=\"x\"><ms-xrm:Authentication>Federation\
                    </ms-xrm:Authentication><ms-xrm:SecureTokenService><ms-xrm:Identifier>http://sts.contoso.com/adfs/\
                    services/trust</ms-xrm:Identifier></ms-xrm:SecureTokenService>";
        assert_eq!(element(text, "Authentication"), Some("Federation"));
        assert_eq!(
            element(text, "Identifier"),
            Some("http://sts.contoso.com/adfs/services/trust")
        );
        assert_eq!(element("</Authentication>x", "Authentication"), None);
    }
}
