//! `keyway help [COMMAND… | exit-codes | probes]`.

use clap::{Args, CommandFactory};
use probe::PROBES;
use serde_json::json;

use super::Cli;
use crate::{
    context::Context,
    exit::Exit,
    output::{Output, columns},
    report::Failure,
};

/// Help on a command, on the exit codes, or on what the doctor looks at
#[derive(Args)]
pub(crate) struct Help {
    /// A command, `exit-codes` or `probes`
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

impl Help {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        if self.topic == ["exit-codes"] {
            return exit_codes(context.output);
        }
        if self.topic == ["probes"] {
            return probes(context.output);
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

fn probes(output: Output) -> Result<(), Failure> {
    let json: Vec<_> = PROBES
        .iter()
        .map(|probe| json!({"name": probe.name, "about": probe.about, "needs": probe.needs}))
        .collect();
    let rows: Vec<Vec<String>> = PROBES
        .iter()
        .map(|probe| {
            [probe.name, probe.about, probe.needs]
                .map(ToOwned::to_owned)
                .to_vec()
        })
        .collect();
    output.result(&json, || columns(&["PROBE", "LOOKS AT", "NEEDS"], &rows))
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
