//! A full disk, a job that the database refuses, another tenant's haste: who suffers, and who does not.

use sqlx::AssertSqlSafe;

use super::{
    engines::{Place, on_every_engine, tenant},
    journal::line,
    tickets::ticket,
    updates::{Things, add, make},
};
use crate::{JournalFilter, Store, StoreError};

/// Lets the database grow to so many pages: SQLite then answers as it does when the disk is full.
async fn limit_pages(store: &Store, pages: u32) {
    let pragma = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    let mut writer = store.engine().writer().await.unwrap();
    sqlx::raw_sql(pragma).execute(&mut *writer).await.unwrap();
}

async fn put_a_lot(store: &Store, n: u32) -> Result<(), StoreError> {
    store
        .update(tenant(1), |_: &Things, changes| {
            changes.put("thing", n, &"x".repeat(20_000));
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_lost() {
    for place in [Place::memory(), Place::directory()] {
        let store = place.open().await;
        let id = make(&store, 1).await;
        limit_pages(&store, 1).await; // as many as there are
        let (mut written, mut noted) = (0, 0);
        let error = loop {
            match put_a_lot(&store, written).await {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(store.view::<Things>(id).await.unwrap().0.len(), written as usize);
        let said = loop {
            store.note(&line(noted, &"y".repeat(5_000)));
            noted += 1;
            match store.record(&line(0, "full"), Vec::new()).await {
                Ok(()) => {}
                Err(error) => break error,
            }
        };
        assert!(matches!(said, StoreError::Full { .. }), "{said:?}");

        limit_pages(&store, 1_000_000).await;
        put_a_lot(&store, written).await.unwrap();
        let store = place.reopen(store).await;
        assert_eq!(
            store.view::<Things>(id).await.unwrap().0.len(),
            written as usize + 1
        );
        let lines = store.journal(&JournalFilter::default()).await.unwrap();
        assert_eq!(
            lines.iter().filter(|line| line.why.starts_with('y')).count(),
            noted as usize
        );
    }
}

on_every_engine! {
    async fn a_refused_job_fails_alone(place) {
        let store = place.open().await;
        make(&store, 1).await;
        // PostgreSQL takes no NUL in text, SQLite does; what matters is that the neighbors are safe.
        let puts: Vec<_> = (0..20)
            .map(|n| {
                let store = store.clone();
                let id = if n == 7 { "nul\0".to_owned() } else { format!("good-{n}") };
                tokio::spawn(async move { (n, store.put_ticket(ticket(&id, "")).await) })
            })
            .collect();
        store.note(&line(1, "noted beside it"));
        for put in puts {
            let (n, result) = put.await.unwrap();
            let refused = n == 7 && matches!(place.at, crate::Location::Postgres(_));
            assert_eq!(matches!(result, Err(StoreError::Database { .. })), refused, "{result:?}");
            assert_eq!(store.ticket(&format!("good-{n}")).await.unwrap().is_some(), n != 7);
        }
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap().len(), 1);
    }

    async fn tenants_do_not_wait_for_one_another_in_vain(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        let tasks: Vec<_> = (0..50)
            .map(|n| {
                let store = if n % 2 == 0 { store.clone() } else { other.clone() };
                tokio::spawn(async move {
                    let id = make(&store, n).await;
                    for _ in 0..5 {
                        add(&store, id).await.unwrap();
                        store.record(&line(n, "busy"), Vec::new()).await.unwrap();
                    }
                    let last = add(&store, id).await.unwrap();
                    store.delete_tenant(id).await.unwrap();
                    last
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 6);
        }
        assert!(store.tenants().await.unwrap().is_empty());
    }
}
