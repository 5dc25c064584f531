//! The journal, as a test reads it.

use serde_json::json;
use store::JournalFilter;
use types::{TenantId, Timestamp};
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// As many lines as are given when nobody says how many.
const USUAL: u32 = 1000;

/// Of all tenants.
pub(crate) async fn all(asked: &Asked<'_>) -> Result<Answer, Problem> {
    read(asked, None).await
}

/// Of one tenant.
pub(crate) async fn of_tenant(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    read(asked, Some(tenant)).await
}

async fn read(asked: &Asked<'_>, tenant: Option<TenantId>) -> Result<Answer, Problem> {
    let since = match asked.query.some("since") {
        None => None,
        Some(text) => Some(Timestamp::parse_rfc3339(text).ok_or_else(|| {
            Problem::bad(
                format!("`{text}` is not a moment"),
                "write `since` like 2027-01-31T00:00:00Z (a plus sign as %2B)",
            )
        })?),
    };
    let limit = match asked.query.some("limit") {
        None => USUAL,
        Some(text) => text
            .parse()
            .map_err(|_| Problem::bad(format!("`{text}` is not a number"), "write `limit` as a number"))?,
    };
    let code = asked.query.some("code").map(ToOwned::to_owned);
    let lines = asked
        .state
        .store
        .journal(&JournalFilter {
            tenant,
            since,
            code,
            limit: Some(limit),
        })
        .await?;
    // The moment is a number in the store; people read this.
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            let mut shown = serde_json::to_value(line)?;
            shown["time"] = json!(line.time.rfc3339());
            Ok(shown)
        })
        .collect::<Result<_, serde_json::Error>>()?;
    ok(&json!({ "lines": lines }))
}
