//! Measures Keyway against what this machine can do, and against a peer: the bars of docs/performance.md.
//!
//! Every bar is a ratio inside one run. The raw rate (signatures, verifications, hashes) is measured on the
//! very core the server then runs on, and rounds are interleaved (raw, server, raw, server, …), so that a
//! noisy neighbor disturbs both sides alike; what is reported is the median. The server is the release binary
//! as anyone runs it, on one core; the load comes from another core over TLS, with handshakes outside the
//! measured time. The journal is always on, and each report says which protections were.
//!
//! ```text
//! cargo build --release && cargo run --release -p benches -- all
//! ```
//!
//! To add a measurement: a file in `bars` and its line in [`Bar`].

mod bars;
mod load;
mod log;
mod machine;
mod peer;
mod raw;
mod report;
mod server;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use tempfile::{TempDir, tempdir};

use crate::{
    machine::Cores,
    report::{Row, say},
};

/// What a step gives, or a sentence that says what went wrong.
pub(crate) type Outcome<T> = Result<T, String>;

/// Which bars; a command of its own each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Bar {
    /// B1–B4: the token endpoint, durable and in memory, against raw signing and against oidc-provider
    Token,
    /// B5: discovery and keys against the static route
    Documents,
    /// B6: WhoAmI with a fresh signature check against raw verification, repeated against the static route
    Whoami,
    /// B7: password sign-ins against raw Argon2id, sign-ins with a session against raw signing
    SignIn,
    /// B8: 64 sign-ins at once, also on a slow disk; none may fail
    Concurrency,
    /// B9: from process start to ready
    Start,
    /// B10: resident memory, idle and under load
    Memory,
    /// B12: a log of 500 MB and a small paste, against ripgrep
    Explain,
    /// The doctor over links with 50 ms of delay, against its longest necessary chain
    Doctor,
    /// All of them
    All,
}

/// Measures Keyway against what this machine can do, and against a peer
#[derive(Parser, Debug)]
pub(crate) struct Settings {
    /// What to measure
    #[arg(value_enum)]
    bar: Bar,
    /// The release binary to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/keyway")]
    keyway: PathBuf,
    /// Interleaved rounds; medians are reported
    #[arg(long, default_value = "11", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Seconds of each round
    #[arg(long, default_value = "2", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections that ask at once
    #[arg(long, default_value = "32", value_parser = clap::value_parser!(u32).range(1..=512))]
    connections: u32,
    /// Do without the peer (B3): no Node is needed then
    #[arg(long)]
    without_peer: bool,
    /// Issue a million tokens in the memory measurement (some five minutes)
    #[arg(long)]
    million: bool,
    /// Run one raw loop in this process and print its rate; the harness calls itself this way
    #[arg(long, value_enum, hide = true)]
    raw: Option<raw::Work>,
}

/// What every measurement works with.
pub(crate) struct Lab {
    /// What was asked for.
    pub(crate) settings: Settings,
    /// Where things run.
    pub(crate) cores: Cores,
    /// Files of this run; removed at the end.
    scratch: TempDir,
}

impl Lab {
    /// The length of one round.
    pub(crate) fn round(&self) -> Duration {
        Duration::from_secs(self.settings.seconds)
    }

    /// A directory of this run.
    pub(crate) fn directory(&self, name: &str) -> Outcome<PathBuf> {
        let path = self.scratch.path().join(name);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

fn main() -> ExitCode {
    let settings = Settings::parse();
    if let Some(work) = settings.raw {
        return ended(raw::run(work, Duration::from_secs(settings.seconds)));
    }
    // Before any thread is started: threads inherit it.
    let cores = Cores::assign();
    let scratch = tempdir().map_err(|error| format!("no temporary directory: {error}"));
    let lab = scratch.map(|scratch| Lab {
        settings,
        cores,
        scratch,
    });
    ended(lab.and_then(|lab| measure(&lab)))
}

fn measure(lab: &Lab) -> Outcome<()> {
    if !lab.settings.keyway.exists() {
        let path = lab.settings.keyway.display();
        return Err(format!(
            "there is no {path}; build it with `cargo build --release`, or give --keyway FILE"
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .event_interval(4)
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    say(&machine::describe(lab));
    let (mut rows, mut failed): (Vec<Row>, Vec<String>) = Default::default();
    for (bar, name) in bars::LIST {
        if lab.settings.bar == Bar::All || lab.settings.bar == *bar {
            say(&format!("\n## {name}\n"));
            let local = tokio::task::LocalSet::new();
            // One that cannot be measured does not cost what the others took minutes for.
            match local.block_on(&runtime, Box::pin(bars::run(*bar, lab))) {
                Ok(measured) => rows.extend(measured),
                Err(why) => failed.push(format!("{name}: {why}")),
            }
        }
    }
    say(&report::table(&rows));
    say(&format!("Load average at the end: {}", machine::load_average()));
    let missed = rows.iter().filter(|row| !row.met).count();
    if missed > 0 {
        failed.push(format!("{missed} of {} bars missed", rows.len()));
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(failed.join("\n"))
}

fn ended(outcome: Outcome<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            report::complain(&why);
            ExitCode::FAILURE
        }
    }
}
