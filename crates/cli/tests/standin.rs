//! `serve` and the commands that talk to it, as a person or a script meets them.

#![cfg(test)]
#![cfg(unix)]

mod support;

use std::process::{Command, Output};

use support::{Standin, err, keyway, out};
use tempfile::tempdir;

impl Standin {
    fn run(&self, arguments: &[&str]) -> Output {
        keyway(self.home()).args(arguments).output().unwrap()
    }
}

#[test]
fn exec_sets_the_environment_and_passes_on_how_the_program_ended() {
    let standin = Standin::start(&[]);
    let ready = &standin.ready;
    let printed = standin.run(&["exec", "--sealed", "--", "sh", "-c", "env; exit 42"]);
    assert_eq!(printed.status.code(), Some(42), "{}", err(&printed));
    let text = out(&printed);
    let proxy = ready["proxy"]
        .as_str()
        .unwrap()
        .replace("http://", "http://keyway:sealed@");
    for line in [
        format!("HTTPS_PROXY={proxy}"),
        format!("https_proxy={proxy}"),
        "NO_PROXY=localhost,127.0.0.1,::1,.localhost".to_owned(),
        "no_proxy=localhost,127.0.0.1,::1,.localhost".to_owned(),
        "NODE_USE_ENV_PROXY=1".to_owned(),
        "AZURE_AUTHORITY_HOST=https://login.microsoftonline.com".to_owned(),
        "DATAVERSE_URL=https://contoso.crm4.dynamics.com/".to_owned(),
        "KEYWAY_DEMO_USER=anna@contoso.com".to_owned(),
        format!("SSL_CERT_FILE={}", ready["bundle"].as_str().unwrap()),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let killed = standin.run(&["exec", "--", "sh", "-c", "kill -TERM $$"]);
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&killed.status),
        Some(15)
    );
    let missing = standin.run(&["exec", "--", "no-such-program"]);
    assert_eq!(missing.status.code(), Some(7));
    assert!(
        err(&missing).contains("`no-such-program` cannot be run"),
        "{}",
        err(&missing)
    );
}

#[test]
fn serve_env_can_be_evaluated_by_a_shell() {
    let standin = Standin::start(&[]);
    let exports = out(&standin.run(&["serve", "env", "--sealed"]));
    let shell = Command::new("sh")
        .arg("-c")
        .arg(format!("{exports}\nprintf %s \"$KEYWAY_DEMO_PASSWORD\""))
        .output()
        .unwrap();
    assert_eq!(
        out(&shell),
        standin.ready["env"]["KEYWAY_DEMO_PASSWORD"].as_str().unwrap()
    );
    let json: serde_json::Value =
        serde_json::from_str(&out(&standin.run(&["serve", "env", "--output", "json"]))).unwrap();
    assert!(
        json["HTTPS_PROXY"]
            .as_str()
            .unwrap()
            .starts_with("http://keyway:forward@")
    );
}

#[test]
fn a_running_stand_in_is_turned_by_command() {
    let standin = Standin::start(&[]);
    let none = standin.run(&["journal"]);
    assert_eq!((none.status.code(), out(&none).trim()), (Some(0), ""));
    let lines = out(&standin.run(&["journal", "--control", "--limit", "1"]));
    assert!(lines.contains("GET https://localhost/_keyway/v1/"), "{lines}");
    let turned = out(&standin.run(&["clock", "advance", "8h"]));
    assert!(turned.contains("+28800 seconds"), "{turned}");
    let taken = standin.run(&["snapshot", "take", "later"]);
    assert_eq!(out(&taken).trim(), "`later` is taken", "{}", err(&taken));
    assert!(out(&standin.run(&["clock", "reset"])).contains("the machine's time"));
    assert!(out(&standin.run(&["snapshot", "restore", "later"])).contains("`later` is restored"));
    assert!(out(&standin.run(&["clock", "--output", "json"])).contains("28800"));
    assert!(out(&standin.run(&["reset"])).contains("every tenant"));
    assert!(out(&standin.run(&["clock"])).contains("the machine's time"));
    let unknown = standin.run(&["clock", "--tenant", "nobody.example"]);
    assert_eq!(unknown.status.code(), Some(7));
    assert!(err(&unknown).contains("nobody.example"), "{}", err(&unknown));
    let missing = standin.run(&["snapshot", "restore", "never"]);
    assert_eq!(missing.status.code(), Some(7));
}

#[test]
fn where_nothing_runs_the_next_step_is_named() {
    let scratch = tempdir().unwrap();
    let home = scratch.path();
    for arguments in [["journal"].as_slice(), &["exec", "--", "true"], &["serve", "env"]] {
        let output = keyway(home).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{arguments:?}");
        assert!(err(&output).contains("keyway serve --demo"), "{}", err(&output));
    }
    let no_world = keyway(home).arg("serve").output().unwrap();
    assert_eq!(no_world.status.code(), Some(2));
    assert!(err(&no_world).contains("--demo"), "{}", err(&no_world));
    std::fs::write(home.join("world.toml"), "name = \"x\"\ncolour = \"red\"\n").unwrap();
    let wrong = keyway(home)
        .args(["serve", "--world"])
        .arg(home.join("world.toml"))
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        err(&wrong).contains("line 2") && err(&wrong).contains("colour"),
        "{}",
        err(&wrong)
    );
    let unreadable = keyway(home)
        .args([
            "serve",
            "--demo",
            "--listen",
            "127.0.0.1:0",
            "--proxy-listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(home.join("world.toml"))
        .output()
        .unwrap();
    assert_eq!(unreadable.status.code(), Some(1));
    assert!(err(&unreadable).contains("world.toml"), "{}", err(&unreadable));
}

#[test]
fn a_taken_port_ends_with_the_port_and_the_next_step() {
    let standin = Standin::start(&[]);
    let listen = standin.ready["listen"].as_str().unwrap().to_owned();
    let second = standin.run(&["serve", "--demo", "--listen", &listen]);
    assert_eq!(second.status.code(), Some(8));
    let port = listen.rsplit(':').next().unwrap();
    assert!(
        err(&second).contains(&format!("port {port} is taken")) && err(&second).contains("--listen"),
        "{}",
        err(&second)
    );
}

#[test]
fn it_stops_in_order_and_takes_its_ready_files_along() {
    let mut standin = Standin::start(&[]);
    let running = standin.home().join("running");
    assert_eq!(std::fs::read_dir(&running).unwrap().count(), 1);
    let pid = standin.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(standin.child.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_dir(&running).unwrap().count(), 0);
    assert!(!standin.home().join("ready.json").exists());
}

#[test]
fn a_guarded_control_api_takes_its_token_from_the_variable() {
    let scratch = tempdir().unwrap();
    let file = scratch.path().join("token");
    std::fs::write(&file, "canary-token\n").unwrap();
    let standin = Standin::start(&["--control-token-file", file.to_str().unwrap()]);
    let refused = standin.run(&["clock"]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(
        err(&refused).contains("KEYWAY_CONTROL_TOKEN"),
        "{}",
        err(&refused)
    );
    let shown = keyway(standin.home())
        .arg("clock")
        .env("KEYWAY_CONTROL_TOKEN", "canary-token")
        .output()
        .unwrap();
    assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
    assert!(
        !std::fs::read_to_string(standin.home().join("ready.json"))
            .unwrap()
            .contains("canary")
    );
}
