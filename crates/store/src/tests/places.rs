//! Places that cannot be used say which and why.

use crate::{Location, Store, StoreError};

use super::{
    engines::{Place, on_every_engine},
    updates::{add, make},
};

async fn refusal(at: &Location) -> StoreError {
    match Store::open(at).await {
        Ok(_) => panic!("{at} was opened"),
        Err(error) => error,
    }
}

fn path(place: &Place) -> std::path::PathBuf {
    match &place.at {
        Location::Directory(path) => path.clone(),
        other => panic!("{other}"),
    }
}

on_every_engine! {
    async fn a_newer_schema_is_left_alone(place) {
        let store = place.open().await;
        store.close().await;
        let url = match &place.at {
            Location::Memory => return,
            Location::Directory(path) => {
                let path = path.to_str().unwrap().replace(' ', "%20").replace('?', "%3F").replace('#', "%23");
                format!("sqlite://{path}/keyway.sqlite")
            }
            Location::Postgres(url) => url.clone(),
        };
        let mut conn = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::raw_sql("UPDATE schema_version SET version = 99").execute(&mut conn).await.unwrap();
        sqlx::Connection::close(conn).await.unwrap();
        let error = refusal(&place.at).await;
        assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("newer Keyway"), "{error}");
    }

    async fn nodes_that_start_together_make_one_schema(place) {
        if !matches!(place.at, Location::Postgres(_)) {
            return;
        }
        let starts: Vec<_> = (0..6)
            .map(|_| {
                let at = place.at.clone();
                tokio::spawn(async move { Store::open(&at).await.unwrap() })
            })
            .collect();
        let mut nodes = Vec::new();
        for start in starts {
            nodes.push(start.await.unwrap());
        }
        let id = make(&nodes[0], 1).await;
        assert_eq!(add(&nodes[5], id).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_directory_has_one_owner() {
    let place = Place::directory();
    let store = place.open().await;
    let error = refusal(&place.at).await;
    assert!(
        matches!(&error, StoreError::InUse { path: named } if *named == path(&place)),
        "{error}"
    );
    assert!(error.to_string().contains("a directory of its own"), "{error}");
    store.close().await;
    place.open().await.close().await;
}

#[tokio::test]
async fn a_file_is_no_directory() {
    let place = Place::directory();
    std::fs::write(path(&place), "x").unwrap();
    let error = refusal(&place.at).await;
    assert!(
        matches!(&error, StoreError::Directory { path: named, .. } if *named == path(&place)),
        "{error}"
    );
    assert!(error.to_string().contains("not a directory"), "{error}");
    std::fs::remove_file(path(&place)).unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let place = Place::directory();
    std::fs::create_dir_all(path(&place).join("keyway.sqlite")).unwrap();
    let error = refusal(&place.at).await;
    assert!(
        matches!(&error, StoreError::Directory { path, .. } if path.ends_with("keyway.sqlite")),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::directory();
    std::fs::create_dir_all(path(&place)).unwrap();
    let file = path(&place).join("keyway.sqlite");
    std::fs::write(
        &file,
        "this is a letter to a friend, not a database, ".repeat(100),
    )
    .unwrap();
    let error = refusal(&place.at).await;
    assert!(
        matches!(&error, StoreError::Damaged { location, .. } if location.ends_with("keyway.sqlite")),
        "{error}"
    );
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .starts_with("this is a letter")
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_without_its_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = refusal(&Location::Postgres(format!(
        "postgres://anna:canary@127.0.0.1:{port}/keyway"
    )))
    .await;
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains(&format!("postgres://127.0.0.1:{port}/keyway")),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn another_sort_of_database_is_refused() {
    let error = refusal(&Location::Postgres(
        "mysql://anna:canary@db.example/keyway".into(),
    ))
    .await;
    assert!(matches!(error, StoreError::NotPostgres { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains("mysql://db.example/keyway"), "{told}");
    assert!(told.contains("postgres://"), "{told}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_made_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::directory();
    let store = place.open().await;
    make(&store, 1).await;
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path(&place)), 0o700);
    for entry in std::fs::read_dir(path(&place)).unwrap() {
        let file = entry.unwrap().path();
        assert_eq!(mode(file.clone()), 0o600, "{}", file.display());
    }
    store.close().await;
}
