//! Evidence in a file, by its path ([`Bundle`]).

use std::{
    fs::File,
    io::{Read, Seek},
    path::Path,
};

use diagnose::{Bundle, Diagnosis};
use serde_json::Value;

use crate::report::Failure;

/// The largest evidence that is read, in bytes when unpacked.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Writes a bundle; a file that is there is replaced.
pub(crate) fn write(
    file: &Path,
    bundle: Bundle,
    settings: Value,
    diagnosis: &Diagnosis,
) -> Result<(), Failure> {
    let written = File::create(file).and_then(|to| {
        bundle.write(&to, env!("CARGO_PKG_VERSION"), settings, diagnosis)?;
        to.sync_all()
    });
    written
        .map_err(|error| Failure::internal(format!("the bundle {} cannot be written", file.display()), error))
}

/// Reads a bundle; `None` when the file is none, and so a text like any other.
pub(crate) fn read(file: &Path) -> Result<Option<Bundle>, Failure> {
    let mut mark = [0; 4];
    // Whoever reads it as a text says why that fails.
    let opened = File::open(file).and_then(|mut open| {
        open.read_exact(&mut mark)?;
        open.rewind()?;
        Ok(open)
    });
    let Some(open) = opened.ok().filter(|_| Bundle::begins(&mark)) else {
        return Ok(None);
    };
    let read = Bundle::read(open, LARGEST).map_err(|why| {
        Failure::usage(
            format!("`{}` cannot be explained: {why}", file.display()),
            "Give a file that `keyway doctor --bundle` wrote, or the text itself.",
        )
    })?;
    Ok(Some(read))
}
