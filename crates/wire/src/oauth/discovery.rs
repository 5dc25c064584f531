//! What a sign-in service says about itself: OpenID configuration, keys, instances
//! (facts/identity.md 1.8 and 1.9; RFC 8414).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

type Names = Vec<Cow<'static, str>>;

/// `.well-known/openid-configuration`, version 1 or 2, Entra or AD FS. Members without a name here are kept
/// in `extra` and written back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdConfiguration {
    /// Where tokens are asked for.
    pub token_endpoint: String,
    /// How a client may prove itself there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Names,
    /// The signing keys; msal-node demands it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// `query`, `fragment`, `form_post`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Names,
    /// `pairwise`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_types_supported: Names,
    /// `RS256`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Names,
    /// What may be asked for at the authorization endpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Names,
    /// OpenID's own scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Names,
    /// `iss` of the id tokens. At `common` it holds the words `{tenantid}`, against RFC 8414 3.3.
    pub issuer: String,
    /// Version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microsoft_multi_refresh_token: Option<bool>,
    /// Version 2: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_uri_parameter_supported: Option<bool>,
    /// Who is this?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// Where the browser is sent.
    pub authorization_endpoint: String,
    /// Where device codes are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// `true` at Entra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_logout_supported: Option<bool>,
    /// `true` at Entra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_supported: Option<bool>,
    /// Where the browser signs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// What id tokens may hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Names,
    /// Version 1: the session frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_session_iframe: Option<String>,
    /// Version 2 (unverified).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kerberos_endpoint: Option<String>,
    /// The tenant's region: `EU`; written as `null` on `common`, missing at AD FS.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    pub tenant_region_scope: Option<Option<String>>,
    /// `microsoftonline.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_instance_name: Option<Cow<'static, str>>,
    /// `graph.windows.net`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_graph_host_name: Option<Cow<'static, str>>,
    /// `graph.microsoft.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msgraph_host: Option<Cow<'static, str>>,
    /// `https://pas.windows.net`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rbac_url: Option<Cow<'static, str>>,
    /// Everything else, in the order of its names.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

fn null_is_a_value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// What Entra's documents are made from. Addresses are given as they shall be written: the true name, or
/// the form the caller used.
#[derive(Clone, Copy, Debug)]
pub struct Entra<'a> {
    /// `https://login.microsoftonline.com`.
    pub login: &'a str,
    /// `https://sts.windows.net`: the issuer of version 1.
    pub sts: &'a str,
    /// `https://graph.microsoft.com`: user information of version 2.
    pub graph: &'a str,
    /// What stands in the endpoints' paths: a tenant's GUID (a domain is answered with it), or `common`.
    pub segment: &'a str,
    /// What stands in the issuer: the GUID, or `{tenantid}` where the segment names no tenant.
    pub issuer_tenant: &'a str,
    /// The tenant's region, where there is one tenant.
    pub region: Option<&'a str>,
}

impl Entra<'_> {
    /// The version 1 document, complete.
    pub fn v1(&self) -> OpenIdConfiguration {
        let Self {
            login,
            sts,
            segment,
            issuer_tenant,
            ..
        } = self;
        OpenIdConfiguration {
            token_endpoint: format!("{login}/{segment}/oauth2/token"),
            jwks_uri: Some(format!("{login}/common/discovery/keys")),
            response_types_supported: names("code,id_token,code id_token,token id_token,token"),
            scopes_supported: names("openid"),
            issuer: format!("{sts}/{issuer_tenant}/"),
            microsoft_multi_refresh_token: Some(true),
            authorization_endpoint: format!("{login}/{segment}/oauth2/authorize"),
            device_authorization_endpoint: Some(format!("{login}/{segment}/oauth2/devicecode")),
            end_session_endpoint: Some(format!("{login}/{segment}/oauth2/logout")),
            claims_supported: names(
                "sub,iss,cloud_instance_name,cloud_instance_host_name,cloud_graph_host_name,msgraph_host,aud,exp,\
                 iat,auth_time,acr,amr,nonce,email,given_name,family_name,nickname",
            ),
            check_session_iframe: Some(format!("{login}/{segment}/oauth2/checksession")),
            userinfo_endpoint: Some(format!("{login}/{segment}/openid/userinfo")),
            ..self.both()
        }
    }

    /// The version 2 document, complete.
    pub fn v2(&self) -> OpenIdConfiguration {
        let Self {
            login,
            graph,
            segment,
            issuer_tenant,
            ..
        } = self;
        OpenIdConfiguration {
            token_endpoint: format!("{login}/{segment}/oauth2/v2.0/token"),
            jwks_uri: Some(format!("{login}/{segment}/discovery/v2.0/keys")),
            response_types_supported: names("code,id_token,code id_token,id_token token"),
            scopes_supported: names("openid,profile,email,offline_access"),
            issuer: format!("{login}/{issuer_tenant}/v2.0"),
            request_uri_parameter_supported: Some(false),
            authorization_endpoint: format!("{login}/{segment}/oauth2/v2.0/authorize"),
            device_authorization_endpoint: Some(format!("{login}/{segment}/oauth2/v2.0/devicecode")),
            end_session_endpoint: Some(format!("{login}/{segment}/oauth2/v2.0/logout")),
            claims_supported: names(
                "sub,iss,cloud_instance_name,cloud_instance_host_name,cloud_graph_host_name,msgraph_host,aud,exp,\
                 iat,auth_time,acr,nonce,preferred_username,name,tid,ver,at_hash,c_hash,email",
            ),
            userinfo_endpoint: Some(format!("{graph}/oidc/userinfo")),
            kerberos_endpoint: Some(format!("{login}/{segment}/kerberos")),
            ..self.both()
        }
    }

    fn both(&self) -> OpenIdConfiguration {
        OpenIdConfiguration {
            token_endpoint_auth_methods_supported: names(
                "client_secret_post,private_key_jwt,client_secret_basic",
            ),
            response_modes_supported: names("query,fragment,form_post"),
            subject_types_supported: names("pairwise"),
            id_token_signing_alg_values_supported: names("RS256"),
            http_logout_supported: Some(true),
            frontchannel_logout_supported: Some(true),
            tenant_region_scope: Some(self.region.map(ToOwned::to_owned)),
            cloud_instance_name: Some("microsoftonline.com".into()),
            cloud_graph_host_name: Some("graph.windows.net".into()),
            msgraph_host: Some("graph.microsoft.com".into()),
            rbac_url: Some("https://pas.windows.net".into()),
            ..OpenIdConfiguration::default()
        }
    }
}

fn names(list: &'static str) -> Names {
    list.split(',').map(Cow::Borrowed).collect()
}

/// The signing keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// Several while they roll over.
    pub keys: Vec<Jwk>,
}

/// One RSA key (RFC 7517, RFC 7518 6.3). `kid` and `x5t` are the same text at Entra.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `RSA`.
    pub kty: Cow<'static, str>,
    /// `sig`.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Cow<'static, str>>,
    /// What a token's header names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// SHA-1 thumbprint of the certificate, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
    /// Modulus, base64url without padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent: `AQAB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<Cow<'static, str>>,
    /// The certificate, standard base64 without line breaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub x5c: Vec<String>,
    /// `cloud_instance_name` of the key, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_instance_name: Option<Cow<'static, str>>,
    /// Which issuer the key is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// The names of the public cloud's sign-in service that are one environment (facts/identity.md 1.2).
pub const PUBLIC_CLOUD_ALIASES: [&str; 4] = [
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
];

/// `/common/discovery/instance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceDiscovery {
    /// The configuration of the authority asked about. MSAL Python follows it to the letter.
    pub tenant_discovery_endpoint: String,
    /// `1.0` or `1.1`, as asked for.
    #[serde(rename = "api-version", default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<Cow<'static, str>>,
    /// One entry for each cloud.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<Aliases>,
}

/// The names under which one cloud answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aliases {
    /// The name to connect to.
    pub preferred_network: Cow<'static, str>,
    /// The name to keep tokens under.
    pub preferred_cache: Cow<'static, str>,
    /// All of them.
    pub aliases: Names,
}

impl Aliases {
    /// The worldwide cloud.
    pub fn public_cloud() -> Self {
        Self {
            preferred_network: "login.microsoftonline.com".into(),
            preferred_cache: "login.windows.net".into(),
            aliases: PUBLIC_CLOUD_ALIASES.map(Cow::Borrowed).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::golden::both_ways;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn entra(segment: &'static str, issuer_tenant: &'static str) -> Entra<'static> {
        Entra {
            login: "https://login.microsoftonline.com",
            sts: "https://sts.windows.net",
            graph: "https://graph.microsoft.com",
            segment,
            issuer_tenant,
            region: (segment == TENANT).then_some("EU"),
        }
    }

    #[test]
    fn both_documents_are_complete_both_ways() {
        let v1: OpenIdConfiguration = both_ways(include_str!("../../golden/oauth/openid-v1.json"));
        assert_eq!(v1, entra("common", "{tenantid}").v1());
        let v2: OpenIdConfiguration = both_ways(include_str!("../../golden/oauth/openid-v2.json"));
        assert_eq!(v2, entra(TENANT, TENANT).v2());
    }

    #[test]
    fn the_unknown_is_kept() {
        let text = r#"{"issuer":"https://fs.contoso.com/adfs","authorization_endpoint":"a","token_endpoint":"t",
            "capabilities":["kdf_ver2"],"access_token_issuer":"http://fs.contoso.com/adfs/services/trust"}"#;
        let read: OpenIdConfiguration = serde_json::from_str(text).unwrap();
        assert_eq!(read.extra.len(), 2);
        assert_eq!(read.tenant_region_scope, None);
        let again: OpenIdConfiguration =
            serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn keys_and_instances_both_ways() {
        let keys: Jwks = both_ways(include_str!("../../golden/oauth/keys.json"));
        assert_eq!(keys.keys[0].kid, keys.keys[0].x5t);
        let instances: InstanceDiscovery =
            both_ways(include_str!("../../golden/oauth/instance-discovery.json"));
        assert_eq!(instances.metadata, [Aliases::public_cloud()]);
    }
}
