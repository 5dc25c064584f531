//! The journal, as a test reads it.

use evidence::Outcome;
use serde_json::json;
use store::JournalFilter;
use types::{TenantId, Timestamp, Uuid};
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
    let own = |name: &str| asked.query.some(name).map(ToOwned::to_owned);
    let lines = asked
        .state
        .store
        .journal(&JournalFilter {
            tenant,
            since,
            code,
            outcome: outcome(asked)?,
            host: own("host"),
            subject: own("subject"),
            request: request(asked)?,
            not_own: false,
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

fn outcome(asked: &Asked<'_>) -> Result<Option<Outcome>, Problem> {
    let Some(text) = asked.query.some("outcome") else {
        return Ok(None);
    };
    serde_json::from_value(json!(text)).map(Some).map_err(|_| {
        Problem::bad(
            format!("`{text}` is not a way to end"),
            "write granted, refused, served or failed",
        )
    })
}

fn request(asked: &Asked<'_>) -> Result<Option<Uuid>, Problem> {
    let Some(text) = asked.query.some("request") else {
        return Ok(None);
    };
    Uuid::try_parse(text).map(Some).map_err(|_| {
        Problem::bad(
            format!("`{text}` is not a request's id"),
            "write the id as the answer gave it, in x-ms-request-id",
        )
    })
}
