//! The audit log: who changed what, when, and how it ended.
//!
//! One entry for each change that was asked for, refused ones too. What changed stands in words; no secret
//! does. The log belongs to the tenant: it is put back with it.

use serde::{Deserialize, Serialize};
use store::{Changes, Record, Store, StoreError, View};
use types::{Chance, TenantId, Timestamp};

use crate::Tenant;

/// The kind of audit records.
pub const KIND_AUDIT: &str = "audit";

/// Entries that are kept of each tenant, about.
const KEPT: usize = 5000;
/// The log is cut at one of so many entries.
const CUT: u64 = 256;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When, by the tenant's clock.
    pub at: Timestamp,
    /// Who: a user principal name, or what else asked (`control API`).
    pub actor: String,
    /// What was asked for: the operation's id.
    pub operation: String,
    /// Of what: an account, an application, an organization.
    pub target: String,
    /// What changed, in words; never a secret.
    pub what: String,
    /// Whether it was done.
    pub done: bool,
}

/// Writes an entry into a change under way, so that both or neither are kept.
pub fn append(changes: &mut Changes, entry: &Entry, chance: &dyn Chance) {
    // In order of time; entries of one moment in any order.
    let id = format!("{:015}-{}", entry.at.millis().max(0), chance.uuid().simple());
    changes.put(KIND_AUDIT, id, entry);
}

/// Writes an entry by itself.
///
/// # Errors
/// [`StoreError`].
pub async fn record(
    store: &Store,
    tenant: TenantId,
    entry: &Entry,
    chance: &dyn Chance,
) -> Result<(), StoreError> {
    if chance.below(CUT) == 0 {
        return store
            .update::<Log, _, StoreError>(tenant, |log, changes| {
                for (id, _) in log.0.iter().skip(KEPT) {
                    changes.delete(KIND_AUDIT, id);
                }
                append(changes, entry, chance);
                Ok(())
            })
            .await;
    }
    // Not over the log itself, which would be read whole for each entry.
    store
        .update::<Tenant, _, StoreError>(tenant, |_, changes| {
            append(changes, entry, chance);
            Ok(())
        })
        .await
}

/// A tenant's log.
#[derive(Debug)]
pub struct Log(Vec<(String, Entry)>);

impl View for Log {
    const KINDS: &'static [&'static str] = &[KIND_AUDIT];

    fn build(_: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            entries.push((record.id.clone(), record.read::<Entry>()?));
        }
        entries.reverse();
        Ok(Self(entries))
    }
}

impl Log {
    /// Its entries, newest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().map(|(_, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KIND_SETTINGS, Settings};
    use store::Location;
    use types::{SeededChance, SystemChance, Uuid};

    fn entry(at: i64) -> Entry {
        Entry {
            at: Timestamp::from_seconds(at),
            actor: "admin@contoso.com".into(),
            operation: "giveRole".into(),
            target: "anna@contoso.com".into(),
            what: "gave Basic User".into(),
            done: true,
        }
    }

    #[tokio::test]
    async fn entries_are_read_back_newest_first() {
        let store = Store::open(&Location::Memory).await.unwrap();
        let tenant = TenantId::new(Uuid::from_u128(1));
        let mut changes = Changes::default();
        changes.put(KIND_SETTINGS, tenant, &Settings::new(tenant, "T", Vec::new()));
        store.create_tenant(tenant, changes).await.unwrap();
        for at in [2, 10, 1] {
            record(&store, tenant, &entry(at), &SystemChance).await.unwrap();
        }
        let log = store.view::<Log>(tenant).await.unwrap();
        let times: Vec<_> = log.entries().map(|entry| entry.at.seconds()).collect();
        assert_eq!(times, [10, 2, 1]);
        // Every draw of this one is cut-off time sooner or later; what is within the limit stays.
        let chance = SeededChance::new(1);
        for at in 20..30 {
            record(&store, tenant, &entry(at), &chance).await.unwrap();
        }
        assert_eq!(store.view::<Log>(tenant).await.unwrap().entries().count(), 13);
    }
}
