//! The proof of every cause that can be played: what is healthy is healthy; one thing is broken and the doctor
//! names it first; it is mended and healthy again.
//!
//! The list is the catalog's: a cause with a `[play]` table is proved here and nowhere else. They play at once
//! against one process, each in a tenant of its own. KEYWAY_PLAY=part-of-a-name plays a few.

#![cfg(test)]
#![cfg(unix)]

mod network;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use std::{
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::Method;
use serde_json::{Value, json};
use stage::{Diagnosis, Stage};
use support::err;

/// Fewer proved causes than that are a step back; those with a network of their own come on top.
const LEAST: Proved = Proved {
    fully: 71,
    to_the_question: 3,
    told_wrongly: 4,
};

/// How far causes are proved.
#[derive(Clone, Copy, Debug, Default)]
struct Proved {
    /// One thing was broken, the cause itself was named first, and mended it was healthy.
    fully: usize,
    /// The same, but another cause was named, which no client can tell from it.
    to_the_question: usize,
    /// The client was told something wrong, and the cause itself was named first; nothing was broken or mended.
    told_wrongly: usize,
}

/// Scenes at once; they wait for processes most of the time.
const AT_ONCE: usize = 4;

#[test]
fn every_cause_that_can_be_played_is_proved() {
    testkit::rows!("003-23", "003-31", "004-19");
    let stage = Stage::start();
    let list = stage.operator(&["break", "--list"]).unwrap();
    let wanted = std::env::var("KEYWAY_PLAY").unwrap_or_default();
    let mut scenes: Vec<&Value> = list["played"].as_array().unwrap().iter().collect();
    scenes.retain(|scene| scene["cause"].as_str().unwrap().contains(&wanted));
    // Those are proved in a network of their own.
    scenes.retain(|scene| scene["play"]["network"].is_null());
    // Microsoft accounts belong to no tenant of one's own: whoever changes them plays after the others, and alone.
    let (alone, together): (Vec<&Value>, _) = scenes
        .iter()
        .partition(|scene| scene["play"]["from"] == "microsoft-account");
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let proved = Mutex::new(Proved::default());
    let play = |scene: &Value| {
        let id = scene["cause"].as_str().unwrap();
        match prove(&stage, id, &scene["play"]) {
            Ok(named) => proved.lock().unwrap().count(&scene["play"], named),
            Err(why) => failures.lock().unwrap().push(format!("{id}: {why}")),
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scene) = together.get(next.fetch_add(1, Ordering::Relaxed)) {
                    play(scene);
                }
            });
        }
    });
    alone.into_iter().for_each(play);
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let proved = proved.into_inner().unwrap();
    report(&list, proved);
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        scenes.len(),
        failures.join("\n\n")
    );
    let steps_back = proved.fully < LEAST.fully
        || proved.to_the_question < LEAST.to_the_question
        || proved.told_wrongly < LEAST.told_wrongly;
    assert!(!wanted.is_empty() || !steps_back, "{proved:?}, before {LEAST:?}");
}

impl Proved {
    fn count(&mut self, play: &Value, named: Named) {
        let given = play["give"].as_object().is_some_and(|give| !give.is_empty());
        *match (named, given) {
            (Named::Other, _) => &mut self.to_the_question,
            (Named::Itself, true) => &mut self.told_wrongly,
            (Named::Itself, false) => &mut self.fully,
        } += 1;
    }
}

/// Which cause the doctor named first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// The one that was played.
    Itself,
    /// The one that cannot be told apart from it.
    Other,
}

#[test]
fn a_tenant_of_another_cloud_is_named_and_the_sign_in_hosts_are_asked_for() {
    let stage = Stage::start();
    let tenant = stage.tenant();
    let plan = [
        "break",
        "user-no-security-role",
        "--dry-run",
        "--tenant",
        &tenant.domain,
    ];
    let plan = stage.operator(&plan).unwrap();
    // By its name, so that the sign-in service is the one that was named and not the organization's word.
    let mut asked = plan["healthy"].clone();
    let (name, host) = tenant.organization();
    let login = asked["run"][1]
        .as_str()
        .unwrap()
        .replace(&host, "login.microsoftonline.com");
    asked["run"][1] = json!(name);
    let line = asked["run"].as_array_mut().unwrap();
    line.extend([json!("--authority"), json!(login)]);
    let doctor = || stage.doctor(&asked, &tenant, stage.home());
    let healthy = doctor();
    is_healthy("before", &healthy).unwrap();
    let known = "they know login.microsoftonline.com";
    assert!(
        healthy.steps.iter().any(|step| step.contains(known)),
        "{:#?}",
        healthy.steps
    );
    let path = format!("/tenants/{}/amendments", tenant.domain);
    stage.control(Method::POST, &path, &json!({ "amendment": "cloud-moved" }));
    let moved = doctor();
    assert_eq!(
        moved.causes.first().map(String::as_str),
        Some("wrong-cloud-endpoint"),
        "{}",
        moved.seen
    );
    assert!(moved.seen.contains("90038"), "{}", moved.seen);
    stage.control(Method::DELETE, &format!("{path}/cloud-moved"), &Value::Null);
    is_healthy("after", &doctor()).unwrap();
}

#[test]
fn a_dry_run_opens_no_link_and_a_mend_without_a_cause_closes_what_fails() {
    let stage = Stage::start();
    let links = || {
        let known = stage.control(Method::GET, "/links", &Value::Null);
        known["links"].as_array().unwrap().len()
    };
    let plan = stage
        .operator(&["break", "certificate-not-in-validity-period", "--dry-run"])
        .unwrap();
    assert!(
        plan["healthy"]["run"][1].as_str().unwrap().contains(":PORT"),
        "{plan}"
    );
    assert_eq!(links(), 0);
    let working = stage.link(&json!({ "from": "through-link", "link": "any" }));
    stage
        .operator(&["break", "certificate-not-in-validity-period"])
        .unwrap();
    assert_eq!(links(), 2);
    let mend = || stage.operator(&["mend"]).unwrap()["mended"].clone();
    assert_eq!(mend(), json!(["certificate-expired"]));
    // Of Microsoft accounts, which have a tenant of their own.
    stage.operator(&["break", "account-email-unverified"]).unwrap();
    assert_eq!(mend(), json!(["email-unverified"]));
    assert_eq!((links(), working.is_some()), (1, true));
    assert_eq!(mend(), json!([]));
}

/// How many are proved, and why the others are not played.
fn report(list: &Value, proved: Proved) {
    let not = list["not_played"].as_array().unwrap();
    let never = not.iter().filter(|cause| cause["never"] == true).count();
    let mut text = format!(
        "{} causes proved by break and mend, {} up to the question that decides, {} by a client that is told something \
         wrong; {} read-only: {} not yet, {never} never\n",
        proved.fully,
        proved.to_the_question,
        proved.told_wrongly,
        not.len(),
        not.len() - never
    );
    for cause in not {
        let of = |member: &str| cause[member].as_str().unwrap();
        text.push_str(&format!("  {}: {}\n", of("cause"), of("because")));
    }
    say(&text);
}

/// Past the capture of tests that go well: the counts belong into every run's log.
fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

fn prove(stage: &Stage, id: &str, play: &Value) -> Result<Named, String> {
    let tenant = stage.tenant();
    let own = stage.home().join(id);
    std::fs::create_dir_all(&own).unwrap();
    let of_tenant = ["--tenant", &tenant.domain];
    let operator = |verb: &str, more: &[&str]| {
        let arguments: Vec<&str> = [verb, id].iter().chain(&of_tenant).chain(more).copied().collect();
        stage.operator(&arguments)
    };
    let link = stage.link(play);
    let on_link: Vec<&str> = link.iter().flat_map(|port| ["--link", port]).collect();
    let plan = operator("break", &[&["--dry-run"], &on_link[..]].concat())?;
    if plan["healthy"]["first"].is_array() {
        // Looked at when the access token is over, so that the grant must be renewed.
        let path = format!("/tenants/{}/settings", tenant.domain);
        stage.control(Method::PATCH, &path, &json!({ "access_token_seconds": 60 }));
        let first = stage.client(&plan["healthy"]["first"], &plan["healthy"], &tenant, &own);
        if !first.status.success() {
            return Err(format!("nothing to keep: {}", err(&first)));
        }
    }
    let doctor = |asked: &Value| stage.doctor(asked, &tenant, &own);
    let healthy = || doctor(&plan["healthy"]);
    is_healthy("before", &healthy())?;
    let changed = operator("break", &on_link)?;
    let seen = doctor(&plan["broken"]);
    let named = judged(id, play, &changed["changed"], &seen)?;
    if play["give"].as_object().is_none_or(serde_json::Map::is_empty) {
        operator("mend", &on_link)?;
    }
    is_healthy("after", &healthy())?;
    Ok(named)
}

fn is_healthy(when: &str, diagnosis: &Diagnosis) -> Result<(), String> {
    if diagnosis.verdict == "healthy" {
        return Ok(());
    }
    Err(format!(
        "{when}: {} {:?}\n{}",
        diagnosis.verdict, diagnosis.causes, diagnosis.seen
    ))
}

/// Whether the doctor named the cause first, or the one that cannot be told apart from it.
fn judged(id: &str, play: &Value, changed: &Value, seen: &Diagnosis) -> Result<Named, String> {
    let first = seen.causes.first().map(String::as_str);
    if seen.verdict == "cause-found" && first == Some(id) {
        return match play["or"].as_str() {
            None => Ok(Named::Itself),
            Some(other) => Err(format!(
                "the doctor tells it from `{other}`: take `or` out of `[play]`"
            )),
        };
    }
    if seen.verdict == "cause-found" && first.is_some() && first == play["or"].as_str() {
        return Ok(Named::Other);
    }
    Err(format!(
        "broken by {changed}\n{}: {:?}\n{}",
        seen.verdict, seen.causes, seen.seen
    ))
}
