//! User realm discovery: is this domain managed by Entra or federated? (facts/identity.md 1.10).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The JSON form of `/common/userrealm/{upn}?api-version=1.0`. MSAL Python compares `account_type` with
/// the exact word `Federated`; adal lowers the case first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRealm {
    /// `1.0`.
    pub ver: Cow<'static, str>,
    /// `Managed`, `Federated`, or `Unknown` for no such domain.
    pub account_type: Cow<'static, str>,
    /// The domain; missing when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// Federated: `WSTrust`, rarely `WSFederation` or `SAML2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation_protocol: Option<Cow<'static, str>>,
    /// Federated: the MEX document of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation_metadata_url: Option<String>,
    /// Federated: where a user name and password are exchanged for a SAML assertion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation_active_auth_url: Option<String>,
    /// `microsoftonline.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_instance_name: Option<Cow<'static, str>>,
    /// `urn:federation:MicrosoftOnline`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_audience_urn: Option<Cow<'static, str>>,
}

impl UserRealm {
    /// A domain that signs in at Entra itself.
    pub fn managed(domain: &str) -> Self {
        Self {
            ver: "1.0".into(),
            account_type: "Managed".into(),
            domain_name: Some(domain.to_owned()),
            federation_protocol: None,
            federation_metadata_url: None,
            federation_active_auth_url: None,
            cloud_instance_name: Some("microsoftonline.com".into()),
            cloud_audience_urn: Some("urn:federation:MicrosoftOnline".into()),
        }
    }

    /// A domain that signs in elsewhere, by WS-Trust: its MEX document and its user name endpoint.
    pub fn federated(domain: &str, metadata: &str, active: &str) -> Self {
        Self {
            account_type: "Federated".into(),
            federation_protocol: Some("WSTrust".into()),
            federation_metadata_url: Some(metadata.to_owned()),
            federation_active_auth_url: Some(active.to_owned()),
            ..Self::managed(domain)
        }
    }

    /// A domain nobody registered.
    pub fn unknown() -> Self {
        Self {
            account_type: "Unknown".into(),
            domain_name: None,
            ..Self::managed("")
        }
    }

    /// Whether sign-in happens elsewhere.
    pub fn is_federated(&self) -> bool {
        self.account_type.eq_ignore_ascii_case("federated")
    }

    /// Whether its users are Microsoft accounts: they count as federated, with the old Passport service, which is no
    /// organization's federation server.
    pub fn is_personal(&self) -> bool {
        let active = self.federation_active_auth_url.as_deref();
        active.is_some_and(|url| types::Form::undress(url).starts_with("https://login.live.com/"))
    }
}

/// The domains in which nobody but Microsoft's consumers has an account (recalled; there are national ones besides).
const PERSONAL: [&str; 5] = [
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "passport.com",
];

/// Whether nobody but Microsoft's consumers has an account in this domain.
pub fn is_personal_domain(domain: &str) -> bool {
    PERSONAL.iter().any(|known| known.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::golden::both_ways;

    #[test]
    fn a_consumers_domain_is_one_in_any_case() {
        assert!(is_personal_domain("Outlook.com") && is_personal_domain("passport.com"));
        assert!(!is_personal_domain("contoso.com") && !is_personal_domain("mail.live.com"));
    }

    #[test]
    fn three_kinds_of_domain() {
        let managed: UserRealm = both_ways(include_str!("../../golden/oauth/realm-managed.json"));
        assert_eq!(managed, UserRealm::managed("contoso.onmicrosoft.com"));
        let federated: UserRealm = both_ways(include_str!("../../golden/oauth/realm-federated.json"));
        let made = UserRealm::federated(
            "contoso.com",
            "https://sts.contoso.com/adfs/services/trust/mex",
            "https://sts.contoso.com/adfs/services/trust/2005/usernamemixed",
        );
        assert_eq!(federated, made);
        assert!(!federated.is_personal() && !managed.is_personal());
        for at in ["login.live.com", "login.live.com.localhost:8443"] {
            let active = format!("https://{at}/rst2.srf");
            assert!(UserRealm::federated("live.com", "https://nexus.passport.com/", &active).is_personal());
        }
        assert!(federated.is_federated() && !managed.is_federated() && !UserRealm::unknown().is_federated());
    }
}
