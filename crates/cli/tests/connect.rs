//! Connecting, against the stand-in: what a person sees when all is well, and when it is not.

#![cfg(test)]
#![cfg(unix)]

#[path = "support/demo.rs"]
mod demo;
mod support;

use std::{
    io::Write,
    process::{Child, Output, Stdio},
};

use demo::Demo;
use serde_json::Value;
use support::{err, out};

impl Demo {
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self
            .command(arguments)
            .env("KEYWAY_OUTPUT", "json")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// `auth create` as an application.
    fn create(&self, app: &str, more: &[&str], secret: Option<&str>) -> Output {
        let (id, own) = self.app(app);
        let url = self.url("contoso.crm4.dynamics.com");
        let mut command = self.command(&["auth", "create", "--environment", &url, "--client-id", &id]);
        command
            .args(more)
            .env("KEYWAY_CLIENT_SECRET", secret.unwrap_or(&own))
            .output()
            .unwrap()
    }

    /// `auth create` as a person with a password.
    fn person(&self, upn: &str, environment: &str, name: &str) -> Output {
        let (id, _) = self.app("Contoso Desktop");
        let arguments = [
            "auth",
            "create",
            "--environment",
            environment,
            "--client-id",
            &id,
            "--username",
            upn,
            "--name",
            name,
        ];
        self.command(&arguments)
            .env("KEYWAY_PASSWORD", "Keyway!Demo1")
            .output()
            .unwrap()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn an_application_connects_and_lends_its_token() {
    let demo = Demo::start();
    let created = demo.create("Contoso Connector", &["--verbose"], None);
    assert_eq!(code(&created), 0, "{}", err(&created));
    assert!(
        out(&created).starts_with("Connected to Contoso Europe: WhoAmI answered at "),
        "{}",
        out(&created)
    );
    assert!(err(&created).contains("ok   POST "), "{}", err(&created));
    let who = demo.json(&["org", "who"]);
    assert_eq!(who["roles"][0]["name"], "System Administrator");
    let token = demo.json(&["token"]);
    assert_eq!(token["profile"], "contoso");
    let bare = out(&demo.run(&["token", "--bare"]));
    assert_eq!(bare.trim_end(), token["access_token"].as_str().unwrap());
    assert_eq!(
        out(&demo.run(&["token", "--header"])),
        format!("Authorization: Bearer {bare}")
    );

    let mut child = demo
        .command(&["token", "inspect"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bare.as_bytes()).unwrap();
    let text = out(&child.wait_with_output().unwrap());
    assert!(
        text.starts_with("application token, version 1.0\n") && !text.contains("wrong:"),
        "{text}"
    );

    let (_, secret) = demo.app("Contoso Connector");
    assert!(![err(&created), out(&created)].concat().contains(&secret));
    for entry in std::fs::read_dir(demo.0.home().join("config/secrets")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(
            !text.contains(&secret) && !text.contains("eyJ"),
            "a secret lies in the open"
        );
    }
}

#[test]
fn who_is_not_accepted_is_4_and_what_is_not_allowed_is_5() {
    let demo = Demo::start();
    let output = demo.create("Contoso Connector", &[], Some("wrong"));
    assert_eq!(code(&output), 4);
    for part in [
        "AADSTS7000215 (invalid_client): Invalid client secret",
        "correlation id: ",
        "time: ",
        "next: ",
    ] {
        assert!(err(&output).contains(part), "{part}: {}", err(&output));
    }
    let output = demo.create("Contoso Connector without a user", &[], None);
    assert_eq!(code(&output), 5);
    assert!(
        err(&output).contains("0x80072560: The user is not a member"),
        "{}",
        err(&output)
    );
    assert_eq!(
        code(&demo.person("dora@contoso.com", &demo.url("contoso.crm4.dynamics.com"), "d")),
        4
    );
    assert_eq!(
        code(&demo.person("ben@contoso.com", &demo.url("contoso.crm4.dynamics.com"), "b")),
        5
    );
    assert_eq!(
        demo.json(&["auth", "list"]),
        Value::Array(Vec::new()),
        "only what was proved is kept"
    );
}

#[test]
fn a_person_connects_by_name_and_moves_on() {
    let demo = Demo::start();
    let created = demo.person("anna@contoso.com", "contoso europe", "anna");
    assert_eq!(code(&created), 0, "{}", err(&created));
    let ambiguous = demo.person("anna@contoso.com", "onto", "x");
    assert_eq!(code(&ambiguous), 7);
    assert!(
        err(&ambiguous).contains("fits 3 organizations"),
        "{}",
        err(&ambiguous)
    );
    let listed = demo.json(&["org", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(demo.json(&["org", "list", "--filter", "united"])[0]["State"], 1);
    let closed = demo.run(&["org", "select", "united kingdom"]);
    assert_eq!(code(&closed), 5, "{}", err(&closed));
    let id = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["UniqueName"] == "contoso")
        .unwrap()["EnvironmentId"]
        .clone();
    assert_eq!(code(&demo.run(&["org", "select", id.as_str().unwrap()])), 0);
}

#[test]
fn many_processes_share_one_renewal() {
    let demo = Demo::start();
    assert_eq!(code(&demo.create("Contoso Connector", &[], None)), 0);
    // A resource nobody has a token for yet, so that all of them need one at once.
    let resource = format!("{}/", demo.url("globaldisco.crm.dynamics.com"));
    let start = || {
        demo.command(&["token", "--bare", "--resource", &resource])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..5).map(|_| start()).collect();
    let tokens: Vec<String> = children
        .into_iter()
        .map(|child| out(&child.wait_with_output().unwrap()))
        .collect();
    assert!(tokens[0].starts_with("eyJ"), "{tokens:?}");
    assert!(tokens.iter().all(|token| *token == tokens[0]));
}

#[test]
fn a_token_the_organization_no_longer_takes_is_replaced_silently() {
    let demo = Demo::start();
    assert_eq!(code(&demo.create("Contoso Connector", &[], None)), 0);
    let before = out(&demo.run(&["token", "--bare"]));
    let advanced = demo.run(&["clock", "advance", "2h"]);
    assert_eq!(code(&advanced), 0, "{}", err(&advanced));
    let who = demo.run(&["auth", "who"]);
    assert_eq!((code(&who), err(&who).as_str()), (0, ""));
    assert_ne!(out(&demo.run(&["token", "--bare"])), before);
}
