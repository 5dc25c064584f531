//! The proof: WhoAmI; then the caller's row and security roles.

use std::time::Duration;

use client::WhoAmI;
use evidence::{Findings, Kind, Seen};
use http::StatusCode;
use net::Response;
use serde::Deserialize;
use types::Secret;
use wire::address::WEB_API;

use crate::{Case, Probe, World, ask, invitation};

pub(crate) const PROBE: Probe = Probe {
    name: "organization",
    about: "WhoAmI, which proves the connection; service protection",
    needs: "a token",
};

pub(crate) const USER: Probe = Probe {
    name: "user",
    about: "the user's state, access mode, application binding and security roles",
    needs: "WhoAmI",
};

/// Calls WhoAmI.
pub(crate) async fn who(
    world: &World<'_>,
    url: &str,
    token: &Secret,
    findings: &mut Findings,
) -> Option<WhoAmI> {
    world.begins(&PROBE);
    let asked = format!("{}{WEB_API}WhoAmI", url.trim_end_matches('/'));
    let response = ask::get(world, &asked, Some(token), findings).await?;
    if response.status.is_success() {
        if let Ok(who) = serde_json::from_slice(&response.body) {
            return Some(who);
        }
        findings.see(Kind::Http, "garbled");
    }
    refused(&response, findings);
    None
}

/// A refusal; one that throttles proves that everything before it works, and is told by its code alone.
fn refused(response: &Response, findings: &mut Findings) {
    if response.status != StatusCode::TOO_MANY_REQUESTS {
        return ask::refused(response, findings);
    }
    let wait = response.header("retry-after").unwrap_or("an unknown time");
    let text = format!("the organization throttles this user and asks to come back in {wait} s");
    findings.step("read the refusal", Seen::Failed(text), Duration::ZERO);
    ask::codes(response, findings);
}

/// The row of `systemuser` (facts/organization.md 3.3 and 6.5).
#[derive(Deserialize)]
struct User {
    #[serde(default)]
    fullname: Option<String>,
    #[serde(default)]
    isdisabled: Option<bool>,
    #[serde(default)]
    accessmode: Option<i32>,
    #[serde(default)]
    domainname: Option<String>,
    #[serde(default)]
    applicationid: Option<String>,
    #[serde(default, rename = "systemuserroles_association")]
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    name: String,
}

/// Reads the caller's row with its roles, in one request.
pub(crate) async fn user(
    world: &World<'_>,
    case: &Case<'_>,
    url: &str,
    who: &WhoAmI,
    token: &Secret,
    findings: &mut Findings,
) {
    world.begins(&USER);
    let base = url.trim_end_matches('/');
    let asked = format!(
        "{base}{WEB_API}systemusers({})?$select=fullname,domainname,isdisabled,accessmode,applicationid\
         &$expand=systemuserroles_association($select=name)",
        who.user_id
    );
    let Some(response) = ask::get(world, &asked, Some(token), findings).await else {
        return;
    };
    let row = serde_json::from_slice::<User>(&response.body).ok();
    match row.filter(|_| response.status.is_success()) {
        Some(row) => {
            invitation::known(case, row.domainname.as_deref().unwrap_or_default(), findings);
            tell(&row, findings);
        }
        None => refused(&response, findings),
    }
}

fn tell(row: &User, findings: &mut Findings) {
    let names: Vec<&str> = row.roles.iter().map(|role| role.name.as_str()).collect();
    let roles = if names.is_empty() {
        "no security role of its own (a team may give some)".to_owned()
    } else {
        format!("security roles {}", names.join(", "))
    };
    let mode = row.accessmode.map_or("unknown", mode_name);
    let kind = match &row.applicationid {
        Some(id) => format!("application user of {id}"),
        None => "user".to_owned(),
    };
    let text = format!(
        "{kind} {}, access mode {mode}, {roles}",
        row.fullname.as_deref().unwrap_or("without a name")
    );
    let blocked = match row.accessmode {
        // An application user and a service account work by program only, which is what is done here.
        Some(0 | 4) | None => None,
        Some(mode) => Some(format!("user-access-mode-{}", mode_name(mode))),
    };
    let what = "read the user and the security roles";
    if row.isdisabled == Some(true) || blocked.is_some() {
        findings.step(what, Seen::Failed(text), Duration::ZERO);
    } else {
        findings.step(what, Seen::Ok(text), Duration::ZERO);
        findings.see(Kind::Good, "who-am-i");
        if !names.is_empty() {
            findings.see(Kind::Good, "role");
        }
    }
    if row.isdisabled == Some(true) {
        findings.see(Kind::State, "user-disabled");
    }
    if let Some(blocked) = blocked {
        findings.see(Kind::State, &blocked);
    }
}

fn mode_name(mode: i32) -> &'static str {
    match mode {
        0 => "read-write",
        1 => "administrative",
        2 => "read",
        3 => "support",
        4 => "non-interactive",
        5 => "delegated-admin",
        _ => "unknown",
    }
}
