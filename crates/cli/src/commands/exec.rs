//! `keyway exec`: run a program against the stand-in, unchanged.

use std::{collections::BTreeMap, ffi::OsString, path::Path, process::Command};

use clap::Args;
use standin::{
    Ready,
    edge::Before,
    ready::{NO_PROXY, variable},
};

use crate::{context::Context, control::Which, exit::Exit, report::Failure};

/// What no flag can say.
const MORE: &str = "\
Sets the proxy and trust variables (and ids, secrets and addresses of the demo) for that program alone. The
stand-in answers for Microsoft's names; other hosts are reached as before, or not at all with --sealed. The
program takes this one's place, so its exit code is its own.";

/// Run a program against the running stand-in, unchanged, at the true names
#[derive(Args)]
#[command(after_help = MORE)]
pub(crate) struct Exec {
    #[command(flatten)]
    which: Which,
    /// Let nothing out: hosts that are not the stand-in's are refused
    #[arg(long, env = "KEYWAY_SEALED")]
    sealed: bool,
    /// The program and its arguments
    #[arg(
        value_name = "COMMAND",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<OsString>,
}

impl Exec {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let control = self.which.find().await?;
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Failure::usage(
                "there is no command to run",
                "Name one: keyway exec -- COMMAND",
            ));
        };
        if let Some(warning) = old_node(program) {
            context.output.talk(&format!("note: {warning}"));
        }
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(environment(&control.ready, self.sealed, &before()));
        run(command, &program.to_string_lossy())
    }
}

/// The program takes this one's place: signals, terminal and exit code are its own.
#[cfg(unix)]
fn run(mut command: Command, program: &str) -> Result<(), Failure> {
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    Err(not_run(program, &error))
}

/// Waits for the program and passes on its exit code.
#[cfg(not(unix))]
fn run(mut command: Command, program: &str) -> Result<(), Failure> {
    let status = command.status().map_err(|error| not_run(program, &error))?;
    std::process::exit(status.code().unwrap_or(1))
}

fn not_run(program: &str, error: &std::io::Error) -> Failure {
    let exit = match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Internal,
    };
    Failure::new(
        exit,
        format!("`{program}` cannot be run: {error}"),
        "Check its name and that it is on the PATH.",
    )
}

/// The proxy settings there are now.
pub(super) fn before() -> Before {
    let first = |names: [&str; 2]| {
        names
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|v| !v.is_empty())
    };
    Before {
        https_proxy: first(["https_proxy", variable::HTTPS_PROXY]),
        no_proxy: first(["no_proxy", variable::NO_PROXY]),
    }
}

/// What the program finds in its environment.
pub(super) fn environment(ready: &Ready, sealed: bool, before: &Before) -> BTreeMap<String, String> {
    let mut variables = ready.env.clone();
    let address = ready.proxy.strip_prefix("http://").unwrap_or(&ready.proxy);
    // Exceptions that were there before travel in the proxy's URL: here they would lead past the stand-in.
    let proxy = Before::proxy_url((!sealed).then_some(before), address);
    let mut set = |name: &str, value: &str| {
        variables.insert(name.to_owned(), value.to_owned());
        variables.insert(name.to_ascii_lowercase(), value.to_owned());
    };
    set(variable::HTTPS_PROXY, &proxy);
    set(variable::NO_PROXY, NO_PROXY);
    if sealed {
        // Plain HTTP would otherwise leave as it likes.
        set("HTTP_PROXY", &proxy);
    }
    variables
}

/// Says when the program is a Node that ignores the proxy variables.
fn old_node(program: &OsString) -> Option<String> {
    let name = Path::new(program).file_stem()?.to_str()?;
    let node = match name {
        "node" => program.clone(),
        "npm" | "npx" | "yarn" | "pnpm" | "tsx" => "node".into(),
        _ => return None,
    };
    let said = Command::new(&node).arg("--version").output().ok()?;
    let version = String::from_utf8(said.stdout).ok()?;
    let version = version.trim();
    (!obeys_proxy(version)?).then(|| {
        format!(
            "Node {version} ignores HTTPS_PROXY, so this program will call the real hosts or none; use 22.21 or newer of \
             22, or 24.5 or newer"
        )
    })
}

/// Whether a Node of this version obeys NODE_USE_ENV_PROXY in fetch and in https: 22.21, 24.5 and newer.
fn obeys_proxy(version: &str) -> Option<bool> {
    let mut numbers = version.strip_prefix('v')?.split('.').map(str::parse::<u32>);
    let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(match major {
        22 => minor >= 21,
        24 => minor >= 5,
        _ => major > 24,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Ready {
        serde_json::from_value(serde_json::json!({
            "listen": "127.0.0.1:8443", "proxy": "http://127.0.0.1:8480", "ca": "/s/ca.pem", "bundle": "/s/bundle.pem",
            "control": "https://localhost:8443/_keyway/v1", "world": "demo", "pid": 1,
            "env": { "CLIENT_ID": "x", "HTTPS_PROXY": "http://127.0.0.1:8480", "SSL_CERT_FILE": "/s/bundle.pem" },
            "tenants": [], "organizations": [],
        }))
        .unwrap()
    }

    #[test]
    fn both_cases_of_each_proxy_variable_are_set() {
        let open = environment(&ready(), false, &Before::default());
        for name in ["HTTPS_PROXY", "https_proxy"] {
            assert_eq!(open[name], "http://keyway:forward@127.0.0.1:8480");
        }
        assert_eq!(
            (open["NO_PROXY"].as_str(), open["no_proxy"].as_str()),
            (NO_PROXY, NO_PROXY)
        );
        assert_eq!(open["SSL_CERT_FILE"], "/s/bundle.pem");
        assert!(!open.contains_key("HTTP_PROXY"));
        let sealed = environment(&ready(), true, &Before::default());
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            assert_eq!(sealed[name], "http://keyway:sealed@127.0.0.1:8480");
        }
    }

    #[test]
    fn nodes_that_ignore_the_proxy_are_known() {
        for (version, obeys) in [
            ("v20.19.2", false),
            ("v22.20.9", false),
            ("v22.21.0", true),
            ("v23.11.0", false),
            ("v24.4.1", false),
            ("v24.5.0", true),
            ("v25.0.0", true),
        ] {
            assert_eq!(obeys_proxy(version), Some(obeys), "{version}");
        }
        assert_eq!(obeys_proxy("not a version"), None);
    }
}
