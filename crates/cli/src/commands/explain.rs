//! `keyway explain [FILE…]`: which cause a text shows. Nothing is sent anywhere.

use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::{Path, PathBuf},
    thread,
};

use catalog::Catalog;
use clap::Args;
use diagnose::{Diagnosis, Explainer, Unreadable, report::Report};
use serde::Deserialize;
use serde_json::json;
use types::{Clock, SystemClock, Timestamp};

use crate::{bundle, context::Context, exit::Exit, output::Output, progress::Watched, report::Failure};

/// Say which cause a pasted text shows, offline
///
/// Takes anything: a bundle of `keyway doctor --bundle`, a dialog's text, a log, a trace, an OAuth, OData or SOAP error, an alert, an SMTP refusal, an
/// address, a token. Says which cause it is and on which line the proof stands, or that it cannot tell.
#[derive(Args)]
pub(crate) struct Explain {
    /// Files to read; standard input without one, or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Explain many: one JSON object a line with `id` and `input`; writes `id`, `verdict` and `causes`
    #[arg(long, value_name = "FILE", env = "KEYWAY_BATCH", conflicts_with = "files")]
    batch: Option<PathBuf>,
    /// Threads for long texts
    #[arg(long, value_name = "NUMBER", env = "KEYWAY_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

impl Explain {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let now = SystemClock.now();
        let threads = self.threads.map_or_else(cores, usize::from);
        let explainer = Explainer::new(Catalog::embedded()).threads(threads);
        if let Some(file) = &self.batch {
            return batch(&explainer, file, now, context.output);
        }
        let files = if self.files.is_empty() {
            vec![PathBuf::from("-")]
        } else {
            self.files
        };
        let mut explained = Vec::new();
        for file in &files {
            if let Some(kept) = bundle::read(file)? {
                explained.push((kept.subject, explainer.examined(&kept.findings, kept.at)));
                continue;
            }
            let (name, from) = open(file, context)?;
            let diagnosis = explainer
                .explain(from, now)
                .map_err(|why| unreadable(&name, &why))?;
            explained.push((name, diagnosis));
        }
        let reports: Vec<Report<'_>> = explained
            .iter()
            .map(|(name, diagnosis)| Report {
                subject: name,
                diagnosis,
            })
            .collect();
        context.output.diagnoses(&reports)
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What is read, under the name it has in the report.
fn open(file: &Path, context: &Context) -> Result<(String, Watched), Failure> {
    if file == Path::new("-") {
        if io::stdin().is_terminal() {
            context.output.talk(
                "Paste the text, then end it with Control-D on a line of its own (Control-Z on Windows).",
            );
        }
        let name = "stdin".to_owned();
        return Ok((name.clone(), Watched::new(Box::new(io::stdin()), name, None)));
    }
    let name = evidence::shown(&file.display().to_string());
    match File::open(file) {
        Ok(open) => {
            let length = open
                .metadata()
                .ok()
                .filter(Metadata::is_file)
                .map(|known| known.len());
            Ok((name.clone(), Watched::new(Box::new(open), name, length)))
        }
        Err(error) => Err(unreadable(&name, &Unreadable::Io(error))),
    }
}

fn unreadable(name: &str, why: &Unreadable) -> Failure {
    let (exit, next) = match why {
        Unreadable::Empty => (
            Exit::Usage,
            "Give the text of the message, the log or the answer.",
        ),
        Unreadable::Binary(_) => (
            Exit::Usage,
            "Give text: copy the message, or save the log as text.",
        ),
        Unreadable::Io(_) => (Exit::Internal, "Look at the file's name and permissions."),
    };
    Failure::new(exit, format!("`{name}` cannot be explained: {why}"), next)
}

/// A line of the batch.
#[derive(Deserialize)]
struct Case {
    id: String,
    input: String,
}

/// The longest line of a batch, in bytes. Longer texts are given as files, which are read piece by piece.
const LONGEST: u64 = 16 * 1024 * 1024;
/// How many bad lines are named when all are told.
const NAMED: usize = 10;

/// A line that is no case is told and passed over; the exit code says that there was one.
fn batch(explainer: &Explainer<'_>, file: &Path, now: Timestamp, output: Output) -> Result<(), Failure> {
    let name = file.display().to_string();
    let from: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).map_err(|error| unreadable(&name, &Unreadable::Io(error)))?)
    };
    let failed = |error| unreadable(&name, &Unreadable::Io(error));
    let mut from = BufReader::new(from);
    let mut bad = Vec::new();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let taken = from.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if taken.map_err(failed)? == 0 {
            break;
        }
        let cut = line.len() as u64 == LONGEST && !line.ends_with(b"\n");
        if cut {
            from.skip_until(b'\n').map_err(failed)?;
        }
        let read = match cut {
            true => Err(format!(
                "it is longer than {LONGEST} bytes; give its text as a file"
            )),
            false if line.trim_ascii().is_empty() => continue,
            false => serde_json::from_slice::<Case>(&line).map_err(|error| error.to_string()),
        };
        match read {
            Ok(case) => Output::line(&answer(explainer, &case, now))?,
            Err(why) => {
                output.talk(&format!("`{name}`, line {number} is no case: {why}"));
                bad.push(number.to_string());
            }
        }
    }
    if bad.is_empty() {
        return Ok(());
    }
    let more = if bad.len() > NAMED { ", …" } else { "" };
    let count = bad.len();
    bad.truncate(NAMED);
    Err(Failure::usage(
        format!(
            "{count} of the lines of `{name}` were no cases: line {}{more}",
            bad.join(", ")
        ),
        "The others were answered. Each line is a JSON object with the texts `id` and `input`.",
    ))
}

/// One case's answer; a text in which nothing can be read is unknown.
fn answer(explainer: &Explainer<'_>, case: &Case, now: Timestamp) -> String {
    let diagnosis = explainer
        .explain(case.input.as_bytes(), now)
        .unwrap_or_else(|_| Diagnosis::unknown());
    let causes: Vec<_> = diagnosis
        .causes
        .iter()
        .map(|cause| json!({ "id": cause.id, "confidence": cause.confidence }))
        .collect();
    json!({ "id": case.id, "verdict": diagnosis.verdict, "causes": causes }).to_string()
}
