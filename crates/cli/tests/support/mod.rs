//! A running demo for one test, and the command that sees nothing of the machine but its programs.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A stand-in that plays the demo, with a home directory of its own; stopped and removed with the test.
pub(crate) struct Standin {
    home: TempDir,
    /// The ready file, as it was at the start.
    pub(crate) ready: Value,
    pub(crate) child: Child,
}

impl Standin {
    /// Starts it on free ports. `more` are further arguments of `serve`.
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", more)
    }

    /// Starts it at an address.
    pub(crate) fn start_at(listen: &str, more: &[&str]) -> Self {
        let home = tempdir().unwrap();
        let file = home.path().join("ready.json");
        let mut command = keyway(home.path());
        command.args([
            "serve",
            "--demo",
            "--listen",
            listen,
            "--proxy-listen",
            "127.0.0.1:0",
            "--ready-file",
        ]);
        let mut child = command
            .arg(&file)
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The banner comes when everything can be used; its first line is enough.
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        talk.read_line(&mut line).unwrap();
        assert!(line.contains("It is a stand-in"), "{line}");
        // Somebody must read on, or the stand-in would wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut talk, &mut std::io::sink()));
        let ready = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        Self { home, ready, child }
    }

    /// Its home directory.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `keyway` in that home directory.
pub(crate) fn keyway(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyway"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("KEYWAY_STATE_DIR", home)
        .env("KEYWAY_CONFIG_DIR", home.join("config"))
        .env("KEYWAY_PASSPHRASE", "phrase")
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// What it wrote on standard output.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it wrote on standard error.
pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
