//! Evidence in a file: what `keyway doctor --bundle` keeps, and what is explained again.
//!
//! A zip with `evidence.json` (steps, facts, what servers said, settings without secrets), `diagnosis.json` as it was
//! told then, and a word on what they are. Whoever gets one may be far away and may have a newer catalog: the evidence
//! is judged anew. What is read is anybody's file, so entries and sizes are bounded.

use std::io::{self, Read, Seek, Write};

use evidence::Findings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::Timestamp;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::Diagnosis;

/// How a zip begins.
const MARK: &[u8] = b"PK\x03\x04";
/// The most entries an archive may have.
const ENTRIES: usize = 16;
/// Which shape it is.
const SCHEMA: &str = "keyway.evidence/1";

const README: &str = "Evidence of `keyway doctor`: what was tried, what was seen, and what the servers said, without \
secrets. `keyway explain` on this file names the cause again, offline.\n";

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

/// What an examination leaves.
#[derive(Debug)]
pub struct Bundle {
    /// What was examined.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub findings: Findings,
}

/// Why a zip is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is a zip, but no evidence: {0}")]
pub struct NoEvidence(String);

impl Bundle {
    /// Whether something that begins so is to be read as a bundle; else it is a text like any other.
    pub fn begins(with: &[u8]) -> bool {
        with.starts_with(MARK)
    }

    /// Writes it, with what was asked for (`settings`, without secrets) and the diagnosis of then.
    ///
    /// # Errors
    /// What the target said.
    pub fn write(
        self,
        to: impl Write + Seek,
        version: &str,
        settings: Value,
        diagnosis: &Diagnosis,
    ) -> io::Result<()> {
        let kept = Kept {
            schema: SCHEMA.to_owned(),
            version: version.to_owned(),
            subject: self.subject.split('?').next().unwrap_or_default().to_owned(),
            at: self.at.seconds(),
            settings,
            evidence: self.findings,
        };
        let parts = [
            ("evidence.json", serde_json::to_vec_pretty(&kept)?),
            ("diagnosis.json", serde_json::to_vec_pretty(diagnosis)?),
            ("README.txt", README.as_bytes().to_vec()),
        ];
        let mut archive = ZipWriter::new(to);
        for (name, bytes) in &parts {
            archive.start_file(*name, SimpleFileOptions::default())?;
            archive.write_all(bytes)?;
        }
        archive.finish()?.flush()
    }

    /// Reads one whose evidence is unpacked no larger than `most` bytes. A long run makes some hundred kilobytes.
    ///
    /// # Errors
    /// [`NoEvidence`]: another zip, or one that is too large unpacked.
    pub fn read(from: impl Read + Seek, most: u64) -> Result<Self, NoEvidence> {
        let mut archive = ZipArchive::new(from).map_err(|why| no(&why))?;
        if archive.len() > ENTRIES {
            return Err(no(&format!("it has {} entries", archive.len())));
        }
        let entry = archive.by_name("evidence.json").map_err(|why| no(&why))?;
        let mut bytes = Vec::new();
        // The size an archive states is only a word; what is unpacked is counted.
        entry
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|why| no(&why))?;
        if bytes.len() as u64 > most {
            return Err(no(&format!("unpacked it is larger than {most} bytes")));
        }
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|why| no(&why))?;
        if kept.schema != SCHEMA {
            return Err(no(&format!("its schema `{}` is unknown", kept.schema)));
        }
        Ok(Self {
            subject: kept.subject,
            at: Timestamp::from_seconds(kept.at),
            findings: kept.evidence,
        })
    }
}

fn no(why: &impl ToString) -> NoEvidence {
    NoEvidence(why.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap()
    }

    #[test]
    fn a_bomb_and_a_stranger_are_refused_with_a_word() {
        let bomb = [b' '; 1001];
        let names: Vec<String> = (0..=ENTRIES).map(|at| at.to_string()).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        for (entries, why) in [
            (&[("evidence.json", &bomb[..])][..], "larger than"),
            (&[("a.txt", b"x")], "not found"),
            (&[("evidence.json", b"{")], "EOF"),
            (&many, "17 entries"),
        ] {
            let refused = Bundle::read(archive(entries), 1000).unwrap_err().to_string();
            assert!(
                refused.contains("no evidence") && refused.contains(why),
                "{refused}"
            );
        }
        assert!(Bundle::read(Cursor::new(MARK), 1000).is_err());
    }

    #[test]
    fn a_text_is_no_bundle() {
        assert!(!Bundle::begins(b"AADSTS50126") && !Bundle::begins(b"PK"));
        assert!(Bundle::begins(archive(&[("a.txt", b"x")]).get_ref()));
    }
}
