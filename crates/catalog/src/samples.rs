//! The samples of the catalog: texts that must lead to a cause, and texts that must not.
//!
//! A sample is a file: lines of `key: value`, a line `---`, and the text as it was found. They are not in the binary;
//! only tests and evaluations read them.

use std::{fs, io, path::Path};

/// A text whose cause is known.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its file, below the catalog.
    pub file: String,
    /// The cause in whose folder it lies; none for texts that name no failure.
    pub cause: Option<String>,
    /// Whether it must lead there, or must not.
    pub expected: Expected,
    /// Where it was found.
    pub source: String,
    /// The text.
    pub text: String,
}

/// What a sample asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The first cause is one of these.
    First(Vec<String>),
    /// The first cause is not this one, if it is more than possible.
    NotFirst(String),
    /// No cause is found.
    Nothing,
}

/// Every sample in the catalog's folder.
pub fn load(root: &Path) -> io::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for folder in sorted(root)? {
        let id = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let places = [
            (folder.join("samples/match"), Some(id.clone()), false),
            (folder.join("samples/near-miss"), Some(id.clone()), true),
            (folder.join("samples"), None, false),
        ];
        for (place, cause, near_miss) in places {
            if cause.is_none() && !id.starts_with('_') {
                continue;
            }
            for file in sorted(&place)?.iter().filter(|file| file.is_file()) {
                samples.push(read(root, file, cause.as_deref(), near_miss)?);
            }
        }
    }
    Ok(samples)
}

fn sorted(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn read(root: &Path, file: &Path, cause: Option<&str>, near_miss: bool) -> io::Result<Sample> {
    let whole = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let (head, text) = whole.split_once("---\n").ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{}: no line `---`", file.display()),
        )
    })?;
    let value = |key: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let expected = match cause {
        None => Expected::Nothing,
        Some(id) if near_miss => Expected::NotFirst(id.to_owned()),
        Some(id) => {
            let also = value("also:");
            let also = also.split(',').map(str::trim).filter(|id| !id.is_empty());
            Expected::First(std::iter::once(id).chain(also).map(str::to_owned).collect())
        }
    };
    Ok(Sample {
        file: file.strip_prefix(root).unwrap_or(file).display().to_string(),
        cause: cause.map(str::to_owned),
        expected,
        source: value("source:"),
        text: text.strip_suffix('\n').unwrap_or(text).to_owned(),
    })
}
