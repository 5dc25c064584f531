//! What the store holds: records, the changes made to them, tickets, and which journal lines to read.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use evidence::{JournalLine, Outcome};
use serde::de::DeserializeOwned;
use types::{TenantId, Timestamp, Uuid};

use crate::StoreError;

/// Where the state lives.
#[derive(Clone)]
pub enum Location {
    /// In this process and gone with it. Large states spill to an unlinked temporary file.
    Memory,
    /// In `keyway.sqlite` in this directory, which one process at a time owns.
    Directory(PathBuf),
    /// In a PostgreSQL database (`postgres://user:password@host/database`), shared by any number of nodes.
    Postgres(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Directory(path) => path.display().fmt(f),
            Self::Postgres(url) => f.write_str(&without_secrets(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A database URL holds a password before the `@`, or among its parameters; neither is ever shown.
fn without_secrets(url: &str) -> String {
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = shown.split_once("://").unwrap_or(("postgres", shown));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{place}")
}

/// One record of a tenant: a JSON document with a kind and an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What sort of thing it is: `account`, `application`, …
    pub kind: String,
    /// Which one: unique among the tenant's records of this kind.
    pub id: String,
    /// The document, as JSON text.
    pub body: String,
}

impl Record {
    /// Writes `body` as JSON.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an id is a small value, given as it comes"
    )]
    pub fn new(kind: &str, id: impl ToString, body: &impl serde::Serialize) -> Result<Self, StoreError> {
        let id = id.to_string();
        match serde_json::to_string(body) {
            Ok(body) => Ok(Self {
                kind: kind.to_owned(),
                id,
                body,
            }),
            Err(source) => Err(StoreError::record(kind, &id, source)),
        }
    }

    /// Reads the document; text that does not fit is [`StoreError::Record`].
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(&self.body).map_err(|source| StoreError::record(&self.kind, &self.id, source))
    }
}

/// A typed reading of some kinds of one tenant's records, as they stood at one revision. Immutable.
pub trait View: Sized + Send + Sync + 'static {
    /// Which kinds it is built from. A change to other kinds leaves a cached view in place.
    const KINDS: &'static [&'static str];

    /// Builds it from every record of those kinds, ordered by kind and id.
    fn build(tenant: TenantId, records: Vec<Record>) -> Result<Self, StoreError>;
}

/// What one change does, as one transaction: all of it or none.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    // Sorted: two nodes that touch the same rows touch them in the same order, so neither waits for the other.
    pub(crate) records: BTreeMap<(String, String), Option<String>>,
    pub(crate) names: BTreeMap<String, bool>,
    pub(crate) broken: Option<StoreError>,
}

impl Changes {
    /// Writes a record, whether or not it was there. A body that has no JSON form fails the whole change.
    pub fn put(&mut self, kind: &str, id: impl ToString, body: &impl serde::Serialize) -> &mut Self {
        match Record::new(kind, id, body) {
            Ok(record) => {
                self.put_record(record);
            }
            Err(error) => self.broken = Some(error),
        }
        self
    }

    /// Writes a record whose body is JSON already (from a template or another tenant).
    pub fn put_record(&mut self, record: Record) -> &mut Self {
        self.records.insert((record.kind, record.id), Some(record.body));
        self
    }

    /// Deletes a record, whether or not it was there.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an id is a small value, given as it comes"
    )]
    pub fn delete(&mut self, kind: &str, id: impl ToString) -> &mut Self {
        self.records.insert((kind.to_owned(), id.to_string()), None);
        self
    }

    /// Binds a process-wide name (`domain:contoso.com`, `host:contoso.crm4.dynamics.com`, `app:<guid>`) to
    /// this tenant; taken by another tenant = [`StoreError::NameTaken`].
    pub fn bind(&mut self, name: impl Into<String>) -> &mut Self {
        self.names.insert(name.into(), true);
        self
    }

    /// Releases a name, if this tenant holds it.
    pub fn unbind(&mut self, name: impl Into<String>) -> &mut Self {
        self.names.insert(name.into(), false);
        self
    }

    /// The records that would be written, in order; a template is made of them.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.records.iter().filter_map(|((kind, id), body)| {
            Some(Record {
                kind: kind.clone(),
                id: id.clone(),
                body: body.clone()?,
            })
        })
    }

    /// The names that would be bound, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names
            .iter()
            .filter_map(|(name, bound)| bound.then_some(name.as_str()))
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.names.is_empty() && self.broken.is_none()
    }
}

/// A one-time or long-lived opaque thing: authorization code, refresh token, device code, browser session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// A digest of the value; the value itself is never stored.
    pub id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// What sort: `code`, `refresh`, `device`, `session`.
    pub kind: String,
    /// Where it stands in its life; [`crate::Store::move_ticket`] changes it.
    pub state: String,
    /// What is revoked together: a refresh-token family, a session.
    pub group: String,
    /// When [`crate::Store::delete_expired`] may remove it.
    pub expires: Timestamp,
    /// Anything more, as text.
    pub body: String,
}

/// Which lines of the journal to read. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    /// Only lines under this tenant's rules.
    pub tenant: Option<TenantId>,
    /// Only lines answered at this moment or later, by the tenant's clock.
    pub since: Option<Timestamp>,
    /// Only lines with this code.
    pub code: Option<String>,
    /// Only lines that ended so.
    pub outcome: Option<Outcome>,
    /// Only requests to a host with this in its name, without case.
    pub host: Option<String>,
    /// Only lines about somebody with this in the name, without case.
    pub subject: Option<String>,
    /// Only the line of the request with this id, or of that correlation.
    pub request: Option<Uuid>,
    /// Without the requests of Keyway's own pages, which whoever watches makes by watching.
    pub not_own: bool,
    /// At most this many: the newest ones, newest last.
    pub limit: Option<u32>,
}

impl JournalFilter {
    /// Whether a line is among those to read; the tenant is a matter of where it is kept.
    pub(crate) fn passes(&self, line: &JournalLine) -> bool {
        let within = |text: &str, wanted: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        let is = |id: Uuid| line.request == id || line.correlation.is_some_and(|c| c.uuid() == id);
        self.since.is_none_or(|since| line.time >= since)
            && (self.code.is_none() || self.code == line.code)
            && self.outcome.is_none_or(|outcome| line.outcome == outcome)
            && self.host.as_ref().is_none_or(|host| within(&line.host, host))
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| line.subject.as_ref().is_some_and(|known| within(known, subject)))
            && self.request.is_none_or(is)
            && !(self.not_own && line.host == "localhost")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        let at = Location::Postgres("postgres://anna:canary-1@db.example/keyway?password=canary-2".into());
        assert_eq!(
            format!("{at} {at:?}"),
            "postgres://db.example/keyway postgres://db.example/keyway"
        );
    }

    #[test]
    fn the_last_word_on_a_record_counts() {
        let mut changes = Changes::default();
        assert!(changes.is_empty());
        changes
            .put("user", 1, &"a")
            .delete("user", 1)
            .put("user", 2, &"b")
            .bind("domain:x")
            .unbind("domain:x");
        assert_eq!(changes.records.len(), 2);
        assert_eq!(changes.records[&("user".into(), "1".into())], None);
        assert!(!changes.names["domain:x"]);
    }

    #[test]
    fn a_body_without_a_json_form_breaks_the_change() {
        let mut changes = Changes::default();
        changes.put("map", "x", &BTreeMap::from([((1, 2), 3)]));
        assert!(matches!(changes.broken, Some(StoreError::Record { .. })));
        assert!(!changes.is_empty());
    }
}
