//! The caller's row and security roles, as the organization tells them.

use std::time::Duration;

use client::WhoAmI;
use evidence::{Findings, Kind, Seen};
use serde::Deserialize;
use types::Secret;
use wire::address::WEB_API;

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "roles",
    about: "the user's security roles",
    needs: "WhoAmI",
};

#[derive(Deserialize)]
struct List {
    value: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    name: String,
}

/// Reads the roles. Whether the caller has any is known afterwards; who may not read them is connected all the same.
pub(crate) async fn look(
    world: &World<'_>,
    url: &str,
    who: &WhoAmI,
    token: &Secret,
    findings: &mut Findings,
) -> Option<()> {
    world.begins(&PROBE);
    let base = url.trim_end_matches('/');
    let asked = format!(
        "{base}{WEB_API}systemusers({})/systemuserroles_association?$select=name",
        who.user_id
    );
    let response = ask::get(world, &asked, Some(token), findings).await?;
    let found = serde_json::from_slice::<List>(&response.body).ok();
    match found.filter(|_| response.status.is_success()) {
        Some(list) if list.value.is_empty() => {
            let text = "none of its own; a team may give some".to_owned();
            findings.step("read the security roles", Seen::Ok(text), Duration::ZERO);
        }
        Some(list) => {
            let names: Vec<&str> = list.value.iter().map(|role| role.name.as_str()).collect();
            findings.step(
                "read the security roles",
                Seen::Ok(names.join(", ")),
                Duration::ZERO,
            );
            findings.see(Kind::Good, "role");
        }
        None => {
            ask::refused(&response, findings);
            return None;
        }
    }
    findings.see(Kind::Good, "who-am-i");
    Some(())
}
