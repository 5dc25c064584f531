//! Checks and listings about the project itself: `cargo run -p xtask -- COMMAND`.
//!
//! To add a command: a module with a `run`, and its line in [`COMMANDS`].

mod accuracy;
mod causes;
mod divergences;
mod evaluate;
mod facts;
mod folds;
#[cfg(test)]
mod layers;
mod patterns;
mod refusals;
mod rows;

use std::{io::Write, path::PathBuf, process::ExitCode};

/// Anything that ends a command early, already worded for the person who ran it.
type Failure = Box<dyn std::error::Error>;

/// A command: its name, what it does, and the function that does it; that one gets the arguments and says
/// what to print.
type Command = (
    &'static str,
    &'static str,
    fn(&[String]) -> Result<String, Failure>,
);

const COMMANDS: &[Command] = &[
    ("causes", "write docs/causes, a page for each cause", causes::run),
    (
        "divergences",
        "write the generated part of docs/divergences.md",
        divergences::run,
    ),
    (
        "evaluate",
        "judge every sample of the catalog; names of families, --all, --batch FILE, --catalog DIR, --folds N, --write (docs/accuracy.md)",
        evaluate::run,
    ),
    (
        "facts",
        "show what is read off a text on standard input, and what the catalog says to it",
        facts::run,
    ),
    (
        "patterns",
        "print every rule's conditions as regular expressions, or --literals, to measure other tools with the same rules",
        patterns::run,
    ),
    (
        "refusals",
        "print every refusal the stand-in can emit, as JSON",
        refusals::run,
    ),
    (
        "rows",
        "print the ledger of requirements; --results DIR, --check, --update",
        rows::run,
    ),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (out, code) = match dispatch(&args) {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(failure) => {
            // Nobody is left to tell when standard error is closed.
            drop(writeln!(std::io::stderr(), "xtask: {failure}"));
            (String::new(), ExitCode::FAILURE)
        }
    };
    match std::io::stdout().write_all(out.as_bytes()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

fn dispatch(args: &[String]) -> Result<String, Failure> {
    let name = args.first().map_or("", String::as_str);
    match COMMANDS.iter().find(|(known, ..)| *known == name) {
        Some((_, _, run)) => run(&args[1..]),
        None => {
            let list: String = COMMANDS
                .iter()
                .map(|(name, does, _)| format!("\n  {name:<10} {does}"))
                .collect();
            Err(format!("'{name}' is no command; there are:{list}").into())
        }
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
