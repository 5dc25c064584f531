//! Tickets: single use, families, expiry.

use crate::Ticket;
use types::Timestamp;

use super::{
    engines::{on_every_engine, tenant},
    updates::make,
};

pub(crate) fn ticket(id: &str, group: &str) -> Ticket {
    Ticket {
        id: id.into(),
        tenant: tenant(1),
        kind: "refresh".into(),
        state: "active".into(),
        group: group.into(),
        expires: Timestamp::from_seconds(1_000),
        body: r#"{"scope":"openid"}"#.into(),
    }
}

on_every_engine! {
    async fn a_ticket_comes_back_as_it_was_put(place) {
        let store = place.open().await;
        let mut first = ticket("digest", "family");
        store.put_ticket(first.clone()).await.unwrap();
        let store = place.reopen(store).await;
        assert_eq!(store.ticket("digest").await.unwrap(), Some(first.clone()));
        assert_eq!(store.ticket("another").await.unwrap(), None);
        first.body = "ü {}".into();
        first.expires = Timestamp::from_millis(-1);
        store.put_ticket(first.clone()).await.unwrap();
        assert_eq!(store.ticket("digest").await.unwrap(), Some(first));
    }

    async fn of_many_redemptions_at_once_one_wins(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        for round in 0..5 {
            let code = format!("code-{round}");
            store.put_ticket(ticket(&code, "")).await.unwrap();
            let tasks: Vec<_> = (0..32)
                .map(|n| {
                    let (store, code) = (if n % 2 == 0 { store.clone() } else { other.clone() }, code.clone());
                    tokio::spawn(async move {
                        store.move_ticket(&code, "active", "redeemed", &n.to_string()).await.unwrap()
                    })
                })
                .collect();
            let mut winners = Vec::new();
            for (n, task) in tasks.into_iter().enumerate() {
                if task.await.unwrap() {
                    winners.push(n.to_string());
                }
            }
            let found = other.ticket(&code).await.unwrap().unwrap();
            assert_eq!((found.state.as_str(), vec![found.body]), ("redeemed", winners));
        }
    }

    async fn a_ticket_moves_only_from_where_it_stands(place) {
        let store = place.open().await;
        store.put_ticket(ticket("a", "")).await.unwrap();
        assert!(!store.move_ticket("a", "redeemed", "active", "").await.unwrap());
        assert!(!store.move_ticket("none", "active", "redeemed", "").await.unwrap());
        assert!(store.move_ticket("a", "active", "active", "new").await.unwrap());
        assert_eq!(store.ticket("a").await.unwrap().unwrap().body, "new");
    }

    async fn a_family_is_revoked_together(place) {
        let store = place.open().await;
        let mut foreign = ticket("foreign", "f");
        foreign.tenant = tenant(2);
        for put in [ticket("a", "f"), ticket("b", "f"), ticket("c", "g"), foreign] {
            store.put_ticket(put).await.unwrap();
        }
        assert_eq!(store.move_group(tenant(1), "f", "revoked").await.unwrap(), 2);
        assert_eq!(store.move_group(tenant(1), "f", "revoked").await.unwrap(), 0);
        for (id, state) in [("a", "revoked"), ("b", "revoked"), ("c", "active"), ("foreign", "active")] {
            assert_eq!(store.ticket(id).await.unwrap().unwrap().state, state, "{id}");
        }
    }

    async fn tickets_are_listed_by_tenant_kind_and_state(place) {
        let store = place.open().await;
        let mut foreign = ticket("foreign", "");
        foreign.tenant = tenant(2);
        let mut other = ticket("other", "");
        other.kind = "code".into();
        for put in [ticket("b", "g"), ticket("a", "f"), ticket("moved", ""), foreign, other] {
            store.put_ticket(put).await.unwrap();
        }
        store.move_ticket("moved", "active", "ended", "").await.unwrap();
        let found = store.tickets(tenant(1), "refresh", "active").await.unwrap();
        assert_eq!(found, [ticket("a", "f"), ticket("b", "g")]);
    }

    async fn what_expired_is_removed(place) {
        let store = place.open().await;
        let mut late = ticket("late", "");
        late.expires = Timestamp::from_seconds(2_000);
        store.put_ticket(late).await.unwrap();
        store.put_ticket(ticket("early", "")).await.unwrap();
        assert_eq!(store.delete_expired(Timestamp::from_seconds(1_000)).await.unwrap(), 0);
        assert_eq!(store.delete_expired(Timestamp::from_millis(1_000_001)).await.unwrap(), 1);
        assert!(store.ticket("early").await.unwrap().is_none());
        assert!(store.ticket("late").await.unwrap().is_some());
    }

    async fn tickets_are_committed_together(place) {
        let store = place.open().await;
        make(&store, 1).await;
        let tickets: Vec<_> = (0..100).map(|n| ticket(&format!("t{n}"), "f")).chain([ticket("t7", "last")]).collect();
        store.put_tickets(tickets).await.unwrap();
        let store = place.reopen(store).await;
        assert_eq!(store.ticket("t99").await.unwrap().unwrap().group, "f");
        assert_eq!(store.ticket("t7").await.unwrap().unwrap().group, "last");
    }
}
