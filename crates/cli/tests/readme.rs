//! The README's tour, held against the binary: every `keyway` command it shows is run as it stands there, and what is
//! printed must have the shape of what is shown. `…` stands for any text, a line of `...` for any lines; times and ports
//! may differ. What needs Python is held against the binary by `conformance/python`.

#![cfg(test)]
#![cfg(unix)]

mod support;

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use support::{Standin, keyway};

const README: &str = include_str!("../../../README.md");

/// A command of a console block, and what is shown below it.
struct Shown {
    command: String,
    printed: Vec<&'static str>,
}

/// The commands of the section with this title.
fn tour(title: &str) -> Vec<Shown> {
    let section = README
        .split("\n## ")
        .find(|section| section.starts_with(title))
        .unwrap();
    let mut all = Vec::<Shown>::new();
    for block in section.split("```console\n").skip(1) {
        let mut lines = block.split("\n```").next().unwrap().lines();
        while let Some(line) = lines.next() {
            match line.strip_prefix("$ ") {
                None => all.last_mut().unwrap().printed.push(line),
                Some(command) => {
                    let mut command = command.to_owned();
                    while let Some(shorter) = command.strip_suffix('\\') {
                        command = format!("{shorter}{}", lines.next().unwrap().trim_start());
                    }
                    let printed = Vec::new();
                    all.push(Shown { command, printed });
                }
            }
        }
    }
    all
}

/// A line without what differs from run to run: moments, durations, curl's version, how columns are filled.
fn shape(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let shaped = words.iter().enumerate().map(|(at, word)| {
        let date = |text: &str| {
            let bytes = text.as_bytes();
            text.len() > 11 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T'
        };
        match word {
            word if word.is_ascii() && date(word) => "<time>",
            word if word.starts_with("curl/") => "curl,",
            word if at > 0 && words[at - 1] == "step" && word.parse::<u32>().is_ok() => "<number>",
            word if words.get(at + 1) == Some(&"ms") && word.parse::<u32>().is_ok() => "<duration>",
            word => word,
        }
    });
    shaped.collect::<Vec<_>>().join(" ")
}

/// Whether a printed line is what a shown one says.
fn fits(shown: &str, printed: &str) -> bool {
    let (shown, mut rest) = (shape(shown), printed);
    let mut pieces = shown.split('…');
    let Some(after) = rest.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    rest = after;
    let mut open = false;
    for piece in pieces {
        open = true;
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        // At the end of a line `…` stands for all that follows.
        open &= piece.is_empty();
    }
    open || rest.is_empty()
}

/// Takes the printed lines one by one; the shown ones must be met in their order, with nothing between them but where
/// `...` stands.
struct Reading<'a> {
    shown: &'a [&'static str],
    any: bool,
}

impl Reading<'_> {
    /// What is wrong with a printed line, if anything is.
    fn take(&mut self, printed: &str) -> Result<(), String> {
        self.skip();
        match self.shown.split_first() {
            Some((first, rest)) if fits(first, &shape(printed)) => {
                (self.shown, self.any) = (rest, false);
                Ok(())
            }
            _ if self.any => Ok(()),
            other => Err(format!(
                "the README shows {:?}, printed was {printed:?}",
                other.map(|(first, _)| first)
            )),
        }
    }

    /// `...` is no line of its own.
    fn skip(&mut self) {
        while let Some((first, rest)) = self.shown.split_first()
            && first.trim() == "..."
        {
            (self.shown, self.any) = (rest, true);
        }
    }

    fn is_over(&mut self) -> bool {
        self.skip();
        self.shown.is_empty()
    }
}

#[test]
fn the_tour_is_what_one_sees() {
    let standin = Standin::start(&[]);
    let port = |member: &str| {
        let address = standin.ready[member].as_str().unwrap();
        address.rsplit_once(':').unwrap().1.to_owned()
    };
    let (listen, proxy) = (port("listen"), port("proxy"));
    let usual = |text: &str| {
        text.replace(&format!(":{listen}"), ":8443")
            .replace(&format!(":{proxy}"), ":8480")
    };
    // Python is not there, nor what the first command builds.
    let runs = |shown: &Shown| {
        shown.command.contains("keyway ")
            && !shown.command.starts_with("alias")
            && !shown.command.contains("python")
    };
    let mut all = tour("Two minutes");
    let banner = all.remove(0);
    all.extend(tour("When it fails"));
    all.retain(|shown| runs(shown) || shown.command.starts_with("export "));
    assert!(all.len() >= 9, "the README's tour was not found");
    if Command::new("curl").arg("--version").output().is_err() {
        // Without it nothing is refused, and the journal has nothing to show.
        all.retain(|shown| !shown.command.contains("curl ") && !shown.command.contains(" --code "));
    }

    // One shell for all of them: what is exported stays.
    let mut script = String::from("exec 2>&1\n");
    let mut expected = Vec::new();
    for (at, shown) in all.iter().enumerate() {
        let command = shown.command.replace("8443", &listen);
        let mut printed = shown.printed.as_slice();
        writeln!(script, "echo '<<< {at}'").unwrap();
        // What is pasted stands below the command, above what is printed.
        match (command.as_str(), printed) {
            ("keyway explain", [pasted, rest @ ..]) => {
                writeln!(script, "{command} <<'PASTED'\n{pasted}\nPASTED").unwrap();
                printed = rest;
            }
            _ => writeln!(script, "{command}; echo").unwrap(),
        }
        expected.push(printed);
    }
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_keyway"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    let settings = keyway(standin.home());
    let settings: Vec<_> = settings
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    shell
        .env_clear()
        .envs(settings)
        .env("PATH", path)
        .current_dir(standin.home());
    let done = shell.args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
    let printed = usual(&support::out(&done));

    let sections: Vec<&str> = printed.split("<<< ").skip(1).collect();
    assert_eq!(sections.len(), all.len(), "{printed}\n{}", support::err(&done));
    for ((shown, lines), section) in all.iter().zip(&expected).zip(sections) {
        if shown.printed.is_empty() {
            continue;
        }
        let mut reading = Reading {
            shown: lines,
            any: false,
        };
        for line in section.trim_end().lines().skip(1) {
            reading
                .take(line)
                .unwrap_or_else(|wrong| panic!("{}: {wrong}\n{section}", shown.command));
        }
        assert!(
            reading.is_over(),
            "{}: not printed: {:?}\n{section}",
            shown.command,
            reading.shown
        );
    }
    the_banner(&banner, &standin);
}

/// What `serve` says when it is ready.
fn the_banner(banner: &Shown, other: &Standin) {
    assert!(banner.command.ends_with("-- serve --demo"), "{}", banner.command);
    let ready = other.home().join("another.json");
    let mut serve = keyway(other.home());
    serve.args([
        "serve",
        "--demo",
        "--listen",
        "127.0.0.1:0",
        "--proxy-listen",
        "127.0.0.1:0",
        "--ready-file",
    ]);
    let mut child = serve.arg(&ready).stderr(Stdio::piped()).spawn().unwrap();
    let mut reading = Reading {
        shown: &banner.printed,
        any: false,
    };
    let mut wrong = None;
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let ready: serde_json::Value = serde_json::from_slice(&std::fs::read(&ready).unwrap()).unwrap();
        let mut line = line.unwrap();
        for (member, usual) in [("listen", ":8443"), ("proxy", ":8480")] {
            let port = ready[member]
                .as_str()
                .unwrap()
                .rsplit_once(':')
                .unwrap()
                .1
                .to_owned();
            line = line.replace(&format!(":{port}"), usual);
        }
        wrong = reading.take(&line).err();
        if wrong.is_some() || reading.is_over() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(wrong, None);
}

#[test]
fn what_differs_from_run_to_run_has_one_shape() {
    assert!(fits(
        "Connected at 2026-11-22T03:10:12Z.",
        &shape("Connected at 2027-01-01T00:00:00Z.")
    ));
    assert!(fits("ok        0 ms  read", &shape("ok       12 ms  read")));
    assert!(fits("a … c", &shape("a b c")) && !fits("a … c", &shape("a b d")));
    assert!(fits("a …", &shape("a b c")) && !fits("a", &shape("a b")));
    let mut reading = Reading {
        shown: &["a", "...", "c"],
        any: false,
    };
    assert!(reading.take("a").is_ok() && reading.take("b").is_ok() && !reading.is_over());
    assert!(reading.take("c").is_ok() && reading.is_over() && reading.take("d").is_err());
}
