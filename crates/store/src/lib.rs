//! The API contract (signatures settled; bodies to come).
use std::sync::Arc;
use evidence::JournalLine;
use types::{TenantId, Timestamp};

/// Where the state lives.
pub enum Location { Memory, Directory(std::path::PathBuf), Postgres(String) }

#[derive(Debug, thiserror::Error)]
pub enum StoreError { #[error("placeholder")] Placeholder }

/// One record of a tenant: a JSON document with a kind and an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record { pub kind: String, pub id: String, pub body: String }

/// A typed reading of some kinds of one tenant's records, as they stood at one revision. Immutable.
pub trait View: Sized + Send + Sync + 'static {
    /// Which kinds it is built from.
    const KINDS: &'static [&'static str];
    fn build(tenant: TenantId, records: Vec<Record>) -> Result<Self, StoreError>;
}

/// What one change does, as one transaction: all of it or none.
#[derive(Default)]
pub struct Changes { /* puts, deletes, names bound/unbound */ }
impl Changes {
    pub fn put(&mut self, kind: &str, id: impl ToString, body: &impl serde::Serialize) -> &mut Self { let _ = (kind, id.to_string(), serde_json::to_string(body)); self }
    pub fn delete(&mut self, kind: &str, id: impl ToString) -> &mut Self { let _ = (kind, id.to_string()); self }
    /// Binds a process-wide name (`domain:contoso.com`, `host:contoso.crm4.dynamics.com`, `app:<guid>`) to this tenant; taken by another tenant = StoreError::NameTaken.
    pub fn bind(&mut self, name: impl Into<String>) -> &mut Self { let _ = name.into(); self }
    pub fn unbind(&mut self, name: impl Into<String>) -> &mut Self { let _ = name.into(); self }
}

/// A one-time or long-lived opaque thing: authorization code, refresh token, device code, browser session.
/// `id` is a digest; the value itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket { pub id: String, pub tenant: TenantId, pub kind: String, pub state: String, pub group: String, pub expires: Timestamp, pub body: String }

#[derive(Clone)]
pub struct Store(Arc<()>);
#[expect(unused_variables, clippy::unused_async, clippy::missing_errors_doc, clippy::todo, reason = "contract only")]
impl Store {
    pub async fn open(at: &Location) -> Result<Self, StoreError> { todo!() }
    /// The tenant's view at its current revision (cached by revision; exact).
    pub async fn view<V: View>(&self, tenant: TenantId) -> Result<Arc<V>, StoreError> { todo!() }
    /// Decides on a view and commits what it decided if the tenant has not changed meanwhile; else decides again.
    /// `decide` returning Err changes nothing.
    pub async fn update<V: View, T, E: From<StoreError>>(&self, tenant: TenantId, decide: impl FnMut(&V, &mut Changes) -> Result<T, E>) -> Result<T, E> { todo!() }
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> { todo!() }
    pub async fn create_tenant(&self, tenant: TenantId, changes: Changes) -> Result<(), StoreError> { todo!() }
    pub async fn delete_tenant(&self, tenant: TenantId) -> Result<(), StoreError> { todo!() }
    /// All records of a tenant (for snapshots and templates).
    pub async fn records(&self, tenant: TenantId) -> Result<Vec<Record>, StoreError> { todo!() }
    /// Names bound to it.
    pub async fn names(&self, tenant: TenantId) -> Result<Vec<String>, StoreError> { todo!() }
    pub async fn tenant_of(&self, name: &str) -> Result<Option<TenantId>, StoreError> { todo!() }
    pub async fn snapshot(&self, tenant: TenantId, name: &str) -> Result<(), StoreError> { todo!() }
    pub async fn restore(&self, tenant: TenantId, name: &str) -> Result<bool, StoreError> { todo!() }
    pub async fn put_ticket(&self, ticket: Ticket) -> Result<(), StoreError> { todo!() }
    pub async fn ticket(&self, id: &str) -> Result<Option<Ticket>, StoreError> { todo!() }
    /// Moves a ticket from one state to another and replaces its body; false if it was not in `from` (someone else was first).
    pub async fn move_ticket(&self, id: &str, from: &str, to: &str, body: &str) -> Result<bool, StoreError> { todo!() }
    /// Sets every ticket of a group to `state` (a refresh-token family, a session's codes).
    pub async fn move_group(&self, tenant: TenantId, group: &str, to: &str) -> Result<u64, StoreError> { todo!() }
    pub async fn delete_expired(&self, before: Timestamp) -> Result<u64, StoreError> { todo!() }
    /// Journal: returns once the line is durable (group commit).
    pub async fn record(&self, line: JournalLine) -> Result<(), StoreError> { todo!() }
    /// Journal: kept soon; never waits for the disk; `journal` sees it.
    pub fn note(&self, line: JournalLine) { todo!() }
    pub async fn journal(&self, filter: &JournalFilter) -> Result<Vec<JournalLine>, StoreError> { todo!() }
    /// A process-wide document (signing keys, seals), shared by every node.
    pub async fn global(&self, kind: &str) -> Result<Vec<Record>, StoreError> { todo!() }
    pub async fn put_global(&self, record: Record, only_if_absent: bool) -> Result<bool, StoreError> { todo!() }
}
/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter { pub tenant: Option<TenantId>, pub since: Option<Timestamp>, pub code: Option<String>, pub limit: Option<u32> }
