//! The commands. One line in the list below makes a command: its parser, its help and its dispatch.

mod auth;
mod broken;
mod causes;
mod clock;
mod doctor;
mod exec;
mod explain;
mod help;
mod journal;
mod org;
mod reset;
mod serve;
mod snapshot;
mod token;
mod url;

use clap::{Parser, Subcommand};

use crate::{
    context::{Context, Globals},
    report::Failure,
};

/// Makes, keeps and explains connections to Microsoft Dynamics 365, and plays the other side
#[derive(Parser)]
#[command(name = "keyway", version, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: keyway help exit-codes")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// `Name(module::Type)` with its help; the type is a `clap::Args` or `clap::Subcommand` with an async `run`.
macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident($of:ty),)*) => {
        #[derive(Subcommand)]
        pub(crate) enum Command {
            $($(#[$meta])* $name(Box<$of>),)*
        }

        impl Command {
            /// Runs whichever it is.
            pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
                match self {
                    // Boxed, because each future is as large as everything its command does.
                    $(Self::$name(command) => Box::pin(command.run(context)).await,)*
                }
            }
        }
    };
}

commands! {
    /// Connect, and keep connections as profiles
    #[command(subcommand)]
    Auth(auth::Auth),
    /// The organizations an account may enter
    #[command(subcommand)]
    Org(org::Org),
    /// Lend an access token, or take one apart
    Token(token::Token),
    /// Walk the whole way to an organization, and name the cause where it breaks
    Doctor(doctor::Doctor),
    /// Say which cause a pasted text shows, offline
    Explain(explain::Explain),
    /// The catalog of causes
    #[command(subcommand)]
    Causes(causes::Causes),
    /// Say what an address is, and what it should be
    Url(url::Url),
    /// Play the other side: sign-in, discovery and organizations
    Serve(serve::Serve),
    /// Run a program against the running stand-in, unchanged
    Exec(exec::Exec),
    /// What the stand-in was asked, what it decided, and why
    Journal(journal::Journal),
    /// Show or turn a tenant's clock
    Clock(clock::ClockCommand),
    /// Put the stand-in back to how its world was made
    Reset(reset::Reset),
    /// Remember how a tenant is, and put it back
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
    /// Break one thing on the running stand-in, so that a cause can be met
    Break(broken::Break),
    /// Mend what `break` broke on the running stand-in
    Mend(broken::Mend),
    /// Help, also on `exit-codes` and `probes`
    Help(help::Help),
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_parser_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_its_variable() {
        fn walk(command: &clap::Command, path: &str) {
            for flag in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
                let id = flag.get_id().as_str();
                let variable = flag
                    .get_env()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                let exempt = ["help", "version"].contains(&id);
                assert!(
                    exempt || variable.starts_with("KEYWAY_"),
                    "{path} --{id}: {variable}"
                );
            }
            for below in command.get_subcommands() {
                walk(below, &format!("{path} {}", below.get_name()));
            }
        }
        walk(&Cli::command(), "keyway");
    }

    #[test]
    fn no_flag_takes_a_secret() {
        fn walk(command: &clap::Command) {
            for flag in command
                .get_arguments()
                .filter(|flag| flag.get_action().takes_values())
            {
                let id = flag.get_id().as_str();
                let secret = ["secret", "password", "passphrase"]
                    .iter()
                    .any(|word| id.ends_with(word));
                assert!(!secret, "--{id} would put a secret among the arguments");
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }
}
