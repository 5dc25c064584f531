//! Which names the stand-in answers to, and which it keeps from ever being forwarded.

use std::{net::IpAddr, sync::Arc};

use http::request::Parts;
use types::{Form, Host, RegionTable};

use super::Service;

/// Microsoft's sign-in, portal and management names that a connector may hold (DESIGN.md, facts/identity.md
/// 1.2). A name *below* one of these is owned too: what is unknown there is refused, never forwarded.
const OWNED: &[&str] = &[
    "microsoftonline.com",
    "microsoftonline.us",
    "microsoftonline.cn",
    "microsoftonline.de",
    "microsoftonline-p.com",
    "login.windows.net",
    "sts.windows.net",
    "login.microsoft.com",
    "login.chinacloudapi.cn",
    "login.usgovcloudapi.net",
    "login.live.com",
    "account.live.com",
    "graph.microsoft.com",
    "graph.windows.net",
    "management.azure.com",
    "management.core.windows.net",
    "portal.azure.com",
    "admin.microsoft.com",
    "admin.powerplatform.microsoft.com",
    "api.powerplatform.com",
    "api.bap.microsoft.com",
    "portal.office.com",
    "dynamics.com",
];

/// What a name is to the stand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// The stand-in itself: landing page and control API.
    Local,
    /// One of the true names, and how it was written.
    Owned(Host, Form),
    /// Somebody else's.
    Foreign,
}

/// The names, from the region table and from what each service says it owns.
#[derive(Clone)]
pub struct Names {
    regions: Arc<RegionTable>,
    services: Arc<[Arc<dyn Service>]>,
    /// Whether any address is this machine: only when the stand-in listens beyond loopback on purpose.
    any_address: bool,
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names")
            .field("any_address", &self.any_address)
            .finish_non_exhaustive()
    }
}

impl Names {
    /// The names of these services and regions.
    pub fn new(regions: Arc<RegionTable>, services: Arc<[Arc<dyn Service>]>, any_address: bool) -> Self {
        Self {
            regions,
            services,
            any_address,
        }
    }

    /// What `authority` (`name[:port]`, as in a `Host` header) is to the stand-in.
    pub fn judge(&self, authority: &str) -> Name {
        let name = without_port(authority);
        if name.eq_ignore_ascii_case("localhost") {
            return Name::Local;
        }
        if let Ok(address) = name.parse::<IpAddr>() {
            return if self.any_address || address.is_loopback() {
                Name::Local
            } else {
                Name::Foreign
            };
        }
        match Form::split(authority) {
            Ok((host, form)) if self.owns(&host) => Name::Owned(host, form),
            _ => Name::Foreign,
        }
    }

    /// The service that answers for a true name.
    pub fn service(&self, host: &Host) -> Option<&Arc<dyn Service>> {
        self.services.iter().find(|service| service.owns(host))
    }

    /// The service that answers a request with this head for a true name.
    pub(crate) fn answering(&self, host: &Host, head: &Parts) -> Option<&Arc<dyn Service>> {
        self.services.iter().find(|service| service.answers(host, head))
    }

    /// Whether a true name is ours, answered or not.
    pub fn owns(&self, host: &Host) -> bool {
        let below = |suffix: &str| {
            host.as_str()
                .strip_suffix(suffix)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        OWNED.iter().copied().any(below)
            // The parent of each region's suffix: `dynamics.com` of `crm4.dynamics.com`.
            || self.regions.iter().any(|region| {
                below(&region.suffix) || region.suffix.split_once('.').is_some_and(|(_, parent)| parent.contains('.') && below(parent))
            })
            || self.service(host).is_some()
    }
}

/// `name`, `name:port`, `[v6]:port` or a bare address, without port and brackets.
pub(crate) fn without_port(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    match authority.split_once(':') {
        // More than one colon without brackets is a bare IPv6 address.
        Some((name, port)) if !port.contains(':') => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new(Arc::default(), Arc::new([]), false)
    }

    #[test]
    fn what_is_below_an_owned_suffix_is_owned_even_if_unknown() {
        for owned in [
            "login.microsoftonline.com",
            "nobody.crm4.dynamics.com",
            "nobody.crm13.dynamics.com",
            "contoso.crm.microsoftdynamics.us",
            "LOGIN.windows.net:443",
            "management.azure.com.localhost:8443",
            "aadcdn.microsoftonline-p.com",
        ] {
            assert!(matches!(names().judge(owned), Name::Owned(..)), "{owned}");
        }
        for foreign in [
            "example.com",
            "notmicrosoftonline.com",
            "blob.core.windows.net",
            "us",
            "a b",
            "10.0.0.1",
            "",
        ] {
            assert_eq!(names().judge(foreign), Name::Foreign, "{foreign}");
        }
    }

    #[test]
    fn the_stand_in_itself_is_localhost() {
        for local in [
            "localhost",
            "LOCALHOST:8443",
            "127.0.0.1:8443",
            "[::1]:8443",
            "::1",
            "127.0.0.1",
        ] {
            assert_eq!(names().judge(local), Name::Local, "{local}");
        }
        let public = Names::new(Arc::default(), Arc::new([]), true);
        assert_eq!(public.judge("10.0.0.1:8443"), Name::Local);
    }
}
