//! A tenant's clock. It runs with the machine's and stands apart from it by an offset.

use std::ops::RangeInclusive;

use directory::{KIND_SETTINGS, Tenant};
use serde::Deserialize;
use serde_json::json;
use types::Timestamp;
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// Exactly one of the three.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Turn {
    /// Forward by so many seconds; negative turns it back.
    AdvanceSeconds(i64),
    /// To a moment (RFC 3339).
    #[serde(deserialize_with = "moment")]
    Set(Timestamp),
    /// Back to the machine's: `{"reset": true}`.
    Reset(bool),
}

fn moment<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || {
        serde::de::Error::custom(format!(
            "`{text}` is not a moment; write one like 2027-01-31T00:00:00Z"
        ))
    };
    Timestamp::parse_rfc3339(&text).ok_or_else(wrong)
}

/// The first and the last moment a tenant's clock can be turned to, in milliseconds: from 1970 to the end of 8999.
/// HTTP, X.509 and RFC 3339 write no year of five digits, and what is issued then still ends before the year 10,000.
const REACH: RangeInclusive<i64> = 0..=221_845_391_999_000;

/// Whether a tenant's clock can show a moment.
///
/// # Errors
///
/// The moment is before 1970 or after 8999.
pub(crate) fn in_reach(moment: Timestamp) -> Result<(), OutOfReach> {
    let within = REACH.contains(&moment.millis());
    within.then_some(()).ok_or(OutOfReach)
}

/// A clock turned further than a date can be written.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the clock would leave the years 1970 to 8999, and other dates cannot be written")]
pub(crate) struct OutOfReach;

impl From<OutOfReach> for Problem {
    fn from(out: OutOfReach) -> Self {
        Self::bad(out.to_string(), "turn it less far, or give a moment in between")
    }
}

/// What time it is.
pub(crate) async fn get(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    shown(asked, &tenant)
}

/// Turns it.
pub(crate) async fn turn(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let turn: Turn = asked.json()?;
    let machine = asked.state.clock.now();
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let mut settings = tenant.settings.clone();
            let offset = settings.clock_offset_millis;
            let wanted = match turn {
                Turn::AdvanceSeconds(seconds) => offset.saturating_add(seconds.saturating_mul(1000)),
                Turn::Set(moment) => moment.millis().saturating_sub(machine.millis()),
                Turn::Reset(true) => 0,
                Turn::Reset(false) => offset,
            };
            if wanted != offset {
                in_reach(Timestamp::from_millis(machine.millis().saturating_add(wanted)))?;
                settings.clock_offset_millis = wanted;
                changes.put(KIND_SETTINGS, id, &settings);
            }
            Ok(())
        })
        .await?;
    let tenant = asked.state.store.view::<Tenant>(id).await?;
    shown(asked, &tenant)
}

fn shown(asked: &Asked<'_>, tenant: &Tenant) -> Result<Answer, Problem> {
    ok(&json!({
        "now": tenant.now(&*asked.state.clock).rfc3339(),
        "machine": asked.state.clock.now().rfc3339(),
        "offset_seconds": tenant.settings.clock_offset_millis.div_euclid(1000),
    }))
}
