//! The edge with the real router: names, TLS, limits, the journal.

use std::{sync::Arc, time::Duration};

use evidence::{Decision, Outcome};
use http::StatusCode;
use store::{JournalFilter, Location, Store, Ticket};
use tempfile::tempdir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use types::{Host, SystemChance, SystemClock, TenantId, Timestamp};
use wire::{Answer, Call};

use super::{World, connect_tls, send};
use crate::edge::{
    Edge, Handled, Limits, Names, Parts, Port, Service, Stop,
    ca::{Ca, Paths},
};

#[tokio::test]
async fn every_name_has_a_certificate_of_its_own_and_an_answer() {
    let world = World::demo().await;
    let port = world.port();
    for (authority, path, status) in [
        ("localhost".to_owned(), "/", 200),
        (
            "login.microsoftonline.com.localhost".to_owned(),
            "/common/.well-known/openid-configuration",
            200,
        ),
        (
            "login.windows.net.localhost".to_owned(),
            "/common/discovery/keys",
            200,
        ),
        (
            "contoso.crm4.dynamics.com.localhost".to_owned(),
            "/api/data/v9.2/WhoAmI",
            401,
        ),
        (
            "contoso.api.crm4.dynamics.com.localhost".to_owned(),
            "/api/data/v9.2/WhoAmI",
            401,
        ),
        (
            "globaldisco.crm.dynamics.com.localhost".to_owned(),
            "/api/discovery/v2.0/Instances",
            401,
        ),
        ("portal.azure.com.localhost".to_owned(), "/", 501),
    ] {
        let got = world
            .ask("GET", &format!("{authority}:{port}"), path, &[], "")
            .await;
        assert_eq!(got.status, status, "{authority}: {}", got.text());
        assert_eq!(got.headers["x-keyway"], "stand-in");
    }
}

#[tokio::test]
async fn what_is_sent_back_wears_the_form_that_was_used() {
    let world = World::demo().await;
    let path = "/organizations/v2.0/.well-known/openid-configuration";
    let dressed = format!("login.microsoftonline.com.localhost:{}", world.port());
    let got = world.ask("GET", &dressed, path, &[], "").await.json();
    assert_eq!(
        got["token_endpoint"],
        format!("https://{dressed}/organizations/oauth2/v2.0/token")
    );
    let got = world
        .ask("GET", "login.microsoftonline.com", path, &[], "")
        .await
        .json();
    assert_eq!(
        got["token_endpoint"],
        "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"
    );
}

#[tokio::test]
async fn who_ends_its_own_side_first_still_gets_its_answer() {
    let world = World::demo().await;
    let mut stream = world.tls("localhost").await.unwrap();
    let request = format!(
        "GET /_keyway/v1/health HTTP/1.1\r\nhost: localhost:{}\r\n\r\n",
        world.port()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_name_that_is_not_ours_gets_no_certificate_and_a_line() {
    let world = World::demo().await;
    assert!(world.tls("example.com").await.is_err());
    assert!(world.tls("example.com.localhost").await.is_err());
    let lines = world.journal().await;
    let refused: Vec<_> = lines.iter().filter(|line| line["method"] == "TLS").collect();
    assert_eq!(refused.len(), 2, "{lines:?}");
    assert!(refused[0]["why"].as_str().unwrap().contains("example.com"));
}

#[tokio::test]
async fn a_request_for_another_name_than_the_connections_is_misdirected() {
    let world = World::demo().await;
    let port = world.port();
    for (opened, asked) in [
        (
            "login.microsoftonline.com.localhost",
            format!("contoso.crm4.dynamics.com.localhost:{port}"),
        ),
        (
            "login.microsoftonline.com.localhost",
            "login.microsoftonline.com".to_owned(),
        ),
        ("localhost", "evil.example".to_owned()),
    ] {
        let tls = world.tls(opened).await.unwrap();
        let got = send(tls, "GET", "/", &asked, &[], String::new()).await;
        assert_eq!(got.status, 421, "{opened} {asked}");
        assert!(got.text().contains(opened), "{}", got.text());
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_whether_announced_or_not() {
    let world = World::with(|config| config.limits.body = 1000).await;
    let authority = format!("login.microsoftonline.com.localhost:{}", world.port());
    let path = "/organizations/oauth2/v2.0/token";
    let got = world.ask("POST", &authority, path, &[], &"a".repeat(1001)).await;
    assert_eq!(got.status, 413);
    assert!(got.text().contains("1000 bytes"), "{}", got.text());
    let mut tls = world.tls("login.microsoftonline.com.localhost").await.unwrap();
    let chunk = "a".repeat(800);
    let head = format!("POST {path} HTTP/1.1\r\nHost: {authority}\r\nTransfer-Encoding: chunked\r\n\r\n");
    tls.write_all(format!("{head}320\r\n{chunk}\r\n320\r\n{chunk}\r\n0\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut start = [0; 12];
    tls.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    let refused = world
        .journal()
        .await
        .into_iter()
        .filter(|line| line["status"] == 413)
        .count();
    assert_eq!(refused, 2);
}

#[tokio::test]
async fn what_is_not_http_or_names_no_host_has_a_line_too() {
    let world = World::demo().await;
    for request in [
        "NONSENSE\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    ] {
        let mut tls = world.tls("localhost").await.unwrap();
        tls.write_all(request.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        tls.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 400", "{request}");
    }
    let lines = world.journal().await;
    assert_eq!(
        lines.iter().filter(|line| line["status"] == 400).count(),
        3,
        "{lines:?}"
    );
}

#[tokio::test]
async fn each_request_leaves_one_line_that_says_why() {
    let world = World::demo().await;
    let authority = format!("login.microsoftonline.com.localhost:{}", world.port());
    let correlation = "7a8b0d3e-1111-4222-8333-944455556666";
    let got = world
        .ask(
            "POST",
            &authority,
            "/contoso.com/oauth2/v2.0/token?x=canary",
            &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("client-request-id", correlation),
                ("x-client-sku", "MSAL.Test"),
                ("x-client-ver", "1.2"),
            ],
            "grant_type=client_credentials&client_id=11111111-1111-4111-8111-111111111111&client_secret=canary&scope=x/.default",
        )
        .await;
    assert_eq!(got.status, 400, "{}", got.text());
    let lines = world.journal().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(
        line["request"].as_str(),
        got.headers["x-ms-request-id"].to_str().ok()
    );
    assert_eq!(line["host"], "login.microsoftonline.com");
    assert_eq!(line["path"], "/contoso.com/oauth2/v2.0/token");
    assert_eq!(
        (&line["status"], &line["outcome"]),
        (&400.into(), &"refused".into())
    );
    assert_eq!(line["code"], "AADSTS700016");
    assert_eq!(line["correlation"], correlation);
    assert_eq!(line["client"], "MSAL.Test 1.2");
    assert!(line["why"].as_str().unwrap().contains("11111111"));
    assert!(!lines[0].to_string().contains("canary"));
}

#[tokio::test]
async fn what_was_granted_is_on_the_disk_before_the_answer_leaves() {
    let (data, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let world = World::with(|config| config.location = Location::Directory(data.path().to_owned())).await;
    let authority = format!("login.microsoftonline.com.localhost:{}", world.port());
    let env = &world.ready().env;
    let path = format!("/{}/oauth2/v2.0/token", env["TENANT_ID"]);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}.default",
        env["CLIENT_ID"], env["CLIENT_SECRET"], env["DATAVERSE_URL"]
    );
    for _ in 0..5 {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let got = world.ask("POST", &authority, &path, &headers, &form).await;
        assert_eq!(got.status, 200, "{}", got.text());
        // What a power cut at this moment would leave behind.
        for file in ["keyway.sqlite", "keyway.sqlite-wal"] {
            std::fs::copy(data.path().join(file), copy.path().join(file)).unwrap();
        }
        let left = Store::open(&Location::Directory(copy.path().to_owned()))
            .await
            .unwrap();
        let newest = JournalFilter {
            limit: Some(1),
            ..Default::default()
        };
        let lines = left.journal(&newest).await.unwrap();
        left.close().await;
        assert_eq!(
            Some(lines[0].request.to_string().as_str()),
            got.headers["x-ms-request-id"].to_str().ok()
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let world = World::demo().await;
    let authority = format!("localhost:{}", world.port());
    let get = world.ask("GET", &authority, "/", &[], "").await;
    let head = world.ask("HEAD", &authority, "/", &[], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(
        head.headers["content-length"].to_str().unwrap(),
        get.body.len().to_string()
    );
    assert!(get.text().contains("This is a Keyway stand-in"));
}

#[tokio::test]
async fn a_client_that_dawdles_is_let_go() {
    let world = World::with(|config| {
        config.limits.handshake = Duration::from_millis(100);
        config.limits.head_time = Duration::from_millis(100);
        config.limits.body_time = Duration::from_millis(100);
    })
    .await;
    let mut silent = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap(), 0);
    let mut half = world.tls("localhost").await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost: loc").await.unwrap();
    // Closed, with or without a word.
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest).await;
    let mut body = world.tls("localhost").await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 10\r\n\r\nabc",
        world.port()
    );
    body.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    body.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_next_step() {
    let world = World::demo().await;
    let directory = tempdir().unwrap();
    let mut config = super::config(directory.path());
    config.listen.set_port(world.port());
    let clock = world.clock.clone();
    let error = crate::start(config, clock, Arc::new(SystemChance))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains(&format!("port {} is taken", world.port())) && error.contains("--listen"),
        "{error}"
    );
}

#[tokio::test]
async fn a_public_address_needs_to_be_wanted() {
    let scratch = tempdir().unwrap();
    let directory = scratch.path().join("state");
    let mut config = super::config(&directory);
    config.listen = "0.0.0.0:0".parse().unwrap();
    let clock = Arc::new(SystemClock);
    let error = crate::start(config, clock, Arc::new(SystemChance))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("--allow-public"), "{error}");
    assert!(!directory.exists());
}

/// A connection by HTTP/2.
async fn http2(world: &World) -> hyper::client::conn::http2::SendRequest<http_body_util::Full<bytes::Bytes>> {
    let stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    use rustls_pki_types::pem::PemObject;
    roots
        .add(rustls_pki_types::CertificateDer::from_pem_file(&world.ready().ca).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let exec = hyper_util::rt::TokioExecutor::new();
    let (sender, connection) = hyper::client::conn::http2::handshake(exec, hyper_util::rt::TokioIo::new(tls))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

#[tokio::test]
async fn http2_is_spoken_where_both_sides_want_it() {
    let world = World::demo().await;
    let mut sender = http2(&world).await;
    let uri = format!("https://localhost:{}/_keyway/v1/health", world.port());
    let request = http::Request::get(uri)
        .body(http_body_util::Full::new(bytes::Bytes::new()))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.version(), http::Version::HTTP_2);
}

#[tokio::test]
async fn http2_is_told_what_is_too_large_and_goes_on() {
    let world = World::with(|config| config.limits.body = 1000).await;
    let mut sender = http2(&world).await;
    let uri = format!("https://localhost:{}/_keyway/v1/tenants", world.port());
    let full = |bytes: usize| http_body_util::Full::new(bytes::Bytes::from("a".repeat(bytes)));
    let body = http::Request::post(&uri).body(full(3_000_000)).unwrap();
    assert_eq!(sender.send_request(body).await.unwrap().status(), 413);
    let head = http::Request::get(&uri)
        .header("x-long", "a".repeat(100_000))
        .body(full(0))
        .unwrap();
    assert_eq!(sender.send_request(head).await.unwrap().status(), 431);
    let fits = http::Request::get(&uri).body(full(0)).unwrap();
    assert_eq!(sender.send_request(fits).await.unwrap().status(), 200);
    let lines = world.journal().await;
    for status in [413, 431] {
        assert_eq!(
            lines.iter().filter(|line| line["status"] == status).count(),
            1,
            "{status}"
        );
    }
}

/// Grants a ticket that has the path's name, and then, depending on the path, fails in one of the worst ways.
struct Grants;

impl Service for Grants {
    fn owns(&self, host: &Host) -> bool {
        host.as_str() == "contoso.crm4.dynamics.com"
    }

    fn handle<'a>(&'a self, call: &'a Call, granted: &'a mut Vec<Ticket>) -> Handled<'a> {
        Box::pin(async {
            granted.push(Ticket {
                id: call.path.clone(),
                tenant: TenantId::CONSUMERS,
                kind: "code".into(),
                state: "new".into(),
                group: String::new(),
                expires: Timestamp::from_seconds(0),
                body: String::new(),
            });
            match call.path.as_str() {
                "/panics" => panic!("on purpose"),
                "/dawdles" => std::future::pending().await,
                _ => (
                    Answer::empty(StatusCode::OK),
                    Decision::granted("it was asked for"),
                ),
            }
        })
    }
}

#[tokio::test]
async fn whatever_happens_there_is_an_answer_and_a_line_and_only_what_was_granted() {
    let scratch = tempdir().unwrap();
    let paths = Paths::below(scratch.path());
    let ca = Arc::new(Ca::open(&paths, &SystemClock).unwrap());
    let store = Store::open(&Location::Memory).await.unwrap();
    let listeners = crate::edge::bind("127.0.0.1:0".parse().unwrap(), "--listen")
        .await
        .unwrap();
    let address = listeners.address();
    let grants: Arc<dyn Service> = Arc::new(Grants);
    let limits = Limits {
        answer_time: Duration::ZERO,
        ..Limits::default()
    };
    let parts = Parts {
        names: Names::new(Arc::default(), Arc::new([grants.clone()]), false),
        control: grants.clone(),
        landing: grants,
        store: store.clone(),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        limits,
        https_port: address.port(),
    };
    let edge = Arc::new(Edge::new(parts, ca).unwrap());
    let (_sender, stop) = Stop::new();
    tokio::spawn(edge.accept(listeners, Port::Https, stop));
    let ways = [
        ("/panics", 500, Outcome::Failed, "panicked"),
        ("/dawdles", 500, Outcome::Failed, "no answer within"),
        ("/grants", 200, Outcome::Granted, "it was asked for"),
    ];
    for (path, status, _, _) in ways {
        let stream = TcpStream::connect(address).await.unwrap();
        let tls = connect_tls(&paths.certificate, "contoso.crm4.dynamics.com", stream)
            .await
            .unwrap();
        let got = send(tls, "GET", path, "contoso.crm4.dynamics.com", &[], String::new()).await;
        assert_eq!(got.status, status);
        assert_eq!(
            got.text().contains("keyway journal"),
            status == 500,
            "{}",
            got.text()
        );
    }
    let lines = store.journal(&JournalFilter::default()).await.unwrap();
    assert_eq!(lines.len(), ways.len());
    for (line, (path, status, outcome, why)) in lines.iter().zip(ways) {
        assert_eq!(
            (line.path.as_str(), line.status, line.outcome),
            (path, status, outcome)
        );
        assert!(line.why.contains(why), "{}", line.why);
        let ticket = store.ticket(path).await.unwrap();
        assert_eq!(ticket.is_some(), outcome == Outcome::Granted, "{path}");
    }
}

#[tokio::test]
async fn so_many_connections_at_once_and_the_next_one_waits() {
    let world = World::with(|config| config.limits.connections = 2).await;
    let first = world.tls("localhost").await.unwrap();
    let second = world.tls("localhost").await.unwrap();
    let mut third = Box::pin(world.tls("localhost"));
    let waited = tokio::time::timeout(Duration::from_millis(50), &mut third).await;
    assert!(waited.is_err());
    drop(first);
    assert!(third.await.is_ok());
    drop(second);
}
