//! The `keyway` binary. It parses, assembles, and shows; everything else lives in the crates below.
//!
//! Data goes to standard output, talk to standard error, and the exit code says how it ended
//! (`keyway help exit-codes`). To add a command: one file in `commands`, and its line in the list there.

mod commands;
mod context;
mod exit;
mod output;
mod report;
mod secrets;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::{commands::Cli, context::Context, exit::Exit, report::Failure};

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
        tokio::select! {
            ended = cli.command.run(&context) => ended,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        }
    });
    // A prompt or a lock may still be waited for on another thread; nobody waits for them now.
    runtime.shutdown_background();
    match ended {
        Ok(()) => Exit::Done.into(),
        Err(failure) => context.output.failure(&failure).into(),
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
