//! The services behind the edge, each with the names it answers to.

use std::sync::Arc;

use store::{Store, Ticket};
use types::{Host, Later, RegionTable};
use wire::Call;

use crate::edge::{Handled, Service};

/// Signing in.
pub(crate) struct Authority(pub(crate) Arc<authority::Service>);

impl Service for Authority {
    fn owns(&self, host: &Host) -> bool {
        self.0.owns(host)
    }

    fn handle<'a>(&'a self, call: &'a Call, granted: &'a mut Vec<Ticket>) -> Handled<'a> {
        self.0.handle(call, granted)
    }
}

/// Discovery and organizations.
pub(crate) struct Organizations {
    pub(crate) service: Arc<organization::Service>,
    pub(crate) store: Store,
    pub(crate) regions: Arc<RegionTable>,
}

impl Service for Organizations {
    fn owns(&self, host: &Host) -> bool {
        self.service.owns(host)
    }

    fn knows<'a>(&'a self, host: &'a Host) -> Later<'a, bool> {
        Box::pin(async move {
            if self
                .regions
                .iter()
                .any(|region| region.cloud.discovery_host() == Some(host.as_str()))
            {
                return true;
            }
            // The Web API's twin exists where its organization does (facts/organization.md 1.1).
            let main = match self.regions.of_host(host) {
                Some((region, name)) => {
                    format!("{}.{}", name.strip_suffix(".api").unwrap_or(name), region.suffix)
                }
                None => host.to_string(),
            };
            // When the state cannot be read, the service itself says so better.
            self.store
                .tenant_of(&format!("host:{main}"))
                .await
                .map_or(true, |tenant| tenant.is_some())
        })
    }

    fn handle<'a>(&'a self, call: &'a Call, _: &'a mut Vec<Ticket>) -> Handled<'a> {
        self.service.handle(call)
    }
}
