//! B8: 64 people sign in at once, wave after wave, by the form and with a code; nobody may be turned away.
//!
//! Then the same on a disk whose every flush takes four milliseconds more. For that a few lines of C are
//! compiled and loaded before the server's C library.

use std::{path::PathBuf, process::Command, rc::Rc};

use types::Stopwatch;

use super::{protections, sign_in::Browser};
use crate::{
    Lab, Outcome,
    load::{self, Round},
    report::{Row, say},
    server::{Manner, Server},
};

const AT_ONCE: usize = 64;
const WAVES: usize = 4;

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    let shim = shim(lab)?;
    for (name, preload) in [("as it is", None), ("with 4 ms more for each flush", Some(shim))] {
        let manner = Manner {
            state: lab.directory("concurrency-state")?,
            data: Some(lab.directory(&format!("concurrency-{}", rows.len()))?),
            preload,
        };
        let server = Server::start_as(lab, &manner).await?;
        protections::off(&server).await?;
        let (failed, round) = waves(&server).await?;
        let mut row = Row::at_most(
            "B8",
            format!("sign-ins that failed, {AT_ONCE} at once, disk {name}"),
            failed as f64,
            0.0,
            "",
            &format!(
                "of {} ({:.0}/s, slowest {:.1} s)",
                round.count(),
                round.rate().wall,
                round.percentile(1.0) / 1000.0
            ),
        );
        row.measured = row.measured.replacen(".0**", "**", 1);
        rows.push(row);
        let request: Rc<[Vec<u8>]> = Rc::new([server.token_request()?]);
        let tokens = load::run(server.login(), 32, lab.round(), &request, "access_token").await?;
        say(&format!(
            "disk {name}: {:.0} durable tokens/s at 32 connections, {} not 200",
            tokens.rate().wall,
            tokens.refused
        ));
    }
    Ok(rows)
}

async fn waves(server: &Server) -> Outcome<(usize, Round)> {
    let (mut failed, mut micros) = (0, Vec::new());
    let (busy, watch) = (server.login().processor_seconds(), Stopwatch::start());
    for _ in 0..WAVES {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let mut browser = Browser::open(server).await?;
            tasks.spawn_local(async move {
                let watch = Stopwatch::start();
                (browser.sign_in().await, watch.elapsed())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            let (outcome, took) = ended.map_err(|error| error.to_string())?;
            micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
            if let Err(why) = outcome {
                say(&format!("a sign-in failed: {why}"));
                failed += 1;
            }
        }
    }
    let busy = server.login().processor_seconds() - busy;
    Ok((failed, Round::of(watch.elapsed(), busy, failed, micros)))
}

/// Compiles the slow disk.
fn shim(lab: &Lab) -> Outcome<PathBuf> {
    let source = lab.directory("shim")?.join("slow_disk.c");
    let library = source.with_extension("so");
    std::fs::write(&source, include_str!("../slow_disk.c"))
        .map_err(|error| format!("{}: {error}", source.display()))?;
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl");
    let output = cc
        .output()
        .map_err(|error| format!("cc: {error}; B8 needs a C compiler"))?;
    if !output.status.success() {
        return Err(format!("cc: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(library)
}
