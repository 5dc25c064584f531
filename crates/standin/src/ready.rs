//! The ready file: everything a test needs to know, as JSON; written when the stand-in can be used.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use types::{Form, Host, TenantId};

use crate::{
    edge::ca,
    files::{self, BadFile},
    world::{
        World,
        sheet::{OrganizationSheet, TenantSheet},
    },
};

/// The ready file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// `127.0.0.1:8443`.
    pub listen: String,
    /// `http://127.0.0.1:8480`.
    pub proxy: String,
    /// The throw-away authority's certificate, PEM.
    pub ca: PathBuf,
    /// The system's roots and ours in one file.
    pub bundle: PathBuf,
    /// Where the control API begins.
    pub control: String,
    /// The world's name.
    pub world: String,
    /// The process that listens.
    pub pid: u32,
    /// What `keyway serve env` exports and `keyway exec` sets.
    pub env: BTreeMap<String, String>,
    /// The tenants.
    pub tenants: Vec<TenantSheet>,
    /// The organizations of all tenants.
    pub organizations: Vec<OrganizationSheet>,
}

/// Names of the variables that hold proxies and trust; each proxy name also stands in lower case.
pub mod variable {
    /// For programs that reach HTTPS hosts through a proxy.
    pub const HTTPS_PROXY: &str = "HTTPS_PROXY";
    /// Hosts reached without it.
    pub const NO_PROXY: &str = "NO_PROXY";
    /// Variables that name a file with trusted roots: OpenSSL and Rust, Python's requests, curl, Node.
    pub const CA_FILES: [&str; 4] = [
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ];
    /// Makes Node 22.21 and newer obey the proxy variables.
    pub const NODE_USE_ENV_PROXY: &str = "NODE_USE_ENV_PROXY";
}

/// What is reached without the proxy: the machine itself.
pub const NO_PROXY: &str = "localhost,127.0.0.1,::1,.localhost";

/// What goes into a ready file.
pub(crate) struct Facts<'a> {
    pub(crate) world: &'a World,
    pub(crate) listen: std::net::SocketAddr,
    pub(crate) proxy: std::net::SocketAddr,
    pub(crate) paths: &'a ca::Paths,
    pub(crate) tenants: Vec<TenantSheet>,
}

impl Ready {
    pub(crate) fn new(facts: Facts<'_>) -> Self {
        let organizations = facts
            .tenants
            .iter()
            .flat_map(|tenant| tenant.organizations.clone())
            .collect();
        let proxy = format!("http://{}", reachable(facts.proxy));
        let mut ready = Self {
            listen: facts.listen.to_string(),
            proxy,
            ca: facts.paths.certificate.clone(),
            bundle: facts.paths.bundle.clone(),
            control: format!("https://localhost:{}/_keyway/v1", facts.listen.port()),
            world: facts.world.name.clone(),
            pid: std::process::id(),
            env: BTreeMap::new(),
            tenants: facts.tenants,
            organizations,
        };
        ready.env = ready.environment(facts.world);
        ready
    }

    fn environment(&self, world: &World) -> BTreeMap<String, String> {
        let mut env = BTreeMap::new();
        let mut set = |names: &[&str], value: &str| {
            for name in names {
                env.insert((*name).to_owned(), value.to_owned());
            }
        };
        set(&[variable::HTTPS_PROXY, "https_proxy"], &self.proxy);
        set(&[variable::NO_PROXY, "no_proxy"], NO_PROXY);
        set(&[variable::NODE_USE_ENV_PROXY], "1");
        set(&variable::CA_FILES, &self.bundle.display().to_string());
        let Some(chosen) = &world.env else { return env };
        let tenant = self.tenants.iter().find(|tenant| {
            tenant.domain.eq_ignore_ascii_case(&chosen.tenant) || tenant.id.to_string() == chosen.tenant
        });
        let Some(tenant) = tenant else { return env };
        set(&["AZURE_TENANT_ID", "TENANT_ID"], &tenant.id.to_string());
        // DESIGN.md: authority and Dataverse addresses are the true names; the proxy answers for them.
        set(&["AZURE_AUTHORITY_HOST"], "https://login.microsoftonline.com");
        if let Some(app) = tenant
            .apps
            .iter()
            .find(|app| app.name == chosen.app || app.client_id == chosen.app)
        {
            set(&["AZURE_CLIENT_ID", "CLIENT_ID"], &app.client_id);
            set(
                &["AZURE_CLIENT_SECRET", "CLIENT_SECRET"],
                app.secret.as_deref().unwrap_or_default(),
            );
        }
        let organization = self
            .organizations
            .iter()
            .find(|entry| entry.unique_name == chosen.organization);
        if let Some(organization) = organization {
            set(&["DATAVERSE_URL"], &organization.true_url);
        }
        let user = tenant
            .users
            .iter()
            .find(|user| user.upn.eq_ignore_ascii_case(chosen.user.as_str()));
        if let Some(user) = user {
            set(&["KEYWAY_DEMO_USER"], &user.upn);
            set(
                &["KEYWAY_DEMO_PASSWORD"],
                user.password.as_deref().unwrap_or_default(),
            );
        }
        env
    }

    /// The tenant the variables speak of.
    pub fn default_tenant(&self) -> Option<TenantId> {
        let id = self.env.get("TENANT_ID")?;
        self.tenants
            .iter()
            .map(|tenant| tenant.id)
            .find(|known| known.to_string() == *id)
    }

    /// The port TLS is served on.
    pub fn port(&self) -> u16 {
        self.listen
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok())
            .unwrap_or(443)
    }

    /// A URL on the stand-in's own port for a true name.
    pub fn url(&self, host: &Host, path: &str) -> String {
        Form::Localhost { port: self.port() }.url(host, path)
    }

    /// As it is written.
    ///
    /// # Errors
    /// When a path is not UTF-8, which JSON cannot hold.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads every ready file of the stand-ins that were started on this machine, newest first. Whether one
    /// still runs is for the reader to find out.
    ///
    /// # Errors
    /// [`BadFile`] when the directory is there and cannot be read.
    pub fn running(state: &Path) -> Result<Vec<Self>, BadFile> {
        let mut found = files::list(&running_directory(state))?;
        found.sort_by_key(|(_, changed)| std::cmp::Reverse(*changed));
        let mut ready = Vec::new();
        for (path, _) in found {
            // A file that another version wrote is of no use here.
            if let Some(bytes) = files::read(&path)?
                && let Ok(one) = serde_json::from_slice(&bytes)
            {
                ready.push(one);
            }
        }
        Ok(ready)
    }
}

/// Where a stand-in that listens on `port` leaves its ready file for `keyway exec`.
pub(crate) fn running_file(state: &Path, port: u16) -> PathBuf {
    running_directory(state).join(format!("{port}.json"))
}

fn running_directory(state: &Path) -> PathBuf {
    state.join("running")
}

/// An address that can be connected to: `0.0.0.0` listens everywhere and is nowhere.
fn reachable(address: std::net::SocketAddr) -> std::net::SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr = if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(loopback);
    }
    address
}
