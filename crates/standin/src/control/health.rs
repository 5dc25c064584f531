//! Service health: incidents, raised and ended by whoever rehearses them.

use directory::health::{Class, Health, Incident, KIND_INCIDENT, State};
use serde::Deserialize;
use serde_json::{Value, json};
use types::{Timestamp, Uuid};
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};

/// All incidents, the latest first; `open` says how many are not over.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let health = asked.state.store.view::<Health>(id).await?;
    let now = asked.state.now(id).await?;
    let incidents: Vec<Value> = health.incidents().map(shown).collect();
    ok(&json!({ "open": health.open(now).count(), "incidents": incidents }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    service: String,
    title: String,
    #[serde(default)]
    class: Class,
    #[serde(default)]
    state: State,
    message: String,
}

/// A new one.
pub(crate) async fn raise(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let new: New = asked.json()?;
    let now = asked.state.now(id).await?;
    let mut incident = Incident {
        id: asked.state.chance.uuid(),
        service: new.service,
        title: new.title,
        class: new.class,
        state: new.state,
        started: now,
        ended: None,
        messages: Vec::new(),
    };
    incident.tell(now, None, new.message);
    asked
        .state
        .store
        .update::<Health, _, Problem>(id, |_, changes| {
            changes.put(KIND_INCIDENT, incident.id, &incident);
            Ok(())
        })
        .await?;
    created(&shown(&incident))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    message: String,
    #[serde(default)]
    state: Option<State>,
}

/// What is new about one; a state that ends it ends it.
pub(crate) async fn update(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let Update { message, state } = asked.json()?;
    let now = asked.state.now(id).await?;
    let incident = asked
        .state
        .store
        .update::<Health, _, Problem>(id, |health, changes| {
            let mut incident = find(asked, health)?.clone();
            incident.tell(now, state, message.clone());
            changes.put(KIND_INCIDENT, incident.id, &incident);
            Ok(incident)
        })
        .await?;
    ok(&shown(&incident))
}

/// Removes one, as if it had never been.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    asked
        .state
        .store
        .update::<Health, _, Problem>(id, |health, changes| {
            changes.delete(KIND_INCIDENT, find(asked, health)?.id);
            Ok(())
        })
        .await?;
    done()
}

fn find<'h>(asked: &Asked<'_>, health: &'h Health) -> Result<&'h Incident, Problem> {
    Uuid::try_parse(asked.param("incident"))
        .ok()
        .and_then(|id| health.incident(id))
        .ok_or_else(|| Problem::not_found("there is no such incident; list them to see what there is"))
}

fn shown(incident: &Incident) -> Value {
    let messages: Vec<_> = incident
        .messages
        .iter()
        .map(|message| json!({ "at": message.at.rfc3339(), "state": message.state, "text": message.text }))
        .collect();
    json!({
        "id": incident.id,
        "service": incident.service,
        "title": incident.title,
        "class": incident.class,
        "state": incident.state,
        "started": incident.started.rfc3339(),
        "ended": incident.ended.map(Timestamp::rfc3339),
        "messages": messages,
    })
}
