//! Service health: incidents with their history (row 003-03). Administrators look here first.
//!
//! The words are those of Microsoft Graph's service announcements (recalled, unverified).

use serde::{Deserialize, Serialize};
use store::{Record, StoreError, View};
use types::{TenantId, Timestamp, Uuid};

/// The kind of incident records.
pub const KIND_INCIDENT: &str = "incident";

/// What sort of trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Something does not work.
    #[default]
    Incident,
    /// Something is limited, and there may be a way around it.
    Advisory,
    /// Work that was announced.
    Maintenance,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is being looked into.
    #[default]
    Investigating,
    /// The service is slow or fails at times.
    ServiceDegradation,
    /// The service cannot be used.
    ServiceInterruption,
    /// It is being mended.
    RestoringService,
    /// It is over.
    ServiceRestored,
    /// It never was.
    FalsePositive,
}

impl State {
    /// Whether it is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::ServiceRestored | Self::FalsePositive)
    }

    /// As Microsoft Graph writes it.
    pub const fn graph(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::ServiceDegradation => "serviceDegradation",
            Self::ServiceInterruption => "serviceInterruption",
            Self::RestoringService => "restoringService",
            Self::ServiceRestored => "serviceRestored",
            Self::FalsePositive => "falsePositive",
        }
    }
}

/// What was said about it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// Where it stood then.
    pub state: State,
    /// What.
    pub text: String,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its id.
    pub id: Uuid,
    /// The service, as the dashboard names it: `Dynamics 365`, `Identity Service`.
    pub service: String,
    /// What it is, in a line.
    pub title: String,
    /// What sort.
    #[serde(default)]
    pub class: Class,
    /// Where it stands.
    #[serde(default)]
    pub state: State,
    /// When it began.
    pub started: Timestamp,
    /// When it was over.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// Its history, oldest first.
    #[serde(default)]
    pub messages: Vec<Message>,
}

impl Incident {
    /// Adds to its history; a state that ends it closes it, another one opens it again.
    pub fn tell(&mut self, at: Timestamp, state: Option<State>, text: impl Into<String>) {
        self.state = state.unwrap_or(self.state);
        self.ended = self.state.is_over().then_some(self.ended.unwrap_or(at));
        self.messages.push(Message {
            at,
            state: self.state,
            text: text.into(),
        });
    }
}

/// A tenant's incidents, as its dashboard shows them.
#[derive(Debug)]
pub struct Health(Vec<Incident>);

impl View for Health {
    const KINDS: &'static [&'static str] = &[KIND_INCIDENT];

    fn build(_: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let mut incidents = records
            .iter()
            .map(Record::read::<Incident>)
            .collect::<Result<Vec<_>, _>>()?;
        incidents.sort_by_key(|incident| (std::cmp::Reverse(incident.started), incident.id));
        Ok(Self(incidents))
    }
}

impl Health {
    /// All of them, the latest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.0.iter()
    }

    /// Those that are not over at this moment and have begun.
    pub fn open(&self, now: Timestamp) -> impl Iterator<Item = &Incident> {
        self.0
            .iter()
            .filter(move |incident| incident.ended.is_none() && incident.started <= now)
    }

    /// One by its id.
    pub fn incident(&self, id: Uuid) -> Option<&Incident> {
        self.0.iter().find(|incident| incident.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_closed_once_and_can_open_again() {
        let at = Timestamp::from_seconds;
        let mut incident = Incident {
            id: Uuid::nil(),
            service: "Dynamics 365".into(),
            title: "Slow".into(),
            class: Class::Incident,
            state: State::default(),
            started: at(1),
            ended: None,
            messages: Vec::new(),
        };
        incident.tell(at(2), Some(State::ServiceDegradation), "we see it");
        assert_eq!((incident.ended, incident.messages.len()), (None, 1));
        incident.tell(at(3), Some(State::ServiceRestored), "it is over");
        incident.tell(at(9), None, "what it was");
        assert_eq!(incident.ended, Some(at(3)));
        incident.tell(at(10), Some(State::Investigating), "it is back");
        assert_eq!(incident.ended, None);
        assert_eq!(incident.messages.len(), 4);
    }
}
