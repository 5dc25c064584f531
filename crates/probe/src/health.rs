//! Service health: what administrators are told to look at before anything else (row 003-03).

use std::time::Duration;

use client::service_health;
use evidence::{Findings, Seen};

use crate::{Probe, World, sign_in::Session};

pub(crate) const PROBE: Probe = Probe {
    name: "service-health",
    about: "open incidents of the tenant's services, where the person and the application may read them",
    needs: "an administrator who has just signed in",
};

/// Asks for open incidents. An incident is no proof that it is the cause; where something is wrong it is told first.
pub(crate) async fn look(world: &World<'_>, session: &Session<'_, '_>, findings: &mut Findings) {
    let Some((endpoints, client_id, token)) = session.renewal() else {
        return;
    };
    world.begins(&PROBE);
    let heard = service_health(world.outside, endpoints, client_id, token, &mut findings.steps).await;
    let seen = match heard {
        Ok(Some(issues)) => {
            let open: Vec<String> = issues
                .iter()
                .filter(|issue| !issue.is_resolved)
                .map(|issue| {
                    format!(
                        "{}: {} (since {})",
                        issue.service, issue.title, issue.start_date_time
                    )
                })
                .collect();
            match open.as_slice() {
                [] => Seen::Ok("no incident is open".to_owned()),
                open => {
                    for incident in open {
                        findings.incident(incident);
                    }
                    Seen::Ok(format!("open: {}", open.join("; ")))
                }
            }
        }
        Ok(None) => {
            Seen::Skipped("it is for administrators, through an application that may read it".to_owned())
        }
        Err(error) => Seen::Skipped(format!("it cannot be read: {error}")),
    };
    findings.step("read the service health", seen, Duration::ZERO);
}
