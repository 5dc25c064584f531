//! B12: a long log through a pipe, with the whole catalog, against ripgrep with the same rules; and a small paste as a
//! process.
//!
//! ripgrep cannot compile all rules as regular expressions in any memory worth the name, so it is given less to do, twice:
//! the literals that keyway itself looks for, but those of three letters and fewer, as fixed strings; and three hundred of the
//! rules as regular expressions, evenly taken from all. Its better time counts. Of literals it counts every match: many
//! are ordinary words, and with `-c` alone it would read no line beyond the first of them.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use types::Stopwatch;

use crate::{
    Lab, Outcome,
    log::{self, FAILURES},
    machine::{peak_resident, processor_seconds},
    report::{Row, median, say, spread},
};

/// The log's length.
const BYTES: u64 = 500_000_000;
/// Rules that ripgrep gets as regular expressions.
const RULES: usize = 300;
/// Shorter literals stand in every line.
const LEAST: usize = 4;
/// What a person pastes.
const PASTE: &str = "Login to Outlook failed.\r\nAADSTS50053: The account is locked, you've tried to sign in too many times with an \
                     incorrect user ID or password.\r\nTrace ID: 6b2cbd3f-7d7f-4b6e-9b52-0f5a7c3d2a00\r\n";

/// How one run went.
struct Run {
    seconds: f64,
    processor: f64,
    peak: f64,
    said: String,
}

pub(crate) fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let directory = lab.directory("explain")?;
    let text = directory.join("trace.log");
    say("Writing a log of 500 MB …");
    log::write(&text, BYTES, 12)?;
    let literals = patterns(lab, &directory, true)?;
    let rules = patterns(lab, &directory, false)?;
    let keyway = lab.settings.keyway.display().to_string();
    let one = vec![keyway.as_str(), "explain", "--threads", "1", "--output", "json"];
    let two = vec![keyway.as_str(), "explain", "--threads", "2", "--output", "json"];
    let [literals, rules] = [&literals, &rules].map(|path| path.display().to_string());
    let fixed = vec!["rg", "-j1", "--count-matches", "-i", "-F", "-f", &literals, "-"];
    let room = ["--regex-size-limit=2G", "--dfa-size-limit=1G"];
    let regular = vec!["rg", "-j1", "-c", "-i", room[0], room[1], "-f", &rules, "-"];
    let mut runs: [Vec<Run>; 4] = [const { Vec::new() }; 4];
    for round in 0..lab.settings.rounds {
        for (kind, (command, name)) in [
            (&fixed, "rg, literals"),
            (&one, "keyway, one thread"),
            (&regular, "rg, 300 rules"),
            (&two, "keyway, two threads"),
        ]
        .into_iter()
        .enumerate()
        {
            // Two threads need both cores, as whoever fills the pipe does.
            let run = piped(lab, command, &text, kind != 3)?;
            say(&format!(
                "{round} {name}: {:.2} s, {:.2} s of processor time, {:.0} MB",
                run.seconds, run.processor, run.peak
            ));
            match command[0] {
                // It says nothing where it could not compile its patterns.
                "rg" if run.said.trim().parse::<u64>().is_err() => {
                    return Err(format!("{name}: it counted nothing: {}", run.said));
                }
                "rg" => {}
                _ => named(&run.said)?,
            }
            runs[kind].push(run);
        }
    }
    let seconds = |kind: usize| median(&runs[kind].iter().map(|run| run.seconds).collect::<Vec<_>>());
    let peak = runs[1]
        .iter()
        .chain(&runs[3])
        .map(|run| run.peak)
        .fold(0.0, f64::max);
    let best = seconds(0).min(seconds(2));
    let detail = |kind: usize| {
        let of = |value: fn(&Run) -> f64| median(&runs[kind].iter().map(value).collect::<Vec<_>>());
        format!(
            "({:.0} MB/s; {:.2} s, {:.2} s of processor time; rg {:.2} s with literals, {:.2} s with {RULES} rules)",
            BYTES as f64 / 1e6 / seconds(kind),
            seconds(kind),
            of(|run| run.processor),
            seconds(0),
            seconds(2),
        )
    };
    let small = pastes(lab)?;
    let (low, high) = spread(&small);
    Ok(vec![
        Row::at_least(
            "B12",
            "explain 500 MB, one thread / the faster rg",
            best / seconds(1),
            1.3,
            &detail(1),
        ),
        Row::at_least(
            "B12",
            "explain 500 MB, two threads / the faster rg",
            best / seconds(3),
            2.4,
            &detail(3),
        ),
        Row::at_most("B12", "resident memory at its peak", peak, 64.0, " MB", ""),
        Row::at_most(
            "B12",
            "explain a small paste, as a process",
            median(&small),
            30.0,
            " ms",
            &format!("({low:.0}–{high:.0} in {} runs)", small.len()),
        ),
    ])
}

/// A file with patterns for ripgrep.
fn patterns(lab: &Lab, directory: &Path, literals: bool) -> Outcome<PathBuf> {
    let tool = lab.settings.keyway.with_file_name("xtask");
    let mut command = Command::new(&tool);
    command.arg("patterns").args(literals.then_some("--literals"));
    let output = command.output().map_err(|error| {
        format!(
            "{}: {error}; build it with `cargo build --release`",
            tool.display()
        )
    })?;
    let all = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = all
        .lines()
        .filter(|line| !literals || line.len() >= LEAST)
        .collect();
    let step = if literals {
        1
    } else {
        lines.len().div_ceil(RULES).max(1)
    };
    let some: Vec<&str> = lines.iter().copied().step_by(step).collect();
    let path = directory.join(if literals { "literals" } else { "rules" });
    fs::write(&path, some.join("\n") + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    say(&format!("{} of {} {}", some.len(), lines.len(), path.display()));
    Ok(path)
}

/// Runs a program with a file in its pipe.
fn piped(lab: &Lab, words: &[&str], file: &Path, pinned: bool) -> Outcome<Run> {
    let (program, arguments) = words.split_first().ok_or("no program")?;
    let mut command = if pinned {
        lab.cores.on_server_core(program)
    } else {
        lab.cores.on_any_core(program)
    };
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut text = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let watch = Stopwatch::start();
    let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    let pid = child.id();
    let (pipe, mut answer) = (child.stdin.take(), child.stdout.take());
    let run = thread::scope(|scope| {
        scope.spawn(move || {
            let mut buffer = vec![0; 1 << 20];
            let mut pipe = pipe;
            // A program that has seen enough closes the pipe.
            while let (Some(pipe), Ok(read)) = (&mut pipe, text.read(&mut buffer)) {
                if read == 0 || pipe.write_all(&buffer[..read]).is_err() {
                    break;
                }
            }
        });
        let said = scope.spawn(move || {
            let mut said = String::new();
            let _ = answer.as_mut().map(|answer| answer.read_to_string(&mut said));
            said
        });
        let (mut processor, mut peak): (f64, f64) = (0.0, 0.0);
        while matches!(child.try_wait(), Ok(None)) {
            processor = processor.max(processor_seconds(pid));
            peak = peak.max(peak_resident(pid));
            thread::sleep(Duration::from_millis(2));
        }
        Run {
            seconds: watch.elapsed().as_secs_f64(),
            processor,
            peak,
            said: said.join().unwrap_or_default(),
        }
    });
    Ok(run)
}

/// Whoever is fast must also be right.
fn named(said: &str) -> Outcome<()> {
    let missing: Vec<&str> = FAILURES
        .iter()
        .map(|(_, cause)| *cause)
        .filter(|cause| !said.contains(&format!("\"{cause}\"")))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("the log shows {missing:?}, and explain did not say so"))
    }
}

/// Milliseconds from the start of the process to its end.
fn pastes(lab: &Lab) -> Outcome<Vec<f64>> {
    let path = lab.directory("explain")?.join("paste.txt");
    fs::write(&path, PASTE).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut times = Vec::new();
    for _ in 0..21 {
        let watch = Stopwatch::start();
        let output = lab
            .cores
            .on_server_core(&lab.settings.keyway)
            .arg("explain")
            .arg(&path)
            .output()
            .map_err(|error| format!("{}: {error}", lab.settings.keyway.display()))?;
        times.push(watch.elapsed().as_secs_f64() * 1000.0);
        if !String::from_utf8_lossy(&output.stdout).contains("[account-locked]") {
            return Err("explain did not name the cause of a paste".to_owned());
        }
    }
    Ok(times)
}
