//! Addresses of Dynamics 365: what a pasted text is, what is wrong with it, and what it should be
//! (facts/organization.md 1.1 to 1.6; rows 003-20, 003-22, 003-23, 004-13, 004-14).
//!
//! [`Address::read`] never fails: whatever was pasted gets a [`Kind`], and every correction a note. It looks at
//! the shape alone and asks nobody; where the shape cannot decide (an on-premises host may be a server or an
//! internet-facing organization) the kind says so. To add a form: a variant of [`Kind`], its branch in
//! `classify.rs`, and its row in the test table there.

mod classify;
mod tidy;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use types::{Cloud, Form, Host, Region, RegionTable, Upn, Uuid};

/// The Web API version that Keyway speaks to organizations online.
pub const WEB_API: &str = "/api/data/v9.2/";
/// The version the official .NET client takes on-premises (facts/organization.md 1.6).
const WEB_API_ON_PREMISES: &str = "/api/data/v9.0/";

/// A text that was read as an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// What it is.
    pub kind: Kind,
    /// What was corrected or is worth knowing, in the order it was met; each is one sentence.
    pub notes: Vec<String>,
}

/// What an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An organization online.
    Online(Online),
    /// An organization on-premises, or a server whose organization the shape does not tell.
    OnPremises(OnPremises),
    /// Global discovery of a cloud.
    GlobalDiscovery(Cloud),
    /// The retired SOAP discovery of a region.
    RegionalDiscovery(Region),
    /// SOAP discovery of an on-premises deployment, at `scheme://host[:port]`.
    OnPremisesDiscovery(String),
    /// A sign-in service; `resource` is the organization named in its query, where one is.
    SignIn {
        /// The resource in the query, decoded.
        resource: Option<String>,
    },
    /// A web site of Microsoft that is no organization; `environment` is the id in its path, where one is.
    Portal {
        /// The environment's id.
        environment: Option<Uuid>,
    },
    /// Another service below the same domains: `admin.services.crm4.dynamics.com`, Finance and Operations.
    OtherService,
    /// A bare word: a unique or partial name to look up in global discovery.
    Name(String),
    /// A GUID: an environment's or organization's id to look up in global discovery.
    Id(Uuid),
    /// A user name, pasted in the wrong place.
    UserName(Upn),
    /// A region without an organization before it.
    MissingOrganization(Region),
    /// An organization without its region: `contoso.dynamics.com`.
    MissingRegion(String),
    /// A region that does not exist: organization and label.
    UnknownRegion {
        /// The organization's name.
        name: String,
        /// The label that no region has: `crm13`.
        label: String,
    },
    /// A host that contains a Microsoft name without lying below it. Nothing may be sent there.
    LookAlike(Host),
    /// One letter away from a region; the corrected address.
    Misspelled(String),
    /// Nothing of the sort; the reason.
    NotAnAddress(String),
}

/// An organization online.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Online {
    /// The first label of its host.
    pub name: String,
    /// Where it lives.
    pub region: Region,
    /// How the address was written; everything derived wears the same form.
    pub form: Form,
}

/// An organization or a server on-premises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnPremises {
    /// `https` or `http`.
    pub scheme: &'static str,
    /// Host and, where it was written, port.
    pub authority: String,
    /// The host's true name.
    pub host: Host,
    /// The organization in the path: Windows or claims authentication. `None`: either internet-facing, with
    /// the organization in the first label, or the organization is missing.
    pub organization: Option<String>,
}

impl Address {
    /// Reads any text.
    pub fn read(text: &str, regions: &RegionTable) -> Self {
        let mut notes = Vec::new();
        let kind = classify::classify(text, regions, &mut notes);
        Self { kind, notes }
    }
}

impl Kind {
    /// The kind in one word, for programs.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Online(_) => "online",
            Self::OnPremises(OnPremises {
                organization: Some(_),
                ..
            }) => "on-premises-path",
            Self::OnPremises(_) => "on-premises-host",
            Self::GlobalDiscovery(_) => "global-discovery",
            Self::RegionalDiscovery(_) => "regional-discovery",
            Self::OnPremisesDiscovery(_) => "on-premises-discovery",
            Self::SignIn { .. } => "sign-in",
            Self::Portal { .. } => "portal",
            Self::OtherService => "other-service",
            Self::Name(_) => "name",
            Self::Id(_) => "id",
            Self::UserName(_) => "user-name",
            Self::MissingOrganization(_) => "missing-organization",
            Self::MissingRegion(_) => "missing-region",
            Self::UnknownRegion { .. } => "unknown-region",
            Self::LookAlike(_) => "look-alike",
            Self::Misspelled(_) => "misspelled",
            Self::NotAnAddress(_) => "not-an-address",
        }
    }

    /// The kind in one sentence, for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Online(online) => {
                format!(
                    "the organization `{}` in {} ({})",
                    online.name, online.region.name, online.region.code
                )
            }
            Self::OnPremises(OnPremises {
                organization: Some(name),
                host,
                ..
            }) => {
                format!(
                    "the organization `{name}` on the server {host}, with Windows or claims authentication"
                )
            }
            Self::OnPremises(OnPremises { host, .. }) if host.parent().is_some() => format!(
                "on-premises: either the internet-facing organization `{}`, or a server whose organization is missing; \
                 only the deployment can tell",
                host.first_label()
            ),
            Self::OnPremises(OnPremises { host, .. }) => {
                format!("the server {host} without an organization; append /name")
            }
            Self::GlobalDiscovery(_) => {
                "global discovery, which lists organizations and is none itself".into()
            }
            Self::RegionalDiscovery(region) => {
                format!(
                    "the retired discovery service of {}, which no longer answers",
                    region.name
                )
            }
            Self::OnPremisesDiscovery(_) => "the discovery service of an on-premises deployment".into(),
            Self::SignIn { .. } => "a sign-in service, not an organization".into(),
            Self::Portal { .. } => "a web site of Microsoft, not an organization".into(),
            Self::OtherService => "another Microsoft service, not an organization".into(),
            Self::Name(name) => format!("the name `{name}`, to be looked up in global discovery"),
            Self::Id(id) => format!("the id {id}, to be looked up in global discovery"),
            Self::UserName(upn) => format!("the user name {upn}, not an address"),
            Self::MissingOrganization(region) => format!("{} without an organization before it", region.name),
            Self::MissingRegion(name) => format!("the organization `{name}` without its region"),
            Self::UnknownRegion { name, label } => {
                format!("the organization `{name}` in the region `{label}`, which does not exist")
            }
            Self::LookAlike(host) => {
                format!("{host}, which imitates a Microsoft name but does not belong to Microsoft")
            }
            Self::Misspelled(meant) => format!("a misspelled address; probably {meant}"),
            Self::NotAnAddress(why) => format!("not an address: {why}"),
        }
    }

    /// The address it should be, where the shape tells.
    pub fn corrected(&self) -> Option<String> {
        match self {
            Self::Online(online) => Some(online.url()),
            Self::OnPremises(server) => Some(server.url()),
            Self::Misspelled(meant) => Some(meant.clone()),
            Self::GlobalDiscovery(cloud) => cloud
                .discovery_host()
                .map(|host| format!("https://{host}{INSTANCES}")),
            Self::OnPremisesDiscovery(base) => Some(format!("{base}{SOAP_DISCOVERY}")),
            _ => None,
        }
    }
}

const INSTANCES: &str = crate::instance::INSTANCES;
const SOAP_DISCOVERY: &str = "/XRMServices/2011/Discovery.svc";

impl Online {
    fn host_url(&self, host: &str, path: &str) -> String {
        self.form.dress(&format!("https://{host}{path}"))
    }

    /// `https://contoso.crm4.dynamics.com/`, with the slash: also the resource tokens are asked for.
    pub fn url(&self) -> String {
        self.host_url(&format!("{}.{}", self.name, self.region.suffix), "/")
    }

    /// The twin for programs, without the slash: `https://contoso.api.crm4.dynamics.com`.
    pub fn api_url(&self) -> String {
        self.host_url(&format!("{}.api.{}", self.name, self.region.suffix), "")
    }

    /// The Web API's base.
    pub fn web_api(&self) -> String {
        self.host_url(&format!("{}.{}", self.name, self.region.suffix), WEB_API)
    }

    /// Global discovery of its cloud; the closed German cloud has none.
    pub fn discovery(&self) -> Option<String> {
        Some(self.host_url(self.region.cloud.discovery_host()?, INSTANCES))
    }

    /// The retired SOAP discovery of its region.
    pub fn regional_discovery(&self) -> String {
        self.host_url(&format!("disco.{}", self.region.suffix), SOAP_DISCOVERY)
    }

    /// The sign-in host of its cloud.
    pub fn login(&self) -> String {
        self.host_url(self.region.cloud.login_host(), "")
    }

    /// `https://login.windows.net/common/oauth2/authorize?resource=…` with the URL encoded (rows 004-13 and
    /// 004-14); sovereign clouds have their own host.
    pub fn authorization_v1(&self) -> String {
        let host = match self.region.cloud {
            Cloud::Commercial | Cloud::Gcc => "login.windows.net",
            other => other.login_host(),
        };
        self.host_url(
            host,
            &format!("/common/oauth2/authorize?resource={}", encode(&self.url())),
        )
    }

    /// `https://login.windows.net/common/oauth2/token` (row 004-15).
    pub fn token_v1(&self) -> String {
        self.authorization_v1()
            .split("authorize?")
            .next()
            .map(|base| format!("{base}token"))
            .unwrap_or_default()
    }

    /// What a person's client asks for in version 2.
    pub fn user_scopes(&self) -> Scopes {
        Scopes::of(&self.url(), "user_impersonation")
    }

    /// What an application asks for in version 2.
    pub fn app_scopes(&self) -> Scopes {
        Scopes::of(&self.url(), ".default")
    }
}

/// The two forms of one scope. The resource itself ends in a slash, so the rule gives two of them
/// (facts/identity.md 1.6); that one also works at Dataverse is unverified, but real clients send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// By the rule: `https://contoso.crm4.dynamics.com//user_impersonation`.
    pub double: String,
    /// As many write it: `https://contoso.crm4.dynamics.com/user_impersonation`.
    pub single: String,
}

impl Scopes {
    /// Both forms of `name` at `resource`, with or without its slash.
    pub fn of(resource: &str, name: &str) -> Self {
        let bare = resource.trim_end_matches('/');
        Self {
            double: format!("{bare}//{name}"),
            single: format!("{bare}/{name}"),
        }
    }
}

impl OnPremises {
    /// The organization's or server's address, with a slash at its end (some clients drop a last part without).
    pub fn url(&self) -> String {
        format!("{}/", self.base())
    }

    fn base(&self) -> String {
        let path = self
            .organization
            .as_deref()
            .map_or(Cow::Borrowed(""), |name| Cow::Owned(format!("/{name}")));
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    /// The Web API's base.
    pub fn web_api(&self) -> String {
        format!("{}{WEB_API_ON_PREMISES}", self.base())
    }

    /// SOAP discovery: beside the organizations, or at `dev.` of the same domain when internet-facing. The
    /// name `dev` is the documentation's example; a deployment may have chosen another.
    pub fn discovery(&self) -> String {
        match (&self.organization, self.authority.split_once('.')) {
            (None, Some((_, parent))) => format!("{}://dev.{parent}{SOAP_DISCOVERY}", self.scheme),
            _ => format!("{}://{}{SOAP_DISCOVERY}", self.scheme, self.authority),
        }
    }
}

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes for a query: `https://org/` is `https%3A%2F%2Forg%2F` (row 004-14).
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn online(text: &str) -> Online {
        match Address::read(text, &RegionTable::default()).kind {
            Kind::Online(online) => online,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_worked_example_of_row_004_14() {
        let org = online("https://orgfb974624.crm4.dynamics.com/");
        let encoded = "https%3A%2F%2Forgfb974624.crm4.dynamics.com%2F";
        assert_eq!(encode(&org.url()), encoded);
        assert_eq!(
            percent_encoding::percent_decode_str(encoded)
                .decode_utf8()
                .unwrap(),
            org.url()
        );
        assert_eq!(
            org.authorization_v1(),
            format!("https://login.windows.net/common/oauth2/authorize?resource={encoded}")
        );
        assert_eq!(org.token_v1(), "https://login.windows.net/common/oauth2/token");
    }

    #[test]
    fn everything_is_derived_in_the_form_it_was_written() {
        let org = online("contoso.crm4.dynamics.com.localhost:8443");
        assert_eq!(org.url(), "https://contoso.crm4.dynamics.com.localhost:8443/");
        assert_eq!(
            org.api_url(),
            "https://contoso.api.crm4.dynamics.com.localhost:8443"
        );
        assert_eq!(org.login(), "https://login.microsoftonline.com.localhost:8443");
        assert_eq!(
            org.discovery().unwrap(),
            "https://globaldisco.crm.dynamics.com.localhost:8443/api/discovery/v2.0/Instances"
        );
        let scopes = org.user_scopes();
        assert_eq!(
            scopes.double,
            "https://contoso.crm4.dynamics.com.localhost:8443//user_impersonation"
        );
        assert_eq!(
            scopes.single,
            "https://contoso.crm4.dynamics.com.localhost:8443/user_impersonation"
        );
        assert_eq!(
            online("contoso.crm.microsoftdynamics.us").login(),
            "https://login.microsoftonline.us"
        );
    }

    #[test]
    fn on_premises_keeps_what_was_written() {
        let read = |text: &str| match Address::read(text, &RegionTable::default()).kind {
            Kind::OnPremises(server) => server,
            other => panic!("{other:?}"),
        };
        let claims = read("https://crmserver.contoso.com:444/contoso");
        assert_eq!(claims.url(), "https://crmserver.contoso.com:444/contoso/");
        assert_eq!(
            claims.web_api(),
            "https://crmserver.contoso.com:444/contoso/api/data/v9.0/"
        );
        assert_eq!(
            claims.discovery(),
            "https://crmserver.contoso.com:444/XRMServices/2011/Discovery.svc"
        );
        let ifd = read("https://contoso.contoso.com:444");
        assert_eq!(
            ifd.discovery(),
            "https://dev.contoso.com:444/XRMServices/2011/Discovery.svc"
        );
    }
}
