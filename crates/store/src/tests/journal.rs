//! The journal: order, filters, retention.

use crate::{JournalFilter, StoreError};
use evidence::{JournalLine, Outcome};
use types::{Timestamp, Uuid};

use super::{
    engines::{on_every_engine, tenant},
    updates::make,
};

pub(crate) fn line(n: u128, why: &str) -> JournalLine {
    JournalLine {
        time: Timestamp::from_seconds(i64::try_from(n).unwrap()),
        request: Uuid::from_u128(n),
        correlation: None,
        tenant: Some(tenant(1)),
        method: "POST".into(),
        host: "login.microsoftonline.com".into(),
        path: "/contoso/oauth2/v2.0/token".into(),
        status: 400,
        outcome: Outcome::Refused,
        code: None,
        grade: None,
        cause: None,
        subject: None,
        app: None,
        client: None,
        why: why.into(),
        micros: 12,
    }
}

fn coded(n: u128, code: &str) -> JournalLine {
    JournalLine {
        code: Some(code.into()),
        ..line(n, "two\nlines \u{0} and \"quotes\"")
    }
}

on_every_engine! {
    async fn lines_come_back_in_order_whoever_wrote_them(place) {
        let store = place.open().await;
        make(&store, 1).await;
        for n in 0..200 {
            if n % 3 == 0 {
                store.record(&coded(n, "AADSTS1"), Vec::new()).await.unwrap();
            } else {
                store.note(&coded(n, "AADSTS1"));
            }
        }
        let all: Vec<_> = (0..200).map(|n| coded(n, "AADSTS1")).collect();
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap(), all);
        let store = place.reopen(store).await;
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap(), all);
    }

    async fn a_note_is_written_without_being_asked_for(place) {
        let store = place.open().await;
        store.note(&line(1, "noted"));
        // Beneath the store, where nothing is asked of the writer.
        let blocks = async || {
            let mut reader = store.engine().reader().await.unwrap();
            sqlx::query("SELECT seq FROM journal").fetch_all(&mut *reader).await.unwrap().len()
        };
        while blocks().await == 0 {
            tokio::task::yield_now().await;
        }
        store.note(&line(2, "noted just before the end"));
        let store = place.reopen(store).await;
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap().len(), 2);
    }

    async fn filters_pick_lines(place) {
        let store = place.open().await;
        make(&store, 1).await;
        make(&store, 2).await;
        for n in 0..100 {
            let mut line = coded(n, if n % 10 == 0 { "AADSTS50126" } else { "AADSTS7000215" });
            line.tenant = [Some(tenant(1)), Some(tenant(2)), None][usize::try_from(n % 3).unwrap()];
            store.note(&line);
        }
        let numbers = async |filter: JournalFilter| -> Vec<u128> {
            store.journal(&filter).await.unwrap().iter().map(|line| line.request.as_u128()).collect()
        };
        let code = Some("AADSTS50126".to_owned());
        let since = Some(Timestamp::from_seconds(95));
        assert_eq!(numbers(JournalFilter { limit: Some(3), ..Default::default() }).await, [97, 98, 99]);
        assert_eq!(numbers(JournalFilter { limit: Some(0), ..Default::default() }).await, [0; 0]);
        assert_eq!(numbers(JournalFilter { since, ..Default::default() }).await, [95, 96, 97, 98, 99]);
        assert_eq!(
            numbers(JournalFilter { code: code.clone(), limit: Some(4), ..Default::default() }).await,
            [60, 70, 80, 90]
        );
        let one = JournalFilter { tenant: Some(tenant(2)), code, ..Default::default() };
        assert_eq!(numbers(one).await, [10, 40, 70]);
        let nobody = JournalFilter { tenant: Some(tenant(404)), ..Default::default() };
        assert_eq!(numbers(nobody).await, [0; 0]);
        let request = Some(Uuid::from_u128(42));
        assert_eq!(numbers(JournalFilter { request, ..Default::default() }).await, [42]);
        let host = Some("NO-SUCH".to_owned());
        assert_eq!(numbers(JournalFilter { host, ..Default::default() }).await, [0; 0]);
        let outcome = Some(Outcome::Failed);
        assert_eq!(numbers(JournalFilter { outcome, ..Default::default() }).await, [0; 0]);
    }

    async fn a_clock_that_jumps_hides_nothing(place) {
        let store = place.open().await;
        make(&store, 1).await;
        for n in [500, 1, 400, 2] {
            store.note(&line(n, "jump"));
        }
        let since = Some(Timestamp::from_seconds(300));
        let found = store.journal(&JournalFilter { since, ..Default::default() }).await.unwrap();
        assert_eq!(found, [line(500, "jump"), line(400, "jump")]);
    }

    async fn only_the_newest_lines_are_kept_for_each_tenant(place) {
        let store = place.open_keeping(1_000).await;
        make(&store, 1).await;
        make(&store, 2).await;
        let mut quiet = line(7, "quiet");
        quiet.tenant = Some(tenant(2));
        store.record(&quiet, Vec::new()).await.unwrap();
        for n in 0..5_000 {
            store.note(&line(n, "loud"));
            if n % 50 == 49 {
                store.record(&line(n, "loud"), Vec::new()).await.unwrap();
            }
        }
        let loud = JournalFilter { tenant: Some(tenant(1)), ..Default::default() };
        let kept = store.journal(&loud).await.unwrap();
        // The retention, the slack that makes removing cheap, and one block.
        assert!((1_000..=1_000 + 250 + 256).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept.last().unwrap().request, Uuid::from_u128(4_999));
        let of_quiet = JournalFilter { tenant: Some(tenant(2)), ..Default::default() };
        assert_eq!(store.journal(&of_quiet).await.unwrap(), [quiet]);
    }

    async fn a_deleted_tenant_takes_its_lines_with_it(place) {
        let store = place.open().await;
        make(&store, 1).await;
        store.record(&line(1, "its own"), Vec::new()).await.unwrap();
        store.delete_tenant(tenant(1)).await.unwrap();
        // The answer to the deletion is journaled after it: that line stays, under nobody.
        store.record(&line(2, "deleted"), Vec::new()).await.unwrap();
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap(), [line(2, "deleted")]);
        make(&store, 1).await;
        let its_own = JournalFilter { tenant: Some(tenant(1)), ..Default::default() };
        assert!(store.journal(&its_own).await.unwrap().is_empty());
    }

    async fn a_closed_store_says_so(place) {
        let store = place.open().await;
        store.close().await;
        store.note(&line(1, "too late"));
        assert!(matches!(store.record(&line(1, "too late"), Vec::new()).await, Err(StoreError::Closed)));
        assert!(matches!(store.tenants().await, Err(StoreError::Closed)));
        store.close().await;
    }
}
