//! `keyway serve` and `keyway serve env`.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
};

use clap::{Args, Subcommand};
use standin::{BadSmtp, Config, Location, Ready, Smtp, Source, StartError, edge::Limits};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::layer,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};
use types::{Secret, SystemChance, SystemClock};

use crate::{
    commands::exec::{before, environment},
    context::Context,
    control::{TOKEN, Which, sentence, state_dir},
    exit::Exit,
    output::table,
    report::Failure,
    secrets::Sources,
};

/// The variable that holds the seal key; there is no flag for it, because arguments can be seen.
const SEAL_KEY: &str = "KEYWAY_SEAL_KEY";

/// Who the stand-in is to the SMTP server, by variable for the same reason.
const SMTP_USER: &str = "KEYWAY_SMTP_USER";
const SMTP_PASSWORD: &str = "KEYWAY_SMTP_PASSWORD";

/// What no flag can say.
const MORE: &str = "\
Everything is made up, and says so. The state is in memory unless --data or --database is given; the
certificate authority and keys that make later starts fast are kept in the state directory
(KEYWAY_STATE_DIR). The system's trust store and hosts file are never touched.

Secrets come by variable: KEYWAY_CONTROL_TOKEN guards the control API, KEYWAY_SEAL_KEY (32 bytes in base64)
seals what is kept in a database, KEYWAY_SMTP_USER and KEYWAY_SMTP_PASSWORD go with --smtp.
KEYWAY_LOG=standin=debug says more on standard error.";

/// Play the other side: sign-in, discovery and organizations, in one process on one port
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, after_help = MORE)]
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
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8443",
        env = "KEYWAY_LISTEN"
    )]
    listen: SocketAddr,
    /// Where the proxy for the true names listens (not the proxy to go out by: that is HTTPS_PROXY)
    #[arg(
        long = "proxy-listen",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8480",
        env = "KEYWAY_PROXY_LISTEN"
    )]
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
    /// Send mail by this server: smtp://host:25, smtps://host:465 or smtp+starttls://host:587. Without one it
    /// stays in the outbox
    #[arg(long, value_name = "URL", env = "KEYWAY_SMTP")]
    smtp: Option<String>,
    /// The sender of that mail
    #[arg(long, value_name = "ADDRESS", requires = "smtp", env = "KEYWAY_SMTP_FROM")]
    smtp_from: Option<String>,
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
        log();
        let place = config.location.to_string();
        let interrupts = Interrupts::listen()?;
        let running = standin::start(config, Arc::new(SystemClock), Arc::new(SystemChance))
            .await
            .map_err(|error| refused(&error))?;
        context.output.talk(&banner(&running.ready, &place));
        for note in &running.notes {
            context.output.talk(&format!("note: {note}"));
        }
        // A second Control-C does not wait for what is under way.
        context.stops_itself.store(true, Ordering::SeqCst);
        interrupts.heard().await;
        context.output.talk("stopping …");
        running.stop().await;
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
        let token = Sources {
            what: "control token",
            file: self.control_token_file.as_deref(),
            stdin: false,
            variable: TOKEN,
        };
        let seal_key = std::env::var(SEAL_KEY)
            .ok()
            .filter(|value| !value.is_empty())
            .map(Secret::new);
        Ok(Config {
            world,
            location,
            listen: self.listen,
            proxy: self.proxy_listen,
            allow_public: self.allow_public,
            control_token: token.given()?,
            seal_key,
            state_directory: state_dir()?,
            ready_file: self.ready_file.clone(),
            limits: Limits::default(),
            pages: Some(portal::pages()),
            smtp: self.smtp()?,
        })
    }

    fn smtp(&self) -> Result<Option<Smtp>, Failure> {
        let Some(address) = &self.smtp else {
            return Ok(None);
        };
        let wrong = |error: BadSmtp| {
            let text = error.to_string();
            let (what, next) = text.split_once("; ").unwrap_or((text.as_str(), ""));
            Failure::usage(what, sentence(next))
        };
        let mut smtp: Smtp = address.parse().map_err(wrong)?;
        if let Some(from) = &self.smtp_from {
            smtp = smtp.with_from(from).map_err(wrong)?;
        }
        let variable = |name| {
            std::env::var(name)
                .ok()
                .filter(|value: &String| !value.is_empty())
        };
        match (variable(SMTP_USER), variable(SMTP_PASSWORD).map(Secret::new)) {
            (Some(user), Some(password)) => Ok(Some(smtp.with_credentials(user, password))),
            (None, None) => Ok(Some(smtp)),
            _ => Err(Failure::usage(
                format!("only one of {SMTP_USER} and {SMTP_PASSWORD} is set"),
                "Set both, or neither.",
            )),
        }
    }
}

impl Env {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let control = self.which.find().await?;
        let variables = environment(&control.ready, self.sealed, &before());
        context.output.result(&variables, || {
            variables
                .iter()
                .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
                .collect()
        })
    }
}

/// A value as a POSIX shell reads it back.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// Warnings go to standard error; KEYWAY_LOG says what else does, for example `standin=debug`.
fn log() {
    let asked = std::env::var("KEYWAY_LOG").ok();
    let filter = asked.and_then(|text| text.parse::<Targets>().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    // Only the first one counts; there is no other in this program.
    let _ = tracing_subscriber::registry()
        .with(layer().with_writer(std::io::stderr))
        .with(filter)
        .try_init();
}

/// Why it did not start, with the exit code that fits.
fn refused(error: &StartError) -> Failure {
    let exit = match error {
        StartError::Public(_) | StartError::World(_) => Exit::Usage,
        StartError::Listen(_) => Exit::Conflict,
        _ => Exit::Internal,
    };
    let (what, next) = error.told();
    // What the sentence has said already is not said again.
    let source = std::error::Error::source(error).filter(|source| !what.contains(&source.to_string()));
    Failure::new(exit, what, sentence(&next)).caused_by(source)
}

/// What stands on the terminal while it runs.
fn banner(ready: &Ready, place: &str) -> String {
    let value = |name: &str| ready.env.get(name).cloned().unwrap_or_default();
    let port = ready.port();
    let first = ready
        .organizations
        .iter()
        .find(|entry| entry.true_url == value("DATAVERSE_URL"));
    let kept = if place == "memory" {
        "in memory, gone when it stops".to_owned()
    } else {
        place.to_owned()
    };
    let mut rows = vec![
        ("page", format!("https://localhost:{port}/")),
        ("explain", format!("https://localhost:{port}/explain")),
        (
            "sign-in",
            format!("https://login.microsoftonline.com.localhost:{port}/"),
        ),
        (
            "organization",
            first.map(|entry| entry.url.clone()).unwrap_or_default(),
        ),
        ("true names", format!("behind the proxy {}", ready.proxy)),
        ("trust", ready.ca.display().to_string()),
        ("state", kept),
    ];
    let demo = [
        ("user", value("KEYWAY_DEMO_USER")),
        ("password", value("KEYWAY_DEMO_PASSWORD")),
        ("tenant id", value("TENANT_ID")),
        ("client id", value("CLIENT_ID")),
        ("client secret", value("CLIENT_SECRET")),
    ];
    rows.extend(demo);
    format!(
        "Keyway plays the world \"{}\". It is a stand-in: nothing here is Microsoft's, and its passwords are published.\n\n{}\n\
         In another terminal:\n  \
         keyway exec -- python your_connector.py   run a program against it, unchanged, at the true names\n  \
         keyway exec -- curl {}api/data/v9.2/\n  \
         keyway journal                            what was asked, what was decided, and why\n\n\
         Control-C stops it.",
        ready.world,
        indented(&table(&rows)),
        value("DATAVERSE_URL"),
    )
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Control-C, or the signal that service managers send. Listened for before anyone can know that there is
/// something to stop.
#[cfg(unix)]
struct Interrupts([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Interrupts {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let wrong =
            |error| Failure::internal("the signals that stop a program cannot be listened for", error);
        let hear = |kind| signal(kind).map_err(wrong);
        Ok(Self([
            hear(SignalKind::interrupt())?,
            hear(SignalKind::terminate())?,
        ]))
    }

    async fn heard(self) {
        let [mut interrupt, mut terminate] = self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Control-C.
#[cfg(not(unix))]
struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn heard(self) {
        // An error means that it cannot be listened for; then the system ends the program.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
