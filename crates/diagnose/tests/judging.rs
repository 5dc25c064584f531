//! What facts rule out, and how often it is told.

#![cfg(test)]

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use catalog::Catalog;
use diagnose::{Diagnosis, Explainer, Verdict};
use evidence::{Facts, Kind, Place};
use types::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

fn of(facts: &[(Kind, &str)]) -> Diagnosis {
    let mut seen = Facts::default();
    for (step, (kind, value)) in facts.iter().enumerate() {
        seen.see(*kind, value, Place::Step(step), "");
    }
    Diagnosis::of(Catalog::embedded(), &seen)
}

fn explain(text: &str) -> Diagnosis {
    let explainer = Explainer::new(Catalog::embedded());
    explainer.explain(text.as_bytes(), NOW).unwrap()
}

fn ids(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.causes.iter().map(|cause| cause.id.as_str()).collect()
}

#[test]
fn an_organization_that_refuses_a_disabled_user_is_not_deleted() {
    let gone = (Kind::State, "organization-gone");
    assert_eq!(ids(&of(&[gone])), ["environment-deleted"]);
    let refused = of(&[gone, (Kind::Code, "0x80040225")]);
    assert_eq!(refused.causes[0].id, "user-disabled-in-organization");
    assert!(
        !ids(&refused).contains(&"environment-deleted"),
        "{:?}",
        refused.causes
    );
}

#[test]
fn a_token_that_is_over_or_another_tenants_is_what_is_told() {
    let token = |claims: &str| {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!(
            "Authorization: Bearer {}.{}.sig",
            part(r#"{"alg":"RS256"}"#),
            part(claims)
        )
    };
    let aud = r#""aud":"https://contoso.crm4.dynamics.com","scp":"user_impersonation""#;
    let over = token(&format!(r#"{{{aud},"exp":1000}}"#));
    let alone = explain(&over);
    assert_eq!(ids(&alone), ["oauth-offline-access-missing"]);
    assert_eq!(alone.verdict, Verdict::Unknown);
    let refused = explain(&format!(
        "{over}\nHTTP/1.1 401 Unauthorized\nThe token is expired."
    ));
    assert_eq!(refused.verdict, Verdict::CauseFound);
    assert_eq!(refused.causes[0].id, "oauth-offline-access-missing");
    assert!(
        explain(&token(&format!(r#"{{{aud},"exp":9000000000}}"#)))
            .causes
            .is_empty()
    );
    assert_eq!(ids(&of(&[(Kind::Token, "tenant-other")])), ["tenant-id-wrong"]);
    let audience = [(Kind::Token, "audience-other"), (Kind::Status, "401")];
    assert_eq!(of(&audience).causes[0].id, "resource-url-wrong");
}

#[test]
fn a_cause_is_ruled_out_once() {
    let diagnosis = of(&[
        (Kind::Aadsts, "50126"),
        (Kind::Code, "0x8004888c"),
        (Kind::Code, "0x800478ac"),
    ]);
    let mut out: Vec<&str> = diagnosis.ruled_out.iter().map(|out| out.id.as_str()).collect();
    let told = out.len();
    out.sort_unstable();
    out.dedup();
    assert!(out.contains(&"account-not-in-tenant"), "{out:?}");
    assert_eq!(told, out.len(), "{:?}", diagnosis.ruled_out);
}

#[test]
fn the_readers_that_spoke_are_told_in_a_quiet_last_line() {
    let diagnosis = explain("AADSTS50126: Error validating credentials due to invalid username or password.");
    let report = diagnose::report::text(diagnose::report::Report {
        subject: "text",
        diagnosis: &diagnosis,
    });
    let last = report.lines().last().unwrap();
    assert!(last.starts_with("read as  number"), "{report}");
}

#[test]
fn of_certain_causes_the_innermost_and_the_first_come_first() {
    let first = |text: &str| explain(text).causes[0].id.clone();
    let (a, b) = (
        "AADSTS50053: The account is locked.",
        "AADSTS50126: Error validating credentials due to invalid username or password.",
    );
    let (locked, wrong) = ("account-locked", "credentials-invalid");
    let nested = |outer: &str, inner: &str| {
        format!("System.AggregateException: {outer} ---> MsalServiceException: {inner}")
    };
    assert_eq!(first(&nested(a, b)), wrong);
    assert_eq!(first(&nested(b, a)), locked);
    let log = |lines: [(&str, &str); 2]| {
        let line = |(time, text): &(&str, &str)| format!("2026-11-22 {time} {text}");
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(first(&log([("10:00:00", a), ("10:00:05", b)])), locked);
    assert_eq!(first(&log([("10:00:00", b), ("10:00:05", a)])), wrong);
    assert_eq!(
        first(&log([("10:00:05", a), ("10:00:00", b)])),
        wrong,
        "the newest is told first"
    );
    // In a long log each stands in a place of its own.
    let idle = "2026-11-22 10:00:03 the job waits for its turn\n".repeat(1500);
    let long = |early: &str, late: &str| {
        let text = log([("10:00:00", early), ("10:00:05", late)]);
        text.replacen('\n', &format!("\n{idle}"), 1)
    };
    assert_eq!(first(&long(a, b)), locked);
    assert_eq!(first(&long(b, a)), wrong);
}

#[test]
fn a_reference_that_nobody_can_open_is_told_by_its_title() {
    let diagnosis = explain("AADSTS50053: The account is locked.");
    let json = serde_json::to_value(&diagnosis).unwrap();
    let references = json["causes"][0]["references"].as_array().unwrap();
    let urls = references
        .iter()
        .filter_map(|reference| reference["url"].as_str());
    let urls: Vec<&str> = urls.collect();
    assert!(
        !urls.is_empty() && urls.len() < references.len(),
        "{references:?}"
    );
    assert!(urls.iter().all(|url| url.starts_with("https://")), "{urls:?}");
    assert!(references.iter().all(|reference| reference["title"].is_string()));
}

#[test]
fn what_curl_says_of_a_connection_that_did_not_come_about() {
    let told = |host: &str, said: &str| {
        explain(&format!(
            "curl: (7) Failed to connect to {host} port 443 after 2 ms: {said} to server"
        ))
    };
    for said in ["Couldn't connect", "Could not connect"] {
        let organization = told("contoso.crm4.dynamics.com", said);
        assert_eq!(organization.verdict, Verdict::CauseFound, "{said}");
        assert_eq!(organization.causes[0].id, "connection-timed-out");
        let any = told("www.example.com", said);
        assert_eq!(any.verdict, Verdict::Unknown, "{:?}", any.causes);
    }
}
