//! Finds `testkit::rows!` in the sources of the crates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Failure;

/// A test and the rows it says it proves.
pub(super) struct Mark {
    /// The file, from the root.
    pub(super) file: String,
    pub(super) function: String,
    pub(super) rows: Vec<String>,
}

/// Every mark in the crates under `root`.
pub(super) fn marks(root: &Path) -> Result<Vec<Mark>, Failure> {
    let mut marks = Vec::new();
    for file in rust_files(&root.join("crates"))? {
        let name = file.strip_prefix(root)?.display().to_string();
        marks.extend(marks_of(&name, &fs::read_to_string(file)?));
    }
    Ok(marks)
}

fn rust_files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// The marks of one file: each belongs to the nearest `fn` above it. Comments do not count.
fn marks_of(file: &str, source: &str) -> Vec<Mark> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|l| format!("{l}\n"))
        .collect();
    let mut marks = Vec::new();
    for (at, _) in code.match_indices("rows!(") {
        let function = code[..at]
            .rfind("fn ")
            .map(|found| &code[found + 3..])
            .unwrap_or_default();
        let function: String = function
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let arguments = code[at..].split(')').next().unwrap_or_default();
        let rows: Vec<String> = arguments
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        if !function.is_empty() && rows.iter().all(|row| testkit::is_row(row)) && !rows.is_empty() {
            marks.push(Mark {
                file: file.to_owned(),
                function,
                rows,
            });
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_belongs_to_the_function_it_stands_in() {
        let source = "
            /// Not rows!(\"000-01\") in a comment.
            async fn first() { testkit::rows!(\"003-22\", \"003-23\"); }
            fn second_one<T>() {
                testkit::rows!(
                    \"004-09\",
                );
            }
        ";
        let marks = marks_of("a.rs", source);
        let found: Vec<_> = marks
            .iter()
            .map(|m| (m.function.as_str(), m.rows.join(" ")))
            .collect();
        assert_eq!(
            found,
            [
                ("first", "003-22 003-23".to_owned()),
                ("second_one", "004-09".to_owned()),
            ]
        );
    }
}
