//! Tenants, views and the changes decided on them.

use std::sync::Arc;

use crate::{Changes, Record, Store, StoreError, View};
use types::TenantId;

use super::engines::{on_every_engine, tenant};

/// One number under the kind `count`.
pub(crate) struct Count(u64);

impl View for Count {
    const KINDS: &'static [&'static str] = &["count"];
    fn build(_: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        records.first().map_or(Ok(0), Record::read).map(Self)
    }
}

/// The ids under two kinds.
pub(crate) struct Things(pub(crate) Vec<String>);

impl View for Things {
    const KINDS: &'static [&'static str] = &["thing", "other"];
    fn build(_: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        Ok(Self(
            records
                .into_iter()
                .map(|record| format!("{}/{}", record.kind, record.id))
                .collect(),
        ))
    }
}

/// A view of nothing at all.
struct Nothing;

impl View for Nothing {
    const KINDS: &'static [&'static str] = &[];
    fn build(_: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        assert!(records.is_empty());
        Ok(Self)
    }
}

pub(crate) async fn add(store: &Store, to: TenantId) -> Result<u64, StoreError> {
    store
        .update(to, |count: &Count, changes| {
            changes.put("count", "only", &(count.0 + 1));
            Ok(count.0 + 1)
        })
        .await
}

pub(crate) async fn make(store: &Store, n: u128) -> TenantId {
    store.create_tenant(tenant(n), Changes::default()).await.unwrap();
    tenant(n)
}

on_every_engine! {
    async fn a_change_is_seen_at_once_and_survives_a_restart(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        assert_eq!(store.view::<Count>(id).await.unwrap().0, 0);
        assert_eq!(add(&store, id).await.unwrap(), 1);
        assert_eq!(store.view::<Count>(id).await.unwrap().0, 1);
        assert_eq!(add(&store, id).await.unwrap(), 2);
        let store = place.reopen(store).await;
        assert_eq!(store.view::<Count>(id).await.unwrap().0, 2);
        assert_eq!(store.tenants().await.unwrap(), [id]);
    }

    async fn a_view_is_built_once_and_again_only_when_its_kinds_change(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        let first = store.view::<Things>(id).await.unwrap();
        assert!(Arc::ptr_eq(&first, &store.view::<Things>(id).await.unwrap()));
        add(&store, id).await.unwrap();
        assert!(Arc::ptr_eq(&first, &store.view::<Things>(id).await.unwrap()));
        let put = |_: &Things, changes: &mut Changes| {
            changes.put("other", "b", &1).put("thing", "a", &1).put("thing", "c", &1);
            Ok::<_, StoreError>(())
        };
        store.update(id, put).await.unwrap();
        assert_eq!(store.view::<Things>(id).await.unwrap().0, ["other/b", "thing/a", "thing/c"]);
        let delete = |_: &Things, changes: &mut Changes| {
            changes.delete("thing", "a").delete("thing", "never was");
            Ok::<_, StoreError>(())
        };
        store.update(id, delete).await.unwrap();
        assert_eq!(store.view::<Things>(id).await.unwrap().0, ["other/b", "thing/c"]);
        store.view::<Nothing>(id).await.unwrap();
    }

    async fn a_hundred_additions_at_once_make_a_hundred(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        let id = make(&store, 1).await;
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                let store = if n % 2 == 0 { store.clone() } else { other.clone() };
                tokio::spawn(async move { add(&store, id).await.unwrap() })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.push(task.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=100).collect::<Vec<_>>());
        assert_eq!(other.view::<Count>(id).await.unwrap().0, 100);
    }

    async fn another_node_is_seen_at_once(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        let id = make(&store, 1).await;
        for n in 1..=5 {
            assert_eq!(add(&store, id).await.unwrap(), n);
            assert_eq!(other.view::<Count>(id).await.unwrap().0, n);
        }
    }

    async fn a_decision_that_fails_changes_nothing(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        let before = store.view::<Count>(id).await.unwrap();
        let refused = store.update(id, |_: &Count, changes| {
            changes.put("count", "only", &7);
            Err::<(), _>(StoreError::Closed)
        });
        assert!(matches!(refused.await, Err(StoreError::Closed)));
        let nothing = store.update(id, |_: &Count, _| Ok::<_, StoreError>("decided nothing"));
        assert_eq!(nothing.await.unwrap(), "decided nothing");
        assert!(Arc::ptr_eq(&before, &store.view::<Count>(id).await.unwrap()));
    }

    async fn a_record_without_a_json_form_fails_the_whole_change(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        let bad = store.update(id, |_: &Count, changes| {
            changes.put("thing", "good", &1).put("thing", "bad", &std::collections::HashMap::from([((1, 2), 3)]));
            Ok::<_, StoreError>(())
        });
        assert!(matches!(bad.await, Err(StoreError::Record { id, .. }) if id == "bad"));
        assert!(store.records(id).await.unwrap().is_empty());
    }

    async fn a_record_that_does_not_read_is_named(place) {
        let store = place.open().await;
        let mut changes = Changes::default();
        changes.put("count", "only", &"not a number");
        store.create_tenant(tenant(1), changes).await.unwrap();
        let Err(error) = store.view::<Count>(tenant(1)).await else { panic!("it read") };
        assert!(error.to_string().contains("`count` `only`"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }

    async fn what_is_not_there_is_said(place) {
        let store = place.open().await;
        let nobody = tenant(404);
        let unknown = |error: StoreError| matches!(error, StoreError::UnknownTenant { tenant } if tenant == nobody);
        assert!(unknown(store.view::<Count>(nobody).await.err().unwrap()));
        assert!(unknown(add(&store, nobody).await.unwrap_err()));
        assert!(unknown(store.records(nobody).await.unwrap_err()));
        assert!(unknown(store.names(nobody).await.unwrap_err()));
        assert!(unknown(store.snapshot(nobody, "s").await.unwrap_err()));
        assert!(unknown(store.restore(nobody, "s").await.unwrap_err()));
        assert!(unknown(store.delete_tenant(nobody).await.unwrap_err()));
    }

    async fn a_tenant_made_again_begins_anew(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        let id = make(&store, 1).await;
        assert!(matches!(
            store.create_tenant(id, Changes::default()).await,
            Err(StoreError::TenantExists { tenant }) if tenant == id
        ));
        add(&store, id).await.unwrap();
        assert_eq!(other.view::<Count>(id).await.unwrap().0, 1);
        store.delete_tenant(id).await.unwrap();
        assert!(matches!(store.view::<Count>(id).await, Err(StoreError::UnknownTenant { .. })));
        make(&store, 1).await;
        for _ in 0..3 {
            store.update(id, |_: &Things, changes| {
                changes.put("thing", "x", &1);
                Ok::<_, StoreError>(())
            }).await.unwrap();
        }
        assert_eq!(other.view::<Count>(id).await.unwrap().0, 0);
        assert_eq!(add(&other, id).await.unwrap(), 1);
    }

    async fn many_records_at_once_arrive_whole(place) {
        let store = place.open().await;
        let mut changes = Changes::default();
        for n in 0..1_000 {
            changes.put("thing", format!("{n:04}"), &n);
        }
        store.create_tenant(tenant(1), changes).await.unwrap();
        let store = place.reopen(store).await;
        let records = store.records(tenant(1)).await.unwrap();
        assert_eq!(records.len(), 1_000);
        assert_eq!((records[777].id.as_str(), records[777].read::<u64>().unwrap()), ("0777", 777));
    }

    async fn whoever_stops_waiting_leaves_memory_and_disk_agreed(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        for _ in 0..50 {
            let abandoned = add(&store, id);
            // Polled once: it has decided and handed its change over, and then nobody waits for it.
            drop(futures_poll_once(abandoned).await);
        }
        let last = add(&store, id).await.unwrap();
        assert_eq!(store.view::<Count>(id).await.unwrap().0, last);
        let store = place.reopen(store).await;
        assert_eq!(store.view::<Count>(id).await.unwrap().0, last);
    }
}

/// Polls a future once and drops it.
async fn futures_poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
