//! The `keyway` binary. It parses, assembles, and shows; everything else lives in the crates below.
//!
//! Data goes to standard output, talk to standard error, and the exit code says how it ended
//! (`keyway help exit-codes`). To add a command: one file in `commands`, and its line in the list there.

mod bundle;
mod commands;
mod context;
mod control;
mod exit;
mod output;
mod play;
mod progress;
mod report;
mod secrets;
mod shell;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{CommandFactory, FromArgMatches};

use crate::{commands::Cli, context::Context, exit::Exit, output::Output, report::Failure};

fn main() -> ExitCode {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let context = Context::new(cli.globals);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return context
                .output
                .failure(&Failure::internal("the program cannot start its threads", error))
                .into();
        }
    };
    let ended = runtime.block_on(async {
        tokio::spawn(interrupts(context.output, context.stops_itself.clone()));
        cli.command.run(&context).await
    });
    // A prompt or a lock may still be waited for on another thread; nobody waits for them now.
    runtime.shutdown_background();
    match ended {
        Ok(()) => Exit::Done.into(),
        Err(failure) => context.output.failure(&failure).into(),
    }
}

/// Ends the process on Control-C, wherever it is. Files are replaced whole and locks
/// are the system's, so nothing is lost. A command that stops itself in order is left alone the first time.
async fn interrupts(output: Output, stops_itself: Arc<AtomicBool>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if !stops_itself.swap(false, Ordering::SeqCst) {
            std::process::exit(output.failure(&Failure::interrupted()).code().into());
        }
    }
}

/// Wrong usage is told by clap, in its own words; help that was asked for is no failure.
fn usage(error: &clap::Error) -> ExitCode {
    // Where even that cannot be written, the exit code remains.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}
