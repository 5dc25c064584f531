//! The audit log.

use directory::audit::Log;
use serde_json::json;
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// The parameters of the list.
pub(super) const SEARCH: &[(&str, &str)] = &[
    (
        "since",
        "only entries from this moment on (RFC 3339), by the tenant's clock",
    ),
    ("actor", "only what this one did"),
    ("target", "only what was done to this one"),
    ("operation", "only this operation"),
    ("limit", "at most this many, the newest ones; 1000 without it"),
];

/// As many entries as are given when nobody says how many.
const USUAL: u32 = 1000;

/// Its entries, newest first.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let log = asked.state.store.view::<Log>(asked.tenant().await?).await?;
    let since = asked.moment("since")?;
    let limit = asked.number("limit")?.unwrap_or(USUAL) as usize;
    let is = |name: &str, value: &str| {
        asked
            .query
            .some(name)
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let entries: Vec<_> = log
        .entries()
        .filter(|entry| {
            since.is_none_or(|since| entry.at >= since)
                && is("actor", &entry.actor)
                && is("target", &entry.target)
                && is("operation", &entry.operation)
        })
        .take(limit)
        .map(|entry| {
            json!({
                "at": entry.at.rfc3339(),
                "actor": entry.actor,
                "operation": entry.operation,
                "target": entry.target,
                "what": entry.what,
                "done": entry.done,
            })
        })
        .collect();
    ok(&json!({ "entries": entries }))
}
