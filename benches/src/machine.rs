//! Where things run: one core for the server and the raw loops, another for the load.

use std::{ffi::OsStr, path::Path, process::Command, thread};

use crate::Lab;

/// The cores of this run; nothing is pinned where there is one core only or no `taskset`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pinned: bool,
}

const SERVER: &str = "0";
const LOAD: &str = "1";

impl Cores {
    /// Puts this process on the load's core.
    pub(crate) fn assign() -> Self {
        let several = thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
        let own = std::process::id().to_string();
        let moved = several
            && Command::new("taskset")
                .args(["-p", "-c", LOAD, &own])
                .output()
                .is_ok_and(|output| output.status.success());
        Self { pinned: moved }
    }

    /// A program on the server's core.
    pub(crate) fn on_server_core(self, program: impl AsRef<OsStr>) -> Command {
        if !self.pinned {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER]).arg(program);
        command
    }

    /// A program on every core there is; this process has kept itself to one.
    pub(crate) fn on_any_core(self, program: impl AsRef<OsStr>) -> Command {
        if !self.pinned {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", &format!("{SERVER},{LOAD}")]).arg(program);
        command
    }

    fn describe(self) -> &'static str {
        if self.pinned {
            "server and raw loops on core 0, load on core 1"
        } else {
            "nothing pinned (one core, or no `taskset`): ratios are less steady"
        }
    }
}

/// The machine, its load and the binary.
pub(crate) fn describe(lab: &Lab) -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let wide = field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "avx512ifma"));
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let size = std::fs::metadata(&lab.settings.keyway).map_or(0, |file| file.len());
    format!(
        "Machine: {}{}, {cores} core(s) for the load; {}\nBinary: {} ({:.1} MB)\nLoad average at the start: {}",
        field("model name").unwrap_or_else(|| "unknown processor".to_owned()),
        if wide { " with AVX-512 IFMA" } else { "" },
        lab.cores.describe(),
        lab.settings.keyway.display(),
        size as f64 / 1e6,
        load_average(),
    )
}

/// One, five and fifteen minutes.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Resident memory of a process in MB (10⁶ bytes).
pub(crate) fn resident(pid: u32) -> f64 {
    megabytes(pid, "VmRSS:")
}

/// The same at its highest.
pub(crate) fn peak_resident(pid: u32) -> f64 {
    megabytes(pid, "VmHWM:")
}

fn megabytes(pid: u32, field: &str) -> f64 {
    let status =
        std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib: f64 = line
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0.0);
    kib * 1024.0 / 1e6
}

/// Processor time of a process so far, in seconds (proc(5), `stat`: fields 14 and 15, in hundredths). Unlike the
/// time on the wall it does not count what other programs took of the core.
pub(crate) fn processor_seconds(pid: u32) -> f64 {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    // The second field is the program's name in parentheses and may hold blanks.
    let fields = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_ascii_whitespace();
    let ticks: f64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}
