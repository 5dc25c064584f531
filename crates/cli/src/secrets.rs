//! How secrets come in: by file, standard input, environment or prompt; never by argument.

use std::{
    io::{self, IsTerminal, Read},
    path::Path,
};

use client::VaultError;
use types::Secret;

use crate::{exit::Exit, report::Failure};

/// Longest secret that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// Where a secret may come from; the first that is given counts.
pub(crate) struct Sources<'s> {
    /// For the prompt: `client secret`.
    pub(crate) what: &'static str,
    /// A file's first line.
    pub(crate) file: Option<&'s Path>,
    /// Whether standard input's first line was asked for.
    pub(crate) stdin: bool,
    /// An environment variable.
    pub(crate) variable: &'static str,
}

impl Sources<'_> {
    /// The secret, where a file, standard input or the environment has it.
    pub(crate) fn given(&self) -> Result<Option<Secret>, Failure> {
        if let Some(path) = self.file {
            return first_line_of(path).map(Some).map_err(|error| {
                Failure::usage(
                    format!("{} cannot be read: {error}", path.display()),
                    "Check the path and who may read the file.",
                )
            });
        }
        if self.stdin {
            return first_line(&mut io::stdin().lock())
                .map(Some)
                .map_err(|error| Failure::internal("standard input cannot be read", error));
        }
        Ok(std::env::var(self.variable)
            .ok()
            .filter(|value| !value.is_empty())
            .map(Secret::new))
    }

    /// The secret, asked for at the terminal where nothing else has it.
    pub(crate) fn read(&self) -> Result<Secret, Failure> {
        match self.given()? {
            Some(secret) => Ok(secret),
            None => prompt(&capitalized(self.what)).map_err(|error| {
                let flag = self.what.replace(' ', "-");
                let next = format!("Give it by --{flag}-file, --{flag}-stdin or {}.", self.variable);
                Failure::usage(
                    format!("no {} was given, and none can be asked for ({error})", self.what),
                    next,
                )
            }),
        }
    }
}

/// The pass phrase that seals the secrets: from the file, from `KEYWAY_PASSPHRASE`, or asked for, a new one twice.
pub(crate) fn pass_phrase(file: Option<&Path>, new: bool) -> Result<Secret, VaultError> {
    if let Some(path) = file {
        let read = first_line_of(path);
        return read.map_err(|source| VaultError::File {
            path: path.to_owned(),
            doing: "read",
            source,
        });
    }
    if let Some(phrase) = std::env::var("KEYWAY_PASSPHRASE")
        .ok()
        .filter(|phrase| !phrase.is_empty())
    {
        return Ok(Secret::new(phrase));
    }
    let ask = |text: &str| {
        prompt(text)
            .map_err(|_| VaultError::NoPassPhrase)
            .and_then(|phrase| {
                if phrase.is_empty() {
                    Err(VaultError::NoPassPhrase)
                } else {
                    Ok(phrase)
                }
            })
    };
    if !new {
        return ask("Pass phrase for the kept secrets");
    }
    loop {
        let first = ask("New pass phrase for the kept secrets")?;
        if ask("The same again")? == first {
            return Ok(first);
        }
    }
}

/// Asks at the terminal without showing what is typed.
fn prompt(what: &str) -> io::Result<Secret> {
    if !io::stderr().is_terminal() {
        return Err(io::Error::other("there is no terminal"));
    }
    match rpassword::prompt_password(format!("{what}: ")) {
        // The prompt takes Control-C for itself and has put the terminal in order; the rest is as anywhere else.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            std::process::exit(Exit::Interrupted.code().into())
        }
        typed => typed.map(Secret::new),
    }
}

fn first_line_of(path: &Path) -> io::Result<Secret> {
    first_line(&mut std::fs::File::open(path)?)
}

/// The first line without its line break; blanks are kept, because they may be meant.
pub(crate) fn first_line(from: &mut dyn Read) -> io::Result<Secret> {
    let mut text = String::new();
    from.take(LIMIT).read_to_string(&mut text)?;
    let line = Secret::new(text.lines().next().unwrap_or_default());
    drop(Secret::new(text));
    Ok(line)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_its_blanks() {
        let read = |text: &str| first_line(&mut text.as_bytes()).unwrap().expose().to_owned();
        assert_eq!(read("abc\n"), "abc");
        assert_eq!(read(" a b \r\nnext"), " a b ");
        assert_eq!(read(""), "");
        assert_eq!(capitalized("client secret"), "Client secret");
    }
}
