//! `keyway serve` and `keyway serve env`.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::{Args, Subcommand};
use standin::{Config, Ready, Running, Source, StartError, edge::{Before, Limits}};
use store::{Location, StoreError};
use types::{Secret, SystemChance, SystemClock};

use crate::{
    commands::exec::{before, environment},
    context::Context,
    control::{TOKEN, Which, state_dir},
    exit::Exit,
    output::Output,
    report::Failure,
    secrets,
};

/// The variable that holds the seal key; there is no flag for it, because arguments can be seen.
const SEAL_KEY: &str = "KEYWAY_SEAL_KEY";

/// Play the other side: sign-in, discovery and organizations, in one process on one port
///
/// Everything is made up, and says so. The state is in memory unless --data or --database is given; the
/// certificate authority and keys that make later starts fast are kept in the state directory
/// (KEYWAY_STATE_DIR). The system's trust store and hosts file are never touched.
///
/// Secrets come by variable: KEYWAY_CONTROL_TOKEN guards the control API, KEYWAY_SEAL_KEY (32 bytes in base64)
/// seals what is kept in a database.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Serve {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Play the built-in demo world
    #[arg(long, conflicts_with = "world", env = "KEYWAY_DEMO")]
    demo: bool,
    /// Play the world of this file (TOML)
    #[arg(long, value_name = "FILE", env = "KEYWAY_WORLD")]
    world: Option<PathBuf>,
    /// Keep the state in this directory
    #[arg(long, value_name = "DIR", conflicts_with = "database", env = "KEYWAY_DATA")]
    data: Option<PathBuf>,
    /// Keep the state in PostgreSQL: postgres://user@host/database. Give a password by the variable
    #[arg(long, value_name = "URL", env = "KEYWAY_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Where HTTPS is served; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443", env = "KEYWAY_LISTEN")]
    listen: SocketAddr,
    /// Where the proxy for the true names listens (not the proxy to go out by: that is HTTPS_PROXY)
    #[arg(long = "proxy-listen", value_name = "ADDRESS", default_value = "127.0.0.1:8480", env = "KEYWAY_PROXY_LISTEN")]
    proxy_listen: SocketAddr,
    /// Write everything a test needs to know to this file, as JSON, as soon as it can be used
    #[arg(long, value_name = "FILE", env = "KEYWAY_READY_FILE")]
    ready_file: Option<PathBuf>,
    /// Take the control token from the first line of this file
    #[arg(long, value_name = "FILE", env = "KEYWAY_CONTROL_TOKEN_FILE")]
    control_token_file: Option<PathBuf>,
    /// Listen where other machines can connect. They can sign in with published passwords
    #[arg(long, env = "KEYWAY_ALLOW_PUBLIC")]
    allow_public: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Print what a shell exports to use the running stand-in: eval "$(keyway serve env)"
    Env(Env),
}

/// Print what a shell exports to use the running stand-in
#[derive(Args)]
struct Env {
    #[command(flatten)]
    which: Which,
    /// Let nothing out: hosts that are not the stand-in's are refused
    #[arg(long, env = "KEYWAY_SEALED")]
    sealed: bool,
}

impl Serve {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self.verb {
            Some(Verb::Env(env)) => env.run(context).await,
            None => self.serve(context).await,
        }
    }

    async fn serve(self, context: &Context) -> Result<(), Failure> {
        let config = self.config()?;
        let place = config.location.to_string();
        let running = standin::start(config, Arc::new(SystemClock), Arc::new(SystemChance)).await.map_err(refused)?;
        context.output.talk(&banner(&running.ready, &place));
        for note in &running.notes {
            context.output.talk(&format!("note: {note}"));
        }
        interrupted().await;
        context.output.talk("stopping …");
        Running::stop(running).await;
        Ok(())
    }

    fn config(&self) -> Result<Config, Failure> {
        let world = match (&self.world, self.demo) {
            (Some(file), _) => Source::File(file.clone()),
            (None, true) => Source::Demo,
            (None, false) => {
                let next = "Say --demo for the built-in world, or --world FILE for your own.";
                return Err(Failure::usage("there is no world to serve", next));
            }
        };
        let location = match (&self.data, &self.database) {
            (Some(directory), _) => Location::Directory(directory.clone()),
            (None, Some(url)) => Location::Postgres(url.clone()),
            (None, None) => Location::Memory,
        };
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Secret::new);
        let control_token = match &self.control_token_file {
            Some(file) => Some(secrets::first_line_of(file)?),
            None => variable(TOKEN),
        };
        Ok(Config {
            world,
            location,
            listen: self.listen,
            proxy: self.proxy_listen,
            allow_public: self.allow_public,
            control_token,
            seal_key: variable(SEAL_KEY),
            state_directory: state_dir()?,
            ready_file: self.ready_file.clone(),
            limits: Limits::default(),
        })
    }
}
