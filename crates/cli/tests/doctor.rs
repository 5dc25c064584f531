//! The doctor, against the stand-in: what is healthy is healthy, what is broken is named, and nothing leaks.

#![cfg(test)]
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// The demo, and a home directory for whoever examines it.
struct Demo {
    home: PathBuf,
    ready: Value,
    child: Child,
}

impl Demo {
    fn start(name: &str) -> Self {
        let home =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).unwrap();
        let file = home.join("ready.json");
        let mut command = keyway(&home);
        command.args([
            "serve",
            "--demo",
            "--listen",
            "127.0.0.1:0",
            "--proxy-listen",
            "127.0.0.1:0",
        ]);
        let mut child = command
            .arg("--ready-file")
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The banner comes when everything can be used.
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        talk.read_line(&mut String::new()).unwrap();
        std::thread::spawn(move || std::io::copy(&mut talk, &mut std::io::sink()));
        let ready = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        Self { home, ready, child }
    }

    fn url(&self, host: &str) -> String {
        let (_, port) = self.ready["listen"].as_str().unwrap().rsplit_once(':').unwrap();
        format!("https://{host}.localhost:{port}")
    }

    fn desktop(&self) -> String {
        let tenants = self.ready["tenants"].as_array().unwrap();
        let mut apps = tenants
            .iter()
            .flat_map(|tenant| tenant["apps"].as_array().unwrap());
        let app = apps.find(|app| app["name"] == "Contoso Desktop").unwrap();
        app["client_id"].as_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keyway(&self.home);
        command
            .args(arguments)
            .env("KEYWAY_AUTHORITY", self.url("login.microsoftonline.com"));
        command
    }

    /// `doctor` of `target` as a person with a password.
    fn person(&self, target: &str, upn: &str, password: &str, more: &[&str]) -> Output {
        let id = self.desktop();
        self.command(&["doctor", target, "--client-id", &id, "--username", upn])
            .args(more)
            .env("KEYWAY_PASSWORD", password)
            .output()
            .unwrap()
    }

    /// The verdict and the first cause, of `doctor` as Anna or somebody else with the demo's password.
    fn verdict(&self, target: &str, upn: &str) -> (String, String) {
        told(&self.person(target, upn, PASSWORD, &["--output", "json"]))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

const PASSWORD: &str = "Keyway!Demo1";
const ANNA: &str = "anna@contoso.com";

fn keyway(home: &Path) -> Command {
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

fn told(output: &Output) -> (String, String) {
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&json["verdict"]), text(&json["causes"][0]["id"]))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn what_is_healthy_is_healthy_and_what_is_broken_is_named() {
    let demo = Demo::start("named");
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let healthy = demo.person(&contoso, ANNA, PASSWORD, &["--output", "json"]);
    assert_eq!((told(&healthy).0.as_str(), code(&healthy)), ("healthy", 0));
    assert_eq!(demo.verdict("contoso", ANNA).0, "healthy", "found by its name");
    let found = |cause: &str| ("cause-found".to_owned(), cause.to_owned());
    for (target, upn, cause) in [
        (contoso.as_str(), "ben@contoso.com", "user-no-security-role"),
        (&contoso, "dora@contoso.com", "account-disabled-in-directory"),
        (&contoso, "lena@contoso.com", "user-disabled-in-organization"),
        (&contoso, "anna", "username-wrong-format-online"),
        (&demo.url("contoso.crm11.dynamics.com"), ANNA, "wrong-region-url"),
        (
            &demo.url("contoso-dev.crm4.dynamics.com"),
            ANNA,
            "environment-admin-mode",
        ),
        ("https://contoso.dynamics.com", ANNA, "org-url-wrong"),
    ] {
        assert_eq!(demo.verdict(target, upn), found(cause), "{target} {upn}");
    }
}

#[test]
fn a_password_is_sent_once_and_ends_nowhere() {
    let demo = Demo::start("once");
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let bundle = demo.home.join("evidence.zip");
    let canary = "canary-Xk93-word";
    let kept = bundle.to_str().unwrap();
    let first = demo.person(&contoso, ANNA, canary, &["--output", "json", "--bundle", kept]);
    assert_eq!(code(&first), 10);
    assert_eq!(told(&first).1, "credentials-invalid");
    let talk = String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(talk.contains("sent once at most"), "{talk}");
    let journal = demo.command(&["journal", "--output", "json"]).output().unwrap();
    let journal = String::from_utf8_lossy(&journal.stdout).into_owned();
    assert_eq!(journal.matches("/oauth2/v2.0/token").count(), 1, "{journal}");

    let replayed = demo
        .command(&["explain", kept, "--output", "json"])
        .output()
        .unwrap();
    assert_eq!((told(&replayed), code(&replayed)), (told(&first), 10));
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&bundle).unwrap()).unwrap();
    for at in 0..archive.len() {
        let mut text = String::new();
        archive.by_index(at).unwrap().read_to_string(&mut text).unwrap();
        assert!(!text.contains(canary) && !text.contains("eyJ"), "{text}");
    }
    assert!(!String::from_utf8_lossy(&first.stdout).contains(canary));
}

#[test]
fn every_form_of_the_report_and_every_end() {
    let demo = Demo::start("forms");
    let contoso = demo.url("contoso.crm4.dynamics.com");
    for (form, begin) in [
        ("text", "ok"),
        ("markdown", "#"),
        ("junit", "<?xml"),
        ("svg", "<svg "),
        ("sarif", "{"),
    ] {
        let output = demo.person(&contoso, ANNA, PASSWORD, &["--output", form]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(begin), "{form}: {text}");
    }
    let nobody = demo.command(&["doctor", &contoso]).output().unwrap();
    let text = String::from_utf8_lossy(&nobody.stdout).into_owned();
    assert!(
        code(&nobody) == 7 && text.contains("With which account"),
        "{text}"
    );
    let clear = demo
        .command(&["doctor", "http://crm.contoso.com/contoso"])
        .output()
        .unwrap();
    assert_eq!(code(&clear), 11, "{}", String::from_utf8_lossy(&clear.stdout));
}

#[test]
fn a_profile_is_examined_by_its_kept_sign_in() {
    let demo = Demo::start("kept");
    let id = demo.desktop();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let arguments = [
        "auth",
        "create",
        "--environment",
        &contoso,
        "--client-id",
        &id,
        "--username",
        ANNA,
    ];
    let made = demo
        .command(&arguments)
        .args(["--name", "anna"])
        .env("KEYWAY_PASSWORD", PASSWORD)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for arguments in [
        &["doctor", "anna", "--output", "json"][..],
        &["doctor", "--output", "json"],
    ] {
        let output = demo.command(arguments).output().unwrap();
        assert_eq!((told(&output).0.as_str(), code(&output)), ("healthy", 0));
    }
}
