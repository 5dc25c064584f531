//! Evidence in a file: what `doctor --bundle` keeps, and what `explain` reads again.
//!
//! A zip with `evidence.json` (steps, facts, what servers said, settings without secrets), `diagnosis.json` as it was
//! told then, and a word on what they are. Whoever gets one may be far away and may have a newer catalog: the evidence
//! is judged anew. What is read is anybody's file, so entries and sizes are bounded.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use diagnose::Diagnosis;
use evidence::Findings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::Timestamp;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::report::Failure;

/// The largest evidence that is read, in bytes when unpacked. A long run makes some hundred kilobytes.
const LARGEST: u64 = 8 * 1024 * 1024;
/// The most entries an archive may have.
const ENTRIES: usize = 16;
/// Which shape it is.
const SCHEMA: &str = "keyway.evidence/1";

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    schema: String,
    version: String,
    subject: String,
    at: i64,
    settings: Value,
    evidence: Findings,
}

/// What was read again.
pub(crate) struct Bundle {
    /// What was examined.
    pub(crate) subject: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What was seen.
    pub(crate) findings: Findings,
}

/// Writes a bundle; a file that is there is replaced.
pub(crate) fn write(
    file: &Path,
    subject: &str,
    settings: Value,
    evidence: Findings,
    diagnosis: &Diagnosis,
    at: Timestamp,
) -> Result<(), Failure> {
    let kept = Kept {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        subject: subject.split('?').next().unwrap_or_default().to_owned(),
        at: at.seconds(),
        settings,
        evidence,
    };
    let failed = |error: io::Error| {
        Failure::internal(format!("the bundle {} cannot be written", file.display()), error)
    };
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|error| failed(error.into()));
    let parts = [
        ("evidence.json", json(serde_json::to_vec_pretty(&kept))?),
        ("diagnosis.json", json(serde_json::to_vec_pretty(diagnosis))?),
        ("README.txt", README.as_bytes().to_vec()),
    ];
    let packed = || -> io::Result<()> {
        let mut archive = ZipWriter::new(File::create(file)?);
        for (name, bytes) in &parts {
            archive.start_file(*name, SimpleFileOptions::default())?;
            archive.write_all(bytes)?;
        }
        archive.finish()?.sync_all()
    };
    packed().map_err(failed)
}

const README: &str = "Evidence of `keyway doctor`: what was tried, what was seen, and what the servers said, without \
secrets. `keyway explain` on this file names the cause again, offline.\n";

/// Reads a bundle; `None` when the file is no zip, and so a text like any other.
pub(crate) fn read(file: &Path) -> Result<Option<Bundle>, Failure> {
    let Ok(mut open) = File::open(file) else {
        // Whoever reads it as a text says why that fails.
        return Ok(None);
    };
    let mut mark = [0; 4];
    if open.read_exact(&mut mark).is_err() || mark != *b"PK\x03\x04" {
        return Ok(None);
    }
    let bad = |why: String| {
        Failure::usage(
            format!("`{}` is a zip, but no evidence: {why}", file.display()),
            "Give a file that `keyway doctor --bundle` wrote, or the text itself.",
        )
    };
    let mut archive = ZipArchive::new(open).map_err(|error| bad(error.to_string()))?;
    if archive.len() > ENTRIES {
        return Err(bad(format!("it has {} entries", archive.len())));
    }
    let entry = archive
        .by_name("evidence.json")
        .map_err(|error| bad(error.to_string()))?;
    let mut bytes = Vec::new();
    // The size an archive states is only a word; what is unpacked is counted.
    let taken = entry.take(LARGEST + 1).read_to_end(&mut bytes);
    taken.map_err(|error| bad(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(bad(format!("unpacked it is larger than {LARGEST} bytes")));
    }
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    if kept.schema != SCHEMA {
        return Err(bad(format!("its schema `{}` is unknown", kept.schema)));
    }
    Ok(Some(Bundle {
        subject: kept.subject,
        at: Timestamp::from_seconds(kept.at),
        findings: kept.evidence,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(name: &str, entries: &[(&str, Vec<u8>)]) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("keyway-bundle-{name}-{}.zip", std::process::id()));
        let mut archive = ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in entries {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap();
        path
    }

    #[test]
    fn a_bomb_and_a_stranger_are_refused_with_a_word() {
        let bomb = vec![b' '; usize::try_from(LARGEST).unwrap() + 10];
        for (name, entries) in [
            ("bomb", vec![("evidence.json", bomb)]),
            ("stranger", vec![("a.txt", b"x".to_vec())]),
            ("broken", vec![("evidence.json", b"{".to_vec())]),
        ] {
            let path = archive(name, &entries);
            let refused = read(&path).err().unwrap().text(false);
            assert!(refused.contains("no evidence"), "{name}: {refused}");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_text_is_no_bundle() {
        let path = std::env::temp_dir().join(format!("keyway-bundle-text-{}.txt", std::process::id()));
        std::fs::write(&path, "AADSTS50126").unwrap();
        assert!(read(&path).unwrap().is_none());
        std::fs::remove_file(path).unwrap();
    }
}
