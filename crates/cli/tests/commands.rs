//! The binary as a person or a script meets it: what it writes where, and how it ends.

#![cfg(test)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Output, Stdio},
};

use tempfile::{TempDir, tempdir};

/// One home directory, empty unless the test fills it.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    /// The command, seeing nothing of the machine but its programs.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyway"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("KEYWAY_CONFIG_DIR", self.0.path())
            .env("KEYWAY_STATE_DIR", self.0.path())
            .env("KEYWAY_PASSPHRASE", "phrase")
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A profile as a file, without secrets.
    fn with_profile(self) -> Self {
        let id = "00000000-0000-0000-0000-000000000001";
        let text = format!(
            r#"selected = "contoso"
[profiles.contoso]
method = "device-code"
client_id = "{id}"
authority = "https://login.microsoftonline.com.localhost:1"
tenant = "{id}"
account = "anna@contoso.com"
user_id = "{id}"
connected_at = "2024-05-01T10:20:30Z"
[profiles.contoso.organization]
url = "https://contoso.crm4.dynamics.com.localhost:1/"
resource = "https://contoso.crm4.dynamics.com.localhost:1/"
id = "{id}"
"#
        );
        std::fs::write(self.0.path().join("profiles.toml"), text).unwrap();
        self
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const CREATE: [&str; 4] = [
    "auth",
    "create",
    "--environment",
    "https://contoso.crm4.dynamics.com.localhost:1/",
];

#[test]
fn done_is_0_and_data_goes_to_standard_output() {
    let output = Home::new().run(&["url", "contoso.crm4.dynamics.com"]);
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
    assert!(out(&output).starts_with("This is the organization `contoso` in Europe"));
    let json: serde_json::Value =
        serde_json::from_slice(&Home::new().run(&["url", "contoso", "--output", "json"]).stdout).unwrap();
    assert_eq!(json["kind"], "name");
}

#[test]
fn a_broken_file_is_1_and_named() {
    let home = Home::new();
    std::fs::write(home.0.path().join("profiles.toml"), "selected = 7").unwrap();
    let output = home.run(&["auth", "list"]);
    assert_eq!((code(&output), out(&output).as_str()), (1, ""));
    assert!(
        err(&output).contains("profiles.toml") && err(&output).contains("next: "),
        "{}",
        err(&output)
    );
}

#[test]
fn wrong_usage_is_2() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["auth", "crate"])), 2);
    assert_eq!(code(&home.run(&["help", "nothing"])), 2);
    assert_eq!(code(&home.run(&["token", "inspect", "hello"])), 2);
    assert_eq!(
        code(&home.run(&["auth", "create", "--environment", "https://contoso.dynamics.com"])),
        2
    );
}

#[test]
fn a_bad_line_of_a_batch_is_named_and_the_others_are_answered() {
    let home = Home::new();
    let good = |id: &str| format!(r#"{{"id":"{id}","input":"AADSTS50126"}}"#);
    let long = format!(r#"{{"id":"long","input":"{}"}}"#, "x".repeat(17 << 20));
    let lines = [good("a"), "{".to_owned(), long, String::new(), good("b")].join("\n");
    std::fs::write(home.0.path().join("cases"), lines).unwrap();
    let output = home.run(&["explain", "--batch", "cases"]);
    let answered: Vec<String> = out(&output).lines().map(|line| line[..9].to_owned()).collect();
    assert_eq!((code(&output), answered.len()), (2, 2), "{}", err(&output));
    let talk = err(&output);
    for part in [
        "line 2 is no case",
        "line 3 is no case: it is longer",
        "line 2, 3",
    ] {
        assert!(talk.contains(part), "{talk}");
    }
}

#[test]
fn a_secret_id_is_2_and_nothing_is_sent() {
    let home = Home::new();
    let mut arguments = CREATE.to_vec();
    arguments.extend([
        "--client-secret-stdin",
        "--client-id",
        "51f81489-12ee-4a9e-aaae-a2591f45987d",
    ]);
    let mut child = home
        .command(&arguments)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"9188040d-6c67-4c5b-b112-36a304b66dad\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 2, "port 1 would have been 6");
    assert!(err(&output).contains("column Value"), "{}", err(&output));
}

#[test]
fn nobody_signed_in_is_3() {
    let home = Home::new();
    let output = home.run(&["token"]);
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("keyway auth create"), "{}", err(&output));
    let output = Home::new().with_profile().run(&["token"]);
    assert_eq!(code(&output), 3, "{}", err(&output));
    assert!(
        err(&output).contains("keyway auth update contoso"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_closed_port_is_6() {
    let mut arguments = CREATE.to_vec();
    arguments.push("--device-code");
    let output = Home::new().run(&arguments);
    assert_eq!(code(&output), 6);
    assert!(err(&output).contains("keyway serve --demo"), "{}", err(&output));
}

#[test]
fn what_is_not_there_is_7() {
    let home = Home::new().with_profile();
    let output = home.run(&["auth", "select", "fabrikam"]);
    assert_eq!(code(&output), 7);
    assert!(err(&output).contains("There are: contoso."), "{}", err(&output));
    assert_eq!(code(&home.run(&["url", "https://fake-dynamics.com.evil.net"])), 7);
}

#[test]
fn a_name_that_is_taken_is_8() {
    let home = Home::new().with_profile();
    let mut arguments = CREATE.to_vec();
    arguments.extend(["--device-code", "--name", "contoso"]);
    assert_eq!(code(&home.run(&arguments)), 8);
    assert_eq!(code(&home.run(&["auth", "name", "contoso", "contoso"])), 8);
}

#[test]
fn a_silent_server_is_9_and_an_interrupt_130() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://contoso.crm4.dynamics.com.localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    let arguments = |timeout| {
        [
            "auth",
            "create",
            "--environment",
            &url,
            "--device-code",
            "--timeout",
            timeout,
        ]
        .map(str::to_owned)
    };
    let home = Home::new();
    let start = |timeout| {
        let arguments = arguments(timeout);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        home.command(&arguments).stderr(Stdio::piped()).spawn().unwrap()
    };
    let output = start("1").wait_with_output().unwrap();
    assert_eq!(code(&output), 9, "{}", err(&output));
    let _ = listener.accept().unwrap();

    let waiting = start("60");
    // The first byte of the handshake: it is on its way and waits for an answer.
    let mut stream = listener.accept().unwrap().0;
    stream.read_exact(&mut [0]).unwrap();
    let pid = waiting.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", err(&output));
}

#[test]
fn errors_have_a_form_for_programs() {
    let output = Home::new().run(&["auth", "select", "x", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(json["error"]["exit_code"], 7);
    assert!(
        json["error"]["next"]
            .as_str()
            .unwrap()
            .contains("keyway auth create")
    );
}

#[test]
fn the_profile_of_the_process_counts() {
    let home = Home::new().with_profile();
    std::fs::write(home.0.path().join(".keyway.toml"), "profile = \"project\"").unwrap();
    let asks_for = |output: Output| err(&output).lines().next().unwrap_or_default().to_owned();
    assert!(asks_for(home.run(&["auth", "who", "--offline"])).contains("`project`"));
    let by_variable = home
        .command(&["auth", "who", "--offline"])
        .env("KEYWAY_PROFILE", "variable")
        .output()
        .unwrap();
    assert!(asks_for(by_variable).contains("`variable`"));
    let by_flag = home
        .command(&["auth", "who", "--offline", "--profile", "flag"])
        .env("KEYWAY_PROFILE", "variable")
        .output();
    assert!(asks_for(by_flag.unwrap()).contains("`flag`"));
    std::fs::remove_file(home.0.path().join(".keyway.toml")).unwrap();
    let selected = home.run(&["auth", "who", "--offline"]);
    assert!(
        out(&selected).contains("Last proved at 2024-05-01T10:20:30Z"),
        "{}",
        out(&selected)
    );
}

#[test]
fn profiles_are_managed() {
    let home = Home::new().with_profile();
    assert!(out(&home.run(&["auth", "list"])).contains("*  contoso"));
    assert_eq!(code(&home.run(&["auth", "name", "contoso", "production"])), 0);
    let listed: serde_json::Value =
        serde_json::from_slice(&home.run(&["auth", "list", "--output", "json"]).stdout).unwrap();
    assert_eq!(
        (&listed[0]["profile"], &listed[0]["selected"]),
        (&"production".into(), &true.into())
    );
    assert_eq!(
        code(&home.run(&["auth", "clear"])),
        2,
        "nobody is there to say yes"
    );
    assert_eq!(code(&home.run(&["auth", "delete", "production"])), 0);
    assert!(out(&home.run(&["auth", "list"])).contains("no profiles"));
    assert_eq!(code(&home.run(&["auth", "clear"])), 0, "nothing to ask about");
}

#[test]
fn a_token_is_taken_apart_from_standard_input() {
    let home = Home::new();
    let mut child = home
        .command(&["token", "inspect"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // {"alg":"RS256"}.{"aud":"https://graph.microsoft.com","scp":"User.Read","exp":1}
    let token = b"eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20iLCJzY3AiOiJVc2VyLlJlYWQiLCJleHAiOjF9.c2lnbmF0dXJl\n";
    child.stdin.take().unwrap().write_all(token).unwrap();
    let text = out(&child.wait_with_output().unwrap());
    assert!(text.starts_with("user token\n"), "{text}");
    assert!(
        text.contains("wrong: It expired at 1970-01-01T00:00:01Z"),
        "{text}"
    );
    assert!(text.contains("wrong: It is for Microsoft Graph"), "{text}");
    assert!(!text.contains("c2ln"), "the signature is not shown");
}
