//! Files that nobody else on the machine may read, written so that a reader never sees half of one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A file or directory of the state could not be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot {verb} {path}: {source}; check its owner and permissions, or name another directory (KEYWAY_STATE_DIR, --data)"
)]
pub struct BadFile {
    verb: &'static str,
    path: String,
    #[source]
    source: io::Error,
}

fn bad<'p>(verb: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> BadFile + use<'p> {
    move |source| BadFile {
        verb,
        path: path.display().to_string(),
        source,
    }
}

/// Makes a directory, and what is above it, for its owner alone.
///
/// # Errors
/// [`BadFile`].
pub(crate) fn private_directory(path: &Path) -> Result<(), BadFile> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(bad("make the directory", path))
}

/// Writes a file for its owner alone: whole or not at all.
///
/// # Errors
/// [`BadFile`].
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), BadFile> {
    client::write_private(path, bytes).map_err(bad("write", path))
}

/// Reads a file; `None` when there is none.
///
/// # Errors
/// [`BadFile`] for anything but its absence.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, BadFile> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(bad("read", path)(error)),
    }
}

/// The JSON files of a directory with the time each was last changed; none when there is no directory.
///
/// # Errors
/// [`BadFile`].
pub(crate) fn list(directory: &Path) -> Result<Vec<(PathBuf, Option<std::time::SystemTime>)>, BadFile> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(bad("read the directory", directory)(error)),
    };
    // An entry that goes away meanwhile is not there.
    let entries = entries.filter_map(Result::ok);
    let with_time = entries.map(|entry| {
        (
            entry.path(),
            entry.metadata().and_then(|data| data.modified()).ok(),
        )
    });
    Ok(with_time
        .filter(|(path, _)| path.extension().is_some_and(|end| end == "json"))
        .collect())
}

/// Held while something is made that must be made once; released when dropped, or when the process dies.
#[derive(Debug)]
pub(crate) struct Turn {
    _file: fs::File,
}

impl Turn {
    /// Waits for other processes that make things in `directory`.
    ///
    /// # Errors
    /// [`BadFile`].
    pub(crate) fn wait(directory: &Path) -> Result<Self, BadFile> {
        let path = directory.join("making.lock");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(bad("open", &path))?;
        file.lock().map_err(bad("lock", &path))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    #[test]
    #[cfg(unix)]
    fn what_is_written_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempdir().unwrap();
        let file = scratch.path().join("a/b.pem");
        private_directory(file.parent().unwrap()).unwrap();
        write_private(&file, b"1").unwrap();
        write_private(&file, b"2").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(read(&file).unwrap().as_deref(), Some(b"2".as_slice()));
        assert_eq!(read(&scratch.path().join("none")).unwrap(), None);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_path_that_cannot_be_used_is_named() {
        let scratch = tempdir().unwrap();
        let file = scratch.path().join("file");
        write_private(&file, b"").unwrap();
        let error = private_directory(&file.join("below")).unwrap_err().to_string();
        assert!(
            error.contains("file/below") && error.contains("--data"),
            "{error}"
        );
        assert!(write_private(&file.join("below"), b"").is_err());
    }

    #[test]
    fn of_two_who_write_at_once_one_is_there_whole() {
        let scratch = tempdir().unwrap();
        let path = scratch.path().join("x.json");
        let texts = [[b'1'; 10_000], [b'2'; 10_000]];
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| (0..50).for_each(|_| write_private(&path, text).unwrap()));
            }
        });
        assert!(texts.iter().any(|text| fs::read(&path).unwrap() == text));
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }
}
