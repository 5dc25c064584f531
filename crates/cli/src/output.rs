//! Data to standard output, talk to standard error, as text or as JSON.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use diagnose::report::{self, Report};
use serde::Serialize;

use crate::{exit::Exit, report::Failure};

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON value.
    Json,
    /// For tickets and chats: Markdown (diagnoses only).
    Markdown,
    /// For CI: JUnit XML (diagnoses only).
    Junit,
    /// For code scanners: SARIF 2.1.0 (diagnoses only).
    Sarif,
    /// As a picture of the way, in SVG (one diagnosis only).
    Svg,
}

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    color: bool,
}

impl Output {
    /// Color is for terminals, and only where `NO_COLOR` is not set (no-color.org).
    pub(crate) fn new(format: Format) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            format,
            color: wanted && io::stderr().is_terminal(),
        }
    }

    /// Writes the result: `value` as JSON, or what `text` makes of it.
    pub(crate) fn result(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        match self.format {
            Format::Text => Self::line(&text()),
            Format::Json => Self::json(value),
            Format::Markdown | Format::Junit | Format::Sarif | Format::Svg => Err(Failure::usage(
                "this command writes text or JSON only",
                "Use --output text or --output json; the other forms are for `explain` and `doctor`.",
            )),
        }
    }

    /// Writes diagnoses in whichever form is wanted; the exit code is that of the first that is not healthy.
    pub(crate) fn diagnoses(self, reports: &[Report<'_>]) -> Result<(), Failure> {
        match self.format {
            Format::Text => {
                let texts: Vec<String> = reports.iter().map(|report| report::text(*report)).collect();
                Self::line(&texts.join("\n"))?;
            }
            Format::Markdown => {
                let texts: Vec<String> = reports.iter().map(|report| report::markdown(*report)).collect();
                Self::line(&texts.join("\n"))?;
            }
            Format::Junit => Self::line(&report::junit(reports))?,
            Format::Svg => match reports {
                [one] => Self::line(&report::picture(*one))?,
                _ => {
                    return Err(Failure::usage(
                        "a picture shows one diagnosis, and there are several",
                        "Give one file or target at a time.",
                    ));
                }
            },
            Format::Sarif => Self::json(&report::sarif(reports, env!("CARGO_PKG_VERSION")))?,
            Format::Json => match reports {
                [one] => Self::json(one)?,
                several => Self::json(&several)?,
            },
        }
        let verdicts = reports.iter().map(|report| report.diagnosis.verdict);
        let ends = verdicts.map(Exit::of_verdict).find(|exit| *exit != Exit::Done);
        match ends {
            None => Ok(()),
            Some(exit) => Err(Failure::told(exit)),
        }
    }

    fn json(value: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(value);
        Self::line(&json.map_err(|error| Failure::internal("the result cannot be written as JSON", error))?)
    }

    /// Writes text to standard output, ending with one line break. A reader that has gone away (`| head`) is
    /// no failure.
    pub(crate) fn line(text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::internal("standard output cannot be written", error))
            }
            _ => Ok(()),
        }
    }

    /// Says something to the person; never data, so a failure to say it changes nothing.
    pub(crate) fn talk(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Shows a failure and gives the exit code for it.
    pub(crate) fn failure(self, failure: &Failure) -> Exit {
        match self.format {
            _ if failure.is_told() => {}
            Format::Text | Format::Markdown | Format::Junit | Format::Sarif | Format::Svg => {
                self.talk(&failure.text(self.color));
            }
            // The value is made of strings and numbers only, so there is always a JSON form.
            Format::Json => self.talk(&serde_json::to_string_pretty(&failure.json()).unwrap_or_default()),
        }
        failure.exit
    }
}

/// Lines of `name  value`, the names padded to one width; an empty value leaves its line out.
pub(crate) fn table(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = rows.iter().filter(|(_, value)| !value.is_empty());
    lines
        .map(|(name, value)| format!("{name:width$}  {value}\n"))
        .collect()
}

/// Columns under their headings, padded to the widest cell.
pub(crate) fn columns(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut out = line(headings.to_vec());
    for row in rows {
        out.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        assert_eq!(
            table(&[
                ("a", "1".into()),
                ("longer", "2".into()),
                ("empty", String::new())
            ]),
            "a       1\nlonger  2\n"
        );
        assert_eq!(
            columns(&["N", "NAME"], &[vec!["äöü".into(), "x".into()]]),
            "N    NAME\näöü  x\n"
        );
    }
}
