//! `keyway help [COMMAND… | exit-codes]`.

use clap::{Args, CommandFactory};
use serde_json::json;

use super::Cli;
use crate::{
    context::Context,
    exit::Exit,
    output::{Output, columns},
    report::Failure,
};

/// Help on a command, or on the exit codes
#[derive(Args)]
pub(crate) struct Help {
    /// A command, or `exit-codes`
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

impl Help {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        if self.topic == ["exit-codes"] {
            return exit_codes(context.output);
        }
        let mut command = Cli::command();
        // Fills in the names and global flags that the parser would have filled in.
        command.build();
        let mut found = &mut command;
        for name in &self.topic {
            found = found.find_subcommand_mut(name).ok_or_else(|| {
                Failure::usage(
                    format!("there is no command `{}`", self.topic.join(" ")),
                    "See `keyway help`.",
                )
            })?;
        }
        Output::line(&found.render_long_help().to_string())
    }
}

fn exit_codes(output: Output) -> Result<(), Failure> {
    let rows = Exit::TABLE.map(|(exit, meaning)| (exit.code(), meaning));
    let json: Vec<_> = rows
        .iter()
        .map(|(code, meaning)| json!({"code": code, "meaning": meaning}))
        .collect();
    output.result(&json, || {
        columns(
            &["CODE", "MEANING"],
            &rows.map(|(code, meaning)| vec![code.to_string(), meaning.to_owned()]),
        )
    })
}
