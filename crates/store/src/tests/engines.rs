//! The places a store can live in, one of its own for each test.

use crate::{Location, Settings, Store};
use tempfile::TempDir;
use types::{Chance, SystemChance, TenantId};

/// Where one test's state lives. Opened again, it is the same state (in memory there is nothing to open again).
pub(crate) struct Place {
    pub(crate) at: Location,
    _directory: Option<TempDir>,
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self {
            at: Location::Memory,
            _directory: None,
        }
    }

    pub(crate) fn directory() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            at: Location::Directory(directory.path().join("keyway store?#")),
            _directory: Some(directory),
        }
    }

    /// A schema of its own in the database that `KEYWAY_TEST_POSTGRES` names; `None` where that is not set.
    pub(crate) async fn postgres() -> Option<Self> {
        let url = std::env::var("KEYWAY_TEST_POSTGRES").ok()?;
        let schema = format!("t_{}", SystemChance.uuid().simple());
        sqlx::any::install_default_drivers();
        let mut conn = <sqlx::AnyConnection as sqlx::Connection>::connect(&url)
            .await
            .unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        sqlx::raw_sql(create).execute(&mut conn).await.unwrap();
        let sign = if url.contains('?') { '&' } else { '?' };
        let at = Location::Postgres(format!("{url}{sign}options[search_path]={schema}"));
        Some(Self { at, _directory: None })
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.at).await.unwrap()
    }

    pub(crate) async fn open_keeping(&self, journal_lines: u32) -> Store {
        Store::open_with(&self.at, Settings { journal_lines })
            .await
            .unwrap()
    }

    /// Another node where there can be one, else the same store.
    pub(crate) async fn second(&self, first: &Store) -> Store {
        if matches!(self.at, Location::Postgres(_)) {
            self.open().await
        } else {
            first.clone()
        }
    }

    /// The store as it is found after a restart; in memory there is none.
    pub(crate) async fn reopen(&self, store: Store) -> Store {
        if matches!(self.at, Location::Memory) {
            return store;
        }
        store.close().await;
        self.open().await
    }
}

/// Writes a test once and runs it on every engine.
macro_rules! on_every_engine {
    ($($(#[$doc:meta])* async fn $name:ident($place:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn body($place: &crate::tests::engines::Place) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn memory() {
                body(&crate::tests::engines::Place::memory()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn directory() {
                body(&crate::tests::engines::Place::directory()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if let Some(place) = crate::tests::engines::Place::postgres().await {
                    body(&place).await;
                }
            }
        }
    )*};
}
pub(crate) use on_every_engine;

pub(crate) fn tenant(n: u128) -> TenantId {
    TenantId::new(types::Uuid::from_u128(n))
}
