//! What the token says, against what it is for.

use std::time::Duration;

use client::{Finding, inspect};
use evidence::{Findings, Kind, Seen};
use types::Secret;

use crate::{Probe, World};

pub(crate) const PROBE: Probe = Probe {
    name: "claims",
    about: "the token's audience, tenant, time and rights against the target",
    needs: "a token",
};

/// Reads the token as the resource will.
pub(crate) fn look(world: &World<'_>, token: &Secret, resource: &str, tenant: &str, findings: &mut Findings) {
    world.begins(&PROBE);
    let what = "read the token";
    let found = match inspect(token.expose(), world.outside.now(), Some(resource), Some(tenant)) {
        Ok(found) => found,
        Err(why) => {
            // Access tokens are the resource's own affair; one that cannot be read may still be good.
            findings.step(what, Seen::Skipped(why), Duration::ZERO);
            return;
        }
    };
    let wrong: Vec<&str> = found
        .findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Wrong(text) => Some(text.as_str()),
            Finding::Note(_) => None,
        })
        .collect();
    let text = |name: &str| found.claims.get(name).and_then(serde_json::Value::as_str);
    let seen = if wrong.is_empty() {
        Seen::Ok(format!(
            "{} token for {}, version {}",
            found.kind,
            text("aud").unwrap_or("nobody"),
            found.version.as_deref().unwrap_or("unknown")
        ))
    } else {
        Seen::Failed(wrong.join(" "))
    };
    findings.step(what, seen, Duration::ZERO);
    if found.kind == "application" {
        findings.see(Kind::Token, "app-only");
    } else {
        findings.see(Kind::Token, "user");
    }
    match found.expires_on {
        Some(end) if end <= world.outside.now() => findings.see(Kind::Token, "expired"),
        _ => {}
    }
    if wrong.iter().any(|text| text.contains("not good before")) {
        findings.see(Kind::Token, "not-yet-valid");
    }
    if wrong.iter().any(|text| text.contains("Microsoft Graph")) {
        findings.see(Kind::Token, "audience-graph");
    } else if wrong.iter().any(|text| text.starts_with("It is for ")) {
        findings.see(Kind::Token, "audience-other");
    }
    if wrong.iter().any(|text| text.starts_with("It is from the tenant")) {
        findings.see(Kind::Token, "tenant-other");
    }
}
