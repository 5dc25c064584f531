//! The stand-in as a whole: is it there, what is in it, its keys.

use serde_json::json;
use wire::Answer;

use super::{Asked, ok, openapi as description, problem::Problem};

/// Alive.
pub(crate) async fn health(asked: &Asked<'_>) -> Result<Answer, Problem> {
    ok(&json!({
        "status": "ok",
        "stand_in": true,
        "version": env!("CARGO_PKG_VERSION"),
        "world": asked.state.ready.world,
    }))
}

/// The ready file.
pub(crate) async fn ready(asked: &Asked<'_>) -> Result<Answer, Problem> {
    ok(&*asked.state.ready)
}

/// The description of this API.
pub(crate) async fn openapi(asked: &Asked<'_>) -> Result<Answer, Problem> {
    ok(&description::document(&format!(
        "https://localhost:{}",
        asked.state.port
    )))
}

/// A new signing key, for the whole process: every tenant's tokens are signed with it from now on.
pub(crate) async fn roll_keys(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let state = asked.state;
    let kid = state
        .keys
        .roll(&state.store, state.chance.clone(), state.clock.now())
        .await
        .map_err(|error| {
            Problem::new(
                http::StatusCode::INTERNAL_SERVER_ERROR,
                error.to_string(),
                "the keys in use stay; try again",
            )
        })?;
    let published: Vec<_> = state
        .keys
        .ring
        .published()
        .into_iter()
        .filter_map(|key| key.kid)
        .collect();
    ok(&json!({ "kid": kid, "published": published }))
}
