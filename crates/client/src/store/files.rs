//! Files that are there whole or not at all, and belong to one person.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use tempfile::NamedTempFile;

/// Writes `bytes` in the place of `path`: a new file, flushed to the disk, then renamed over the old one. Only
/// its owner may read it, whoever could read the old one.
///
/// # Errors
/// What the system said; the old file is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    private_directory(directory_of(path))?;
    write_private(path, bytes)
}

/// The same, in a directory that is there.
///
/// # Errors
/// What the system said; the old file is as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut next = NamedTempFile::new_in(directory_of(path))?;
    next.write_all(bytes)?;
    next.as_file().sync_all()?;
    next.persist(path)?;
    Ok(())
}

fn directory_of(path: &Path) -> &Path {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    above.unwrap_or(Path::new("."))
}

/// Makes a directory that only its owner may enter; one that exists is left as it is.
pub(super) fn private_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens, or makes, the file whose lock stands for another one.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    private_directory(directory_of(path))?;
    private(OpenOptions::new().write(true).create(true).truncate(false)).open(path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

/// On Windows the access list of the profile's directory keeps others out.
#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// The file's text; `None` when there is no such file.
pub(super) fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_is_private_and_leaves_nothing_behind() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("deep");
        let path = directory.join("x.json");
        replace(&path, b"1").unwrap();
        replace(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::metadata(&directory).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        assert_eq!(read_if_there(&directory.join("none")).unwrap(), None);
    }

    #[test]
    fn of_two_who_write_at_once_one_is_there_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("x.json");
        let texts = [[b'1'; 10_000], [b'2'; 10_000]];
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| (0..50).for_each(|_| replace(&path, text).unwrap()));
            }
        });
        assert!(texts.iter().any(|text| fs::read(&path).unwrap() == text));
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }
}
