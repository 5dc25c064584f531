//! A tenant's clock. It runs with the machine's and stands apart from it by an offset.

use directory::{KIND_SETTINGS, Tenant};
use serde::Deserialize;
use serde_json::json;
use store::StoreError;
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
        .update::<Tenant, _, StoreError>(id, |tenant, changes| {
            let mut settings = tenant.settings.clone();
            let offset = settings.clock_offset_millis;
            settings.clock_offset_millis = match turn {
                Turn::AdvanceSeconds(seconds) => offset.saturating_add(seconds.saturating_mul(1000)),
                Turn::Set(moment) => moment.millis().saturating_sub(machine.millis()),
                Turn::Reset(true) => 0,
                Turn::Reset(false) => offset,
            };
            if settings.clock_offset_millis != offset {
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
