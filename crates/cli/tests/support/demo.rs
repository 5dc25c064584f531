//! The demo as whoever connects to it finds it.

use std::process::Command;

use crate::support::{Standin, keyway};

/// A stand-in, and what a client must know of it.
pub(crate) struct Demo(pub(crate) Standin);

impl Demo {
    pub(crate) fn start() -> Self {
        Self(Standin::start(&[]))
    }

    pub(crate) fn url(&self, host: &str) -> String {
        let (_, port) = self.0.ready["listen"].as_str().unwrap().rsplit_once(':').unwrap();
        format!("https://{host}.localhost:{port}")
    }

    /// An application of the demo: its client id and its secret.
    pub(crate) fn app(&self, name: &str) -> (String, String) {
        let tenants = self.0.ready["tenants"].as_array().unwrap();
        let app = tenants
            .iter()
            .flat_map(|tenant| tenant["apps"].as_array().unwrap())
            .find(|app| app["name"] == name);
        let text = |member: &str| app.unwrap()[member].as_str().unwrap_or_default().to_owned();
        (text("client_id"), text("secret"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keyway(self.0.home());
        command
            .args(arguments)
            .env("KEYWAY_AUTHORITY", self.url("login.microsoftonline.com"));
        command
    }
}
