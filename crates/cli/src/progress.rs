//! What is being done, on one line of the terminal that is rewritten in place and gone when it is done.
//!
//! It is talk for somebody who watches: nothing is shown where standard error is no terminal, or one that cannot rewrite
//! a line (`TERM=dumb`), where `NO_COLOR` is set, or in CI.

use std::{
    env,
    io::{self, IsTerminal, Read},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use probe::{Probe, Watch};

/// Step by step, with the time since the first one.
const STEPS: &str = "{spinner} {msg} ({elapsed})";
/// Through a text whose length is known, and one that comes through a pipe.
const BYTES: &str = "{spinner} Reading {msg}: {percent} %, {decimal_bytes_per_sec}";
const STREAM: &str = "{spinner} Reading {msg}: {decimal_bytes}, {decimal_bytes_per_sec}";
/// A text up to this length, in bytes, is read before anybody looks.
const SOON: u64 = 16 * 1024 * 1024;
/// How often the line moves although nothing new is known.
const TICK: Duration = Duration::from_millis(100);

/// The line. Clones show the same one.
#[derive(Clone, Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Nobody watches.
    pub(crate) fn none() -> Self {
        Self(ProgressBar::hidden())
    }

    /// For what goes step by step.
    pub(crate) fn steps() -> Self {
        let progress = Self::new(None, STEPS);
        progress.show(target());
        progress
    }

    /// Not shown yet.
    fn new(length: Option<u64>, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden())
            .with_finish(ProgressFinish::AndClear);
        // A template that does not hold leaves the library's own.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn show(&self, target: ProgressDrawTarget) {
        if !target.is_hidden() {
            self.0.set_draw_target(target);
            self.0.enable_steady_tick(TICK);
        }
    }

    /// While `talk` talks, the line is away.
    pub(crate) fn aside(&self, talk: impl FnOnce()) {
        self.0.suspend(talk);
    }

    /// The line is gone.
    pub(crate) fn ends(&self) {
        self.0.finish_and_clear();
    }
}

impl Watch for Progress {
    fn begins(&self, probe: &Probe) {
        self.0.set_message(format!("{}: {}", probe.name, probe.about));
    }
}

/// A text that is read, with progress where it is long.
pub(crate) struct Watched {
    from: Box<dyn Read>,
    read: u64,
    progress: Progress,
}

impl Watched {
    /// The text under its name, with its length in bytes where that is known.
    pub(crate) fn new(from: Box<dyn Read>, name: String, length: Option<u64>) -> Self {
        let template = if length.is_some() { BYTES } else { STREAM };
        let progress = Progress::new(length, template);
        progress.0.set_message(name);
        Self {
            from,
            read: 0,
            progress,
        }
    }
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        let before = self.read;
        self.read += count as u64;
        self.progress.0.set_position(self.read);
        if before <= SOON && self.read > SOON {
            self.progress.show(target());
        }
        Ok(count)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.progress.ends();
    }
}

fn target() -> ProgressDrawTarget {
    let set = |name: &str| env::var(name).ok();
    if is_wanted(io::stderr().is_terminal(), set) {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// Whether somebody watches, by the variables that say so.
fn is_wanted(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
    is_terminal && !is_dumb && !is_set("NO_COLOR") && !is_set("CI")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    #[test]
    fn only_who_watches_a_terminal_sees_it() {
        let with = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| value.to_owned())
        };
        assert!(is_wanted(true, |_| None));
        assert!(is_wanted(true, with("TERM", "xterm-256color")));
        assert!(is_wanted(true, with("NO_COLOR", "")));
        assert!(!is_wanted(false, |_| None));
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb"), ("CI", "true")] {
            assert!(!is_wanted(true, with(name, value)), "{name}");
        }
    }

    /// A terminal that keeps what was written; where the cursor goes is left out.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl Screen {
        fn write(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write(&format!("{text}\n"))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown_on(length: Option<u64>, template: &str) -> (Progress, impl Fn() -> String) {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let progress = Progress::new(length, template);
        progress.show(target);
        (progress, move || screen.0.lock().unwrap().trim_end().to_owned())
    }

    #[test]
    fn the_line_is_rewritten_in_place_and_gone_at_the_end() {
        let (progress, line) = shown_on(None, STEPS);
        progress.begins(&Probe {
            name: "tls",
            about: "who answers",
            needs: "port",
        });
        progress.0.force_draw();
        assert!(line().ends_with("tls: who answers (0s)"), "{}", line());
        assert!(!line().contains('\n'));
        progress.ends();
        assert_eq!(line(), "");
    }

    #[test]
    fn a_text_shows_how_far_and_how_fast() {
        let (progress, line) = shown_on(Some(200_000_000), BYTES);
        progress.0.set_message("big.log");
        progress.0.set_position(50_000_000);
        progress.0.force_draw();
        let shown = line();
        assert!(
            shown.contains("Reading big.log: 25 %, ") && shown.ends_with("/s"),
            "{shown}"
        );
        progress.ends();
        assert_eq!(line(), "");
    }
}
