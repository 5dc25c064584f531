//! The server under measurement: the release binary, started as anyone starts it.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use types::Stopwatch;

use crate::{
    Lab, Outcome,
    load::{Connection, Target},
};

/// How to start it.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Keys and the authority's certificate.
    pub(crate) state: PathBuf,
    /// Where the state is kept; in memory without it.
    pub(crate) data: Option<PathBuf>,
    /// A library to load first.
    pub(crate) preload: Option<PathBuf>,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    process: Process,
    ready: Value,
    /// From process start until it was ready.
    pub(crate) ready_after: Duration,
    login: Target,
}

/// Longer than any start should take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Server {
    /// Starts it with directories of its own, named `name`; with `durable`, the state is on the disk.
    pub(crate) async fn start(lab: &Lab, name: &str, durable: bool) -> Outcome<Self> {
        let data = if durable {
            Some(lab.directory(&format!("{name}-data"))?)
        } else {
            None
        };
        Self::start_as(
            lab,
            &Manner {
                state: lab.directory(&format!("{name}-state"))?,
                data,
                preload: None,
            },
        )
        .await
    }

    /// Starts it.
    pub(crate) async fn start_as(lab: &Lab, manner: &Manner) -> Outcome<Self> {
        let file = manner.state.join("bench-ready.json");
        let _ = std::fs::remove_file(&file);
        let log = manner.state.join("bench-stderr.log");
        let said = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command: Command = lab.cores.on_server_core(&lab.settings.keyway);
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .args(["--proxy-listen", "127.0.0.1:0", "--ready-file"])
            .arg(&file);
        if let Some(data) = &manner.data {
            command.arg("--data").arg(data);
        }
        if let Some(library) = &manner.preload {
            command.env("LD_PRELOAD", library);
        }
        command
            .env("KEYWAY_STATE_DIR", &manner.state)
            .env("RUST_LOG", "warn");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        let watch = Stopwatch::start();
        let child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", lab.settings.keyway.display()))?;
        let mut process = Process { child, log };
        let ready: Value = loop {
            if let Some(ready) = std::fs::read(&file)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            {
                break ready;
            }
            process.still_runs()?;
            if watch.elapsed() > PATIENCE {
                return Err(format!("the server was not ready after {} s", PATIENCE.as_secs()));
            }
            tokio::time::sleep(Duration::from_micros(250)).await;
        };
        let ready_after = watch.elapsed();
        let text = |name: &str| {
            ready[name]
                .as_str()
                .ok_or_else(|| format!("the ready file has no `{name}`"))
        };
        let address = text("listen")?
            .parse()
            .map_err(|_| "the ready file's `listen` is no address".to_owned())?;
        let login = Target::new(
            address,
            "login.microsoftonline.com.localhost",
            process.child.id(),
            &PathBuf::from(text("ca")?),
        )?;
        Ok(Self {
            process,
            ready,
            ready_after,
            login,
        })
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// The sign-in service.
    pub(crate) fn login(&self) -> &Target {
        &self.login
    }

    /// The stand-in itself: landing page and control API.
    pub(crate) fn control(&self) -> Target {
        self.login.named("localhost")
    }

    /// The demo's organization.
    pub(crate) fn organization(&self) -> Outcome<Target> {
        let host = self
            .env("DATAVERSE_URL")?
            .trim_start_matches("https://")
            .trim_end_matches('/');
        Ok(self.login.named(&format!("{host}.localhost")))
    }

    /// One of the demo's variables.
    pub(crate) fn env(&self, name: &str) -> Outcome<&str> {
        self.ready["env"][name]
            .as_str()
            .ok_or_else(|| format!("the ready file's env has no `{name}`"))
    }

    /// A token request by client credentials for the demo's organization.
    pub(crate) fn token_request(&self) -> Outcome<Vec<u8>> {
        self.request("client_credentials", &[])
    }

    /// A token request with the demo person's password.
    pub(crate) fn password_request(&self) -> Outcome<Vec<u8>> {
        let person = [
            ("username", self.env("KEYWAY_DEMO_USER")?),
            ("password", self.env("KEYWAY_DEMO_PASSWORD")?),
        ];
        self.request("password", &person)
    }

    fn request(&self, grant: &str, more: &[(&str, &str)]) -> Outcome<Vec<u8>> {
        let scope = format!("{}/.default", self.env("DATAVERSE_URL")?.trim_end_matches('/'));
        let mut fields = vec![
            ("grant_type", grant),
            ("client_id", self.env("AZURE_CLIENT_ID")?),
            ("client_secret", self.env("AZURE_CLIENT_SECRET")?),
            ("scope", &scope),
        ];
        fields.extend(more);
        Ok(self.login.post(&self.token_path()?, "", &fields))
    }

    /// The token endpoint of the demo's tenant.
    pub(crate) fn token_path(&self) -> Outcome<String> {
        Ok(format!("/{}/oauth2/v2.0/token", self.env("AZURE_TENANT_ID")?))
    }

    /// Distinct access tokens for the demo's organization.
    pub(crate) async fn tokens(&self, count: usize) -> Outcome<Vec<String>> {
        let request = self.token_request()?;
        let mut connection = Connection::open(&self.login).await?;
        let mut tokens = Vec::with_capacity(count);
        for _ in 0..count {
            let reply = connection.exchange(&request).await?;
            let answer: Value = serde_json::from_slice(reply.body).unwrap_or_default();
            match answer["access_token"].as_str() {
                Some(token) => tokens.push(token.to_owned()),
                None => return Err(format!("no token: {} {}", reply.status, reply.text())),
            }
        }
        Ok(tokens)
    }
}

/// A process that ends when this is dropped, and is waited for, so that nothing of it disturbs the next
/// measurement.
pub(crate) struct Process {
    pub(crate) child: Child,
    /// What it says on standard error.
    pub(crate) log: PathBuf,
}

impl Process {
    /// An error with what the process said, when it has ended.
    pub(crate) fn still_runs(&mut self) -> Outcome<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                let said = std::fs::read_to_string(&self.log).unwrap_or_default();
                Err(format!(
                    "the process ended before it was ready ({status}): {}",
                    said.trim()
                ))
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
