//! The ledger: which row of `docs/requirements.tsv` which tests prove, and how they ended the last time.
//!
//! Rust tests carry `testkit::rows!`, which [`sources`] finds, and their endings are in the log of `cargo test`.
//! The suites in other languages say their rows in their JUnit files. [`results`] reads both.
//! `docs/rows.lock` holds the number of proven rows; `--check` fails when it falls, `--update` raises it.

mod results;
mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::Failure;
use results::Ending;

/// A row of the list.
struct Row {
    id: String,
    check: String,
}

/// Row, then test, then how it ended.
type Ledger = BTreeMap<String, BTreeMap<String, Ending>>;

/// Prints the ledger, and checks or updates the count.
pub(crate) fn run(args: &[String]) -> Result<String, Failure> {
    let root = crate::root();
    let mut from = root.join("target/test-results");
    let (mut check, mut update) = (false, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--check" => check = true,
            "--update" => update = true,
            "--results" => from = PathBuf::from(args.next().ok_or("--results needs a directory")?),
            other => return Err(format!("rows does not know '{other}'").into()),
        }
    }
    let rows = list(&root.join("docs/requirements.tsv"))?;
    let ledger = ledger(&root, &from)?;
    known(&rows, &ledger)?;
    let (mut text, proven) = print(&rows, &ledger);
    let lock = root.join("docs/rows.lock");
    if update {
        fs::write(&lock, format!("{proven}\n"))?;
    }
    if check {
        let least: usize = fs::read_to_string(&lock)
            .map_err(|error| format!("{}: {error}", lock.display()))?
            .trim()
            .parse()
            .map_err(|_| format!("{} holds no number", lock.display()))?;
        if proven < least {
            return Err(format!(
                "{text}\n{proven} rows are proven and docs/rows.lock says {least}: mend the tests that fail"
            )
            .into());
        }
        if proven > least {
            let _ = writeln!(
                text,
                "docs/rows.lock says {least}: raise it with xtask rows --update"
            );
        }
    }
    Ok(text)
}

/// The rows, from a file of `id <tab> kind <tab> check`.
fn list(path: &Path) -> Result<Vec<Row>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut rows = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.split('\t').collect::<Vec<_>>()[..] {
            [id, _kind, check] if testkit::is_row(id) => {
                rows.push(Row {
                    id: id.to_owned(),
                    check: check.to_owned(),
                });
            }
            _ => {
                return Err(
                    format!("{}: '{line}' is not id, kind and check with tabs", path.display()).into(),
                );
            }
        }
    }
    Ok(rows)
}

fn ledger(root: &Path, from: &Path) -> Result<Ledger, Failure> {
    let log = fs::read_to_string(from.join("rust.log")).unwrap_or_default();
    let endings = results::of_cargo(&log);
    let mut ledger = Ledger::new();
    for mark in sources::marks(root)? {
        let ending = endings.get(&mark.function).copied().unwrap_or(Ending::NotRun);
        let test = format!("{}::{}", mark.file, mark.function);
        for row in mark.rows {
            ledger.entry(row).or_default().insert(test.clone(), ending);
        }
    }
    for file in ["python.xml", "node.xml"] {
        let Ok(xml) = fs::read_to_string(from.join(file)) else {
            continue;
        };
        for case in results::of_junit(&xml).map_err(|error| format!("{file}: {error}"))? {
            for row in case.rows {
                ledger
                    .entry(row)
                    .or_default()
                    .insert(case.name.clone(), case.ending);
            }
        }
    }
    Ok(ledger)
}

/// A mark that names no row is a slip of the pen.
fn known(rows: &[Row], ledger: &Ledger) -> Result<(), Failure> {
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    match ledger.iter().find(|(row, _)| !ids.contains(row.as_str())) {
        Some((row, tests)) => {
            let tests: Vec<&str> = tests.keys().map(String::as_str).collect();
            Err(format!(
                "{row} is no row of docs/requirements.tsv; it is named by {}",
                tests.join(", ")
            )
            .into())
        }
        None => Ok(()),
    }
}

/// The ledger as text, and how many rows are proven: at least one test passed and none failed.
fn print(rows: &[Row], ledger: &Ledger) -> (String, usize) {
    let mut text = String::new();
    let (mut proven, mut tested) = (0, 0);
    for row in rows {
        let Some(tests) = ledger.get(&row.id) else {
            continue;
        };
        let passed =
            tests.values().any(|e| *e == Ending::Passed) && !tests.values().any(|e| *e == Ending::Failed);
        tested += 1;
        proven += usize::from(passed);
        let _ = writeln!(
            text,
            "{} {}  {}",
            row.id,
            if passed { "proven" } else { "OPEN  " },
            row.check
        );
        for (test, ending) in tests {
            let _ = writeln!(text, "         {:<7} {test}", ending.name());
        }
    }
    let open = rows.len() - tested;
    let _ = writeln!(
        text,
        "{proven} of {} rows proven; {open} have no test yet",
        rows.len()
    );
    (text, proven)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str) -> Row {
        Row {
            id: id.to_owned(),
            check: "a check".to_owned(),
        }
    }

    fn ledger(entries: &[(&str, &str, Ending)]) -> Ledger {
        let mut ledger = Ledger::new();
        for (row, test, ending) in entries {
            ledger
                .entry((*row).to_owned())
                .or_default()
                .insert((*test).to_owned(), *ending);
        }
        ledger
    }

    #[test]
    fn a_row_is_proven_by_a_pass_and_no_failure() {
        let rows = [row("000-01"), row("000-02"), row("000-03"), row("000-04")];
        let ledger = ledger(&[
            ("000-01", "a", Ending::Passed),
            ("000-01", "b", Ending::NotRun),
            ("000-02", "a", Ending::Passed),
            ("000-02", "b", Ending::Failed),
            ("000-03", "a", Ending::NotRun),
        ]);
        let (text, proven) = print(&rows, &ledger);
        assert_eq!(proven, 1, "{text}");
        assert!(
            text.contains("000-02 OPEN") && text.contains("1 have no test yet"),
            "{text}"
        );
    }

    #[test]
    fn a_mark_without_a_row_is_named() {
        let error = known(
            &[row("000-01")],
            &ledger(&[("000-99", "its_test", Ending::Passed)]),
        )
        .unwrap_err();
        assert!(error.to_string().contains("000-99") && error.to_string().contains("its_test"));
    }

    #[test]
    fn the_list_is_whole_and_in_order() {
        let rows = list(&crate::root().join("docs/requirements.tsv")).unwrap();
        assert_eq!(rows.len(), 115);
        assert!(rows.is_sorted_by(|a, b| a.id < b.id));
    }
}
