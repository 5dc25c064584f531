//! Process-wide names.

use crate::{Changes, Store, StoreError};
use types::TenantId;

use super::{
    engines::{on_every_engine, tenant},
    updates::{Things, make},
};

async fn rename(store: &Store, id: TenantId, bind: &[&str], unbind: &[&str]) -> Result<(), StoreError> {
    store
        .update(id, |_: &Things, changes| {
            for name in bind {
                changes.bind(*name);
            }
            for name in unbind {
                changes.unbind(*name);
            }
            changes.put("thing", "renamed", &1);
            Ok(())
        })
        .await
}

on_every_engine! {
    async fn a_name_leads_to_its_tenant_until_it_is_released(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        let (a, b) = (make(&store, 1).await, make(&store, 2).await);
        assert_eq!(store.tenant_of("domain:contoso.com").await.unwrap(), None);
        rename(&store, a, &["domain:contoso.com", "app:1"], &[]).await.unwrap();
        rename(&store, a, &["domain:contoso.com"], &[]).await.unwrap();
        assert_eq!(other.tenant_of("domain:contoso.com").await.unwrap(), Some(a));
        assert_eq!(store.names(a).await.unwrap(), ["app:1", "domain:contoso.com"]);
        rename(&store, b, &[], &["domain:contoso.com"]).await.unwrap();
        assert_eq!(store.tenant_of("domain:contoso.com").await.unwrap(), Some(a));
        rename(&store, a, &[], &["domain:contoso.com"]).await.unwrap();
        rename(&store, b, &["domain:contoso.com"], &[]).await.unwrap();
        let store = place.reopen(store).await;
        assert_eq!(store.tenant_of("domain:contoso.com").await.unwrap(), Some(b));
        assert_eq!(store.names(a).await.unwrap(), ["app:1"]);
    }

    async fn a_taken_name_undoes_the_whole_change(place) {
        let store = place.open().await;
        let (a, b) = (make(&store, 1).await, make(&store, 2).await);
        rename(&store, a, &["domain:contoso.com"], &[]).await.unwrap();
        let refused = rename(&store, b, &["app:2", "domain:contoso.com"], &[]).await;
        assert!(matches!(refused, Err(StoreError::NameTaken { name }) if name == "domain:contoso.com"));
        assert!(store.records(b).await.unwrap().is_empty());
        assert_eq!(store.tenant_of("app:2").await.unwrap(), None);
        let mut changes = Changes::default();
        changes.bind("domain:contoso.com");
        let refused = store.create_tenant(tenant(3), changes).await;
        assert!(matches!(refused, Err(StoreError::NameTaken { .. })));
        assert_eq!(store.tenants().await.unwrap(), [a, b]);
    }

    async fn of_many_who_want_a_name_one_gets_it(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        for n in 0..16 {
            make(&store, n).await;
        }
        let tasks: Vec<_> = (0..16)
            .map(|n| {
                let store = if n % 2 == 0 { store.clone() } else { other.clone() };
                // Wanted in opposite orders, so that waiting for one another would show.
                let names = if n % 4 < 2 { ["x", "y"] } else { ["y", "x"] };
                tokio::spawn(async move { rename(&store, tenant(n), &names, &[]).await.map(|()| tenant(n)) })
            })
            .collect();
        let mut winners = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(winner) => winners.push(winner),
                Err(error) => assert!(matches!(error, StoreError::NameTaken { .. }), "{error}"),
            }
        }
        let [winner] = winners[..] else { panic!("{winners:?}") };
        assert_eq!(other.tenant_of("x").await.unwrap(), Some(winner));
        assert_eq!(store.tenant_of("y").await.unwrap(), Some(winner));
    }

    async fn a_deleted_tenant_releases_its_names(place) {
        let store = place.open().await;
        let mut changes = Changes::default();
        changes.bind("host:contoso").put("thing", "a", &1);
        store.create_tenant(tenant(1), changes).await.unwrap();
        assert_eq!(store.tenant_of("host:contoso").await.unwrap(), Some(tenant(1)));
        store.delete_tenant(tenant(1)).await.unwrap();
        assert_eq!(store.tenant_of("host:contoso").await.unwrap(), None);
        let heir = make(&store, 2).await;
        rename(&store, heir, &["host:contoso"], &[]).await.unwrap();
    }
}
