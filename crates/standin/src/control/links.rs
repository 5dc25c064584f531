//! Links: put a failing network between a client and the stand-in, and take it away.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};
use crate::links::{WAYS, named};

/// Open links, and every way of failing that can be put on one.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let ways: Vec<Value> = WAYS
        .iter()
        .map(|way| json!({ "way": way.name, "about": way.about }))
        .collect();
    ok(&json!({ "links": asked.state.links.shown(), "ways": ways }))
}

/// Where a link leads.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum To {
    Https,
    Proxy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    to: To,
}

/// Opens one that works.
pub(crate) async fn open(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let new: New = asked.json()?;
    match asked.state.links.open(matches!(new.to, To::Proxy)).await {
        Ok(port) => created(&json!({ "port": port })),
        Err(error) => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("no port could be had for a link: {error}"),
            "close links that are no longer needed",
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    /// The way of failing; none mends it.
    way: Option<String>,
}

/// Puts a way of failing on one, or takes it off.
pub(crate) async fn turn(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let turn: Turn = asked.json()?;
    let unknown = |name: &String| {
        Problem::bad(
            format!("there is no way `{name}`"),
            "GET /_keyway/v1/links lists them",
        )
    };
    let way = turn
        .way
        .as_ref()
        .map(|name| named(name).ok_or_else(|| unknown(name)))
        .transpose()?;
    if !asked.state.links.turn(port(asked)?, way) {
        return Err(Problem::conflict(
            "there is no such link, or it is so already",
            "GET /_keyway/v1/links shows each link and what is put on it",
        ));
    }
    let changed: Vec<String> = way.iter().map(|way| way.about.to_owned()).collect();
    ok(&json!({ "way": turn.way, "changed": changed }))
}

/// Closes one.
pub(crate) async fn close(asked: &Asked<'_>) -> Result<Answer, Problem> {
    match asked.state.links.close(port(asked)?) {
        true => done(),
        false => Err(Problem::not_found("there is no such link")),
    }
}

fn port(asked: &Asked<'_>) -> Result<u16, Problem> {
    let text = asked.param("port");
    text.parse()
        .map_err(|_| Problem::bad(format!("`{text}` is no port"), "a link is named by its port"))
}
