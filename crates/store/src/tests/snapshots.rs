//! Snapshots put back records, names and tickets exactly.

use crate::{JournalFilter, Store, StoreError};
use types::TenantId;

use super::{
    engines::on_every_engine,
    journal::line,
    tickets::ticket,
    updates::{Things, make},
};

async fn put(store: &Store, id: TenantId, thing: &str, name: &str) {
    store
        .update(id, |_: &Things, changes| {
            changes.put("thing", thing, &thing).bind(name);
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

on_every_engine! {
    async fn what_came_later_is_gone_and_what_went_is_back(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        put(&store, id, "a", "name:a").await;
        store.put_ticket(ticket("before", "f")).await.unwrap();
        store.snapshot(id, "clean").await.unwrap();
        put(&store, id, "b", "name:b").await;
        store.update(id, |_: &Things, changes| {
            changes.delete("thing", "a").unbind("name:a");
            Ok::<_, StoreError>(())
        }).await.unwrap();
        store.move_ticket("before", "active", "redeemed", "").await.unwrap();
        store.put_ticket(ticket("after", "f")).await.unwrap();
        store.record(&line(1, "kept"), Vec::new()).await.unwrap();

        let store = place.reopen(store).await;
        assert_eq!(store.view::<Things>(id).await.unwrap().0, ["thing/b"]);
        assert!(store.restore(id, "clean").await.unwrap());
        assert_eq!(store.view::<Things>(id).await.unwrap().0, ["thing/a"]);
        assert_eq!(store.names(id).await.unwrap(), ["name:a"]);
        assert_eq!(store.tenant_of("name:a").await.unwrap(), Some(id));
        assert_eq!(store.tenant_of("name:b").await.unwrap(), None);
        assert_eq!(store.ticket("before").await.unwrap(), Some(ticket("before", "f")));
        assert_eq!(store.ticket("after").await.unwrap(), None);
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap().len(), 1);
    }

    async fn a_snapshot_is_replaced_and_belongs_to_its_tenant(place) {
        let store = place.open().await;
        let (id, other) = (make(&store, 1).await, make(&store, 2).await);
        store.snapshot(id, "s").await.unwrap();
        put(&store, id, "a", "name:a").await;
        store.snapshot(id, "s").await.unwrap();
        put(&store, id, "b", "name:b").await;
        store.snapshot(id, "S").await.unwrap();
        assert_eq!(store.snapshots(id).await.unwrap(), ["S", "s"]);
        assert_eq!(store.snapshots(other).await.unwrap(), [""; 0]);
        assert!(!store.restore(other, "s").await.unwrap());
        assert!(!store.restore(id, "never taken").await.unwrap());
        assert_eq!(store.view::<Things>(id).await.unwrap().0.len(), 2);
        for _ in 0..2 {
            assert!(store.restore(id, "s").await.unwrap());
            assert_eq!(store.view::<Things>(id).await.unwrap().0, ["thing/a"]);
        }
    }

    async fn a_name_taken_meanwhile_undoes_the_restore(place) {
        let store = place.open().await;
        let (id, other) = (make(&store, 1).await, make(&store, 2).await);
        put(&store, id, "a", "name:a").await;
        store.snapshot(id, "s").await.unwrap();
        store.update(id, |_: &Things, changes| {
            changes.unbind("name:a").delete("thing", "a");
            Ok::<_, StoreError>(())
        }).await.unwrap();
        put(&store, other, "x", "name:a").await;
        let refused = store.restore(id, "s").await;
        assert!(matches!(refused, Err(StoreError::NameTaken { name }) if name == "name:a"));
        assert!(store.records(id).await.unwrap().is_empty());
        assert_eq!(store.tenant_of("name:a").await.unwrap(), Some(other));
    }

    async fn restoring_while_others_decide_loses_nobody(place) {
        let store = place.open().await;
        let id = make(&store, 1).await;
        store.snapshot(id, "s").await.unwrap();
        let restorer = store.clone();
        let restores = tokio::spawn(async move {
            for _ in 0..20 {
                assert!(restorer.restore(id, "s").await.unwrap());
            }
        });
        for n in 0..20 {
            put(&store, id, &n.to_string(), &format!("name:{n}")).await;
        }
        restores.await.unwrap();
        put(&store, id, "last", "name:last").await;
        assert!(store.view::<Things>(id).await.unwrap().0.contains(&"thing/last".to_owned()));
    }
}
