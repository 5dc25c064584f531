//! The doctor, against the stand-in: what is healthy is healthy, what is broken is named, and nothing leaks.

#![cfg(test)]
#![cfg(unix)]

#[path = "support/demo.rs"]
mod demo;
mod support;

use std::{io::Read, path::Path, process::Output};

use demo::Demo;
use serde_json::Value;
use support::{err, out};

impl Demo {
    /// `doctor` of `target` as a person with a password.
    fn person(&self, target: &str, upn: &str, password: &str, more: &[&str]) -> Output {
        let (id, _) = self.app("Contoso Desktop");
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

const PASSWORD: &str = "Keyway!Demo1";
const ANNA: &str = "anna@contoso.com";

fn told(output: &Output) -> (String, String) {
    let json: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", err(output)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&json["verdict"]), text(&json["causes"][0]["id"]))
}

/// Everything in a bundle.
fn unpacked(bundle: &Path) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(bundle).unwrap()).unwrap();
    let mut text = String::new();
    for at in 0..archive.len() {
        archive.by_index(at).unwrap().read_to_string(&mut text).unwrap();
    }
    text
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn what_is_healthy_is_healthy_and_what_is_broken_is_named() {
    let demo = Demo::start();
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
fn an_administrator_is_told_of_open_incidents_before_anything_else_in_the_organization() {
    testkit::rows!("003-03");
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let steps = |upn: &str| {
        let output = demo.person(&contoso, upn, PASSWORD, &["--output", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |step: &Value| {
            format!(
                "{}: {}",
                step["what"].as_str().unwrap(),
                step["detail"].as_str().unwrap()
            )
        };
        let steps: Vec<String> = json["steps"].as_array().unwrap().iter().map(text).collect();
        let at = steps
            .iter()
            .position(|step| step.starts_with("read the service health"));
        let at = at.unwrap_or_else(|| panic!("{steps:#?}"));
        let who = steps
            .iter()
            .position(|step| step.contains("WhoAmI") && step.contains("200"));
        assert!(who.is_none_or(|who| at < who), "{steps:#?}");
        steps[at].clone()
    };
    let told = steps("admin@contoso.onmicrosoft.com");
    assert!(
        told.contains("open: Microsoft 365 suite: Some users see an old picture"),
        "{told}"
    );
    let told = steps(ANNA);
    assert!(told.contains("it is for administrators"), "{told}");
}

#[test]
fn an_open_incident_is_said_before_what_was_found_and_only_where_something_is_wrong() {
    testkit::rows!("003-03");
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let admin = |format: &str| {
        let output = demo.person(
            &contoso,
            "admin@contoso.onmicrosoft.com",
            PASSWORD,
            &["--output", format],
        );
        out(&output)
    };
    let incident =
        "Microsoft reports an incident as open: Microsoft 365 suite: Some users see an old picture";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!squeezed(&admin("text")).contains(incident));
    let broken = demo
        .command(&["break", "organization-disabled"])
        .output()
        .unwrap();
    assert!(broken.status.success(), "{}", err(&broken));
    for format in ["text", "markdown"] {
        let text = squeezed(&admin(format));
        let at = text.find(incident).unwrap_or_else(|| panic!("{text}"));
        let cause = text
            .find("[organization-disabled]")
            .or(text.find("`organization-disabled`"));
        assert!(cause.is_some_and(|cause| at < cause), "{text}");
        assert!(text.contains("waiting is the fix"));
    }
    assert!(squeezed(&admin("junit")).contains(incident));
    let sarif: Value = serde_json::from_str(&admin("sarif")).unwrap();
    let notes = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let note = notes[0]["message"]["text"].as_str().unwrap();
    assert!(note.starts_with(incident), "{sarif}");
    let json: Value = serde_json::from_str(&admin("json")).unwrap();
    assert!(
        json["incidents"][0].as_str().unwrap().contains("old picture"),
        "{json}"
    );
}

#[test]
fn a_microsoft_account_that_nobody_verified_is_named() {
    testkit::rows!("000-20", "000-21");
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let unverified = ("cause-found".to_owned(), "account-email-unverified".to_owned());
    assert_eq!(demo.verdict(&contoso, "ulla@wingtip.example"), unverified);
    assert_eq!(demo.verdict(&contoso, "vera@wingtip.example").0, "healthy");
    let wrong = demo.person(&contoso, "vera@wingtip.example", "wrong", &["--output", "json"]);
    assert_eq!(told(&wrong).1, "credentials-invalid");
}

#[test]
fn a_guest_signs_in_with_the_address_that_was_invited() {
    testkit::rows!("003-25");
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let told = |upn: &str, invited: &[&str]| {
        let more: Vec<&str> = ["--output", "json"].iter().chain(invited).copied().collect();
        let output = demo.person(&contoso, upn, PASSWORD, &more);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut steps = json["steps"].as_array().unwrap().iter();
        let step = steps.find(|step| step["what"] == "compare the address with the invitation");
        let step = step.map_or(Value::Null, |step| step["detail"].clone());
        (told(&output), step.as_str().unwrap_or_default().to_owned())
    };
    let (verdict, step) = told("sven@hotmail.com", &["--invited", "rosa@outlook.com"]);
    assert_eq!(verdict.1, "account-not-in-tenant");
    assert!(
        step.starts_with("rosa@outlook.com was invited, and sven@hotmail.com is used: sign in"),
        "{step}"
    );
    // Where it is not the address, it is the account's kind.
    let (verdict, step) = told("sven@hotmail.com", &["--invited", "Sven@hotmail.com"]);
    assert_eq!(verdict.1, "account-type-personal-not-supported");
    assert!(step.contains("was invited, and is used"), "{step}");
    let (_, step) = told("sven@hotmail.com", &[]);
    assert!(step.contains("give it with --invited"), "{step}");
    let (verdict, step) = told("vera@wingtip.example", &[]);
    assert_eq!(verdict.0, "healthy");
    assert_eq!(
        step,
        "vera@wingtip.example was invited, and vera@wingtip.example is used"
    );
    assert_eq!(told(ANNA, &[]).1, "", "nobody invited her");
}

#[test]
fn a_mail_servers_user_is_written_as_an_address_or_nothing_is_asked() {
    testkit::rows!("002-08");
    let demo = Demo::start();
    let look = |user: &str| {
        let output = demo.person("smtp://mail.localhost:1", user, PASSWORD, &["--output", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let asked = json["steps"].to_string().contains("resolve mail.localhost");
        (told(&output).1, asked, json.to_string())
    };
    let (cause, asked, text) = look("contoso\\username");
    assert_eq!((cause.as_str(), asked), ("email-username-not-upn", false));
    assert!(
        text.contains("username@contoso.com"),
        "the right form is named: {text}"
    );
    let (cause, asked, _) = look("username@contoso.com");
    assert_ne!(cause, "email-username-not-upn");
    assert!(asked, "a name of the right form goes on");
}

#[test]
fn a_realm_is_asked_for_once_and_a_refusal_is_not_called_good() {
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let json = |password: &str| -> Value {
        let output = demo.person(&contoso, ANNA, password, &["--output", "json"]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    for (password, token) in [
        (PASSWORD, ("ok", "200 OK")),
        ("wrong", ("answered", "400 Bad Request")),
    ] {
        let said = json(password);
        let steps = said["steps"].as_array().unwrap();
        let of = |part: &str| -> Vec<(&str, &str)> {
            let text = |step: &'_ Value, member: &str| step[member].as_str().unwrap().contains(part);
            let found = steps.iter().filter(|step| text(step, "what"));
            found
                .map(|step| (step["result"].as_str().unwrap(), step["detail"].as_str().unwrap()))
                .collect()
        };
        assert_eq!(of("/userrealm/"), [("ok", "200 OK")], "{password}");
        assert_eq!(of("/oauth2/v2.0/token").first(), Some(&token), "{password}");
    }
    let text = demo.person(&contoso, ANNA, "wrong", &[]);
    let text = out(&text);
    assert!(
        text.lines()
            .any(|line| line.starts_with("said") && line.contains("400 Bad Request")),
        "{text}"
    );
}

#[test]
fn a_password_is_sent_once_and_ends_nowhere() {
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let bundle = demo.0.home().join("evidence.zip");
    let canary = "canary-Xk93-word";
    let kept = bundle.to_str().unwrap();
    let first = demo.person(&contoso, ANNA, canary, &["--output", "json", "--bundle", kept]);
    assert_eq!(code(&first), 10);
    assert_eq!(told(&first).1, "credentials-invalid");
    let talk = err(&first);
    assert!(talk.contains("sent once at most"), "{talk}");
    let journal = demo.command(&["journal", "--output", "json"]).output().unwrap();
    let journal = out(&journal);
    assert_eq!(journal.matches("/oauth2/v2.0/token").count(), 1, "{journal}");

    let replayed = demo
        .command(&["explain", kept, "--output", "json"])
        .output()
        .unwrap();
    assert_eq!((told(&replayed), code(&replayed)), (told(&first), 10));
    let text = unpacked(&bundle);
    assert!(!text.contains(canary) && !text.contains("eyJ"), "{text}");
    assert!(!out(&first).contains(canary));
}

#[test]
fn every_form_of_the_report_and_every_end() {
    let demo = Demo::start();
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
    let text = out(&nobody);
    assert!(
        code(&nobody) == 7 && text.contains("With which account"),
        "{text}"
    );
    let clear = demo
        .command(&["doctor", "http://crm.contoso.com/contoso"])
        .output()
        .unwrap();
    assert_eq!(code(&clear), 11, "{}", out(&clear));
}

#[test]
fn a_profile_is_examined_by_its_kept_sign_in() {
    let demo = Demo::start();
    let id = demo.app("Contoso Desktop").0;
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
    assert!(made.status.success(), "{}", err(&made));
    for arguments in [
        &["doctor", "anna", "--output", "json"][..],
        &["doctor", "--output", "json"],
    ] {
        let output = demo.command(arguments).output().unwrap();
        assert_eq!((told(&output).0.as_str(), code(&output)), ("healthy", 0));
    }
}

#[test]
fn a_page_is_opened_as_a_browser_does_and_its_cookies_are_seen_nowhere() {
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    let bundle = demo.0.home().join("page.zip");
    let page = |arguments: &[&str]| {
        demo.command(&["doctor", &contoso, "--page", "--output", "json"])
            .args(arguments)
            .args(["--bundle", bundle.to_str().unwrap()])
            .env("KEYWAY_PASSWORD", PASSWORD)
            .output()
            .unwrap()
    };
    let first = page(&["--username", ANNA, "--keep-cookies", "cookies.txt"]);
    assert_eq!(told(&first).0, "healthy", "{}", out(&first));
    let file = std::fs::read_to_string(demo.0.home().join("cookies.txt")).unwrap();
    let values: Vec<&str> = file.lines().filter_map(|line| line.split('\t').nth(6)).collect();
    assert!(values.len() > 2, "{file}");
    let again = page(&["--cookies", "cookies.txt"]);
    assert_eq!(told(&again).0, "healthy", "{}", out(&again));
    assert!(!out(&again).contains("sign-in form"), "{}", out(&again));
    for output in [&first, &again] {
        let text = out(output) + &err(output) + &unpacked(&bundle);
        assert!(!text.contains(PASSWORD));
        assert!(values.iter().all(|value| !text.contains(value)), "{text}");
    }
    let person = page(&["--username", "ben@contoso.com"]);
    assert_eq!(told(&person).1, "user-no-security-role");
    let factor = page(&["--username", "jon@contoso.com"]);
    assert_eq!(told(&factor).0, "not-measurable");
    assert!(
        out(&factor).contains("goes on with \\\"Enter code\\\""),
        "{}",
        out(&factor)
    );
    let nobody = page(&[]);
    assert!(out(&nobody).contains("With which account"), "{}", out(&nobody));
}

#[test]
fn what_is_no_page_or_no_file_of_cookies_is_refused_before_anything_is_sent() {
    let demo = Demo::start();
    let contoso = demo.url("contoso.crm4.dynamics.com");
    std::fs::write(demo.0.home().join("no.txt"), "session canary-value").unwrap();
    for (arguments, said) in [
        (&["doctor", "contoso", "--page"][..], "`contoso` is a name"),
        (
            &["doctor", &contoso, "--cookies", "no.txt"],
            "line 1 has no seven fields",
        ),
        (
            &["doctor", &contoso, "--cookies", "missing.txt"],
            "cannot be read",
        ),
        (
            &["doctor", &contoso, "--page", "--device-code"],
            "takes a user name and a password",
        ),
    ] {
        let output = demo.command(arguments).output().unwrap();
        let text = err(&output);
        assert!(code(&output) == 2 && text.contains(said), "{arguments:?}: {text}");
        assert!(!text.contains("canary"));
    }
}

#[test]
#[cfg(unix)]
fn what_break_suggests_is_pasted_and_finds_the_cause_and_then_mends_it() {
    let demo = Demo::start();
    // The shell stands where `keyway` stood, with the same variables.
    let paste = |line: &str| {
        let program = demo.command(&[]);
        let folder = Path::new(program.get_program()).parent().unwrap();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let mut shell = std::process::Command::new("sh");
        shell.env_clear().current_dir(demo.0.home());
        for (name, value) in program.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        shell.env("PATH", path).args(["-c", line]).output().unwrap()
    };
    for cause in [
        "account-locked",
        "client-secret-expired",
        "client-assertion-invalid",
    ] {
        let broken = demo.command(&["break", cause]).output().unwrap();
        let said = out(&broken);
        let suggested = |what: &str| {
            let mut lines = said.lines().map(str::trim).filter(|line| line.contains(what));
            lines.next().unwrap_or_else(|| panic!("{said}{}", err(&broken)))
        };
        let doctor = format!("{} --output json", suggested("keyway doctor"));
        let found = ("cause-found".to_owned(), cause.to_owned());
        assert_eq!(told(&paste(&doctor)), found, "{doctor}");
        let mended = paste(suggested("keyway mend"));
        assert!(mended.status.success(), "{}", err(&mended));
        assert_eq!(told(&paste(&doctor)).0, "healthy", "{doctor}");
    }
}
