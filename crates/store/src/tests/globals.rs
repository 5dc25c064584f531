//! Process-wide documents.

use crate::Record;

use super::engines::on_every_engine;

fn key(id: &str, body: &str) -> Record {
    Record {
        kind: "signing-key".into(),
        id: id.into(),
        body: body.into(),
    }
}

on_every_engine! {
    async fn of_many_nodes_one_makes_the_first_key(place) {
        let store = place.open().await;
        let other = place.second(&store).await;
        let tasks: Vec<_> = (0..16)
            .map(|n| {
                let store = if n % 2 == 0 { store.clone() } else { other.clone() };
                tokio::spawn(async move { store.put_global(key("first", &n.to_string()), true).await.unwrap() })
            })
            .collect();
        let mut winners = Vec::new();
        for (n, task) in tasks.into_iter().enumerate() {
            if task.await.unwrap() {
                winners.push(key("first", &n.to_string()));
            }
        }
        assert_eq!(other.global("signing-key").await.unwrap(), winners);
        assert_eq!(winners.len(), 1);
    }

    async fn a_document_is_replaced_and_survives(place) {
        let store = place.open().await;
        assert!(store.put_global(key("b", "1"), false).await.unwrap());
        assert!(store.put_global(key("a", "1"), false).await.unwrap());
        assert!(store.put_global(key("a", "2"), false).await.unwrap());
        let store = place.reopen(store).await;
        assert_eq!(store.global("signing-key").await.unwrap(), [key("a", "2"), key("b", "1")]);
        assert!(store.global("seal").await.unwrap().is_empty());
    }
}
