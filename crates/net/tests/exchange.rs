//! The whole way against servers of our own on loopback.

#![cfg(test)]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use evidence::{Seen, Steps};
use net::{Net, NetError, Phase, ProxyRules, Request, Response, Settings, Timeouts, TlsFailure};
use testkit::Authority;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use types::{ManualClock, Timestamp};

/// Inside the validity that rcgen gives certificates by default (1975 to 4096).
const NOW: Timestamp = Timestamp::from_seconds(1_714_558_830);

/// The authority of most servers here.
fn authority() -> Authority {
    Authority::new("Test Authority")
}

/// What was received, for the test to look at.
type Heard = Arc<Mutex<Vec<String>>>;

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => text.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, heard: &Heard, reply: &[u8]) {
    let text = head(&mut stream).await;
    heard.lock().unwrap().push(text);
    let _ = stream.write_all(reply).await;
    let _ = stream.shutdown().await;
}

/// A server that gives every caller the same reply; over TLS when there is an acceptor.
async fn server(tls: Option<TlsAcceptor>, reply: impl Into<Vec<u8>>) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Heard::default();
    let (kept, reply) = (heard.clone(), reply.into());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            match &tls {
                None => answer(stream, &kept, &reply).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        answer(stream, &kept, &reply).await;
                    }
                }
            }
        }
    });
    (address, heard)
}

fn net(settings: Settings, now: Timestamp) -> Net {
    Net::new(settings, Arc::new(ManualClock::at(now)))
}

fn trusting(authority: &Authority) -> Settings {
    Settings {
        extra_ca: vec![authority.file()],
        ..Settings::default()
    }
}

async fn send(settings: Settings, url: &str) -> (Result<Response, NetError>, Steps) {
    let mut steps = Steps::default();
    let result = net(settings, NOW).send(&Request::get(url), &mut steps).await;
    (result, steps)
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Test: yes\r\n\r\nhi";

#[tokio::test]
async fn every_phase_leaves_a_step() {
    let authority = authority();
    let (at, heard) = server(Some(authority.acceptor("crm.localhost", 2030)), OK).await;
    let url = format!("https://crm.localhost:{}/api?code=canary&x=1", at.port());
    let (answer, steps) = send(trusting(&authority), &url).await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.header("x-test"), &answer.body[..]),
        (200, Some("yes"), &b"hi"[..])
    );
    let whats: Vec<&str> = steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(whats.len(), 4, "{whats:?}");
    for (what, begin) in whats
        .iter()
        .zip(["resolve crm.localhost", "connect to", "TLS with", "GET https://"])
    {
        assert!(what.starts_with(begin), "{what}");
    }
    assert!(steps.iter().all(|step| matches!(step.seen, Seen::Ok(_))));
    assert!(!format!("{steps:?}").contains("canary"));
    let heard = heard.lock().unwrap();
    assert!(
        heard[0].starts_with("GET /api?code=canary&x=1 HTTP/1.1\r\n"),
        "{heard:?}"
    );
    assert!(
        heard[0]
            .to_lowercase()
            .contains(&format!("host: crm.localhost:{}\r\n", at.port())),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let reply =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n";
    let (at, heard) = server(None, reply).await;
    let (answer, _) = send(Settings::default(), &format!("http://127.0.0.1:{}", at.port())).await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (302, Some("http://127.0.0.1:1/"))
    );
    assert_eq!(answer.retry_after(NOW), Some(Duration::from_secs(7)));
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let reply =
        "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\nRetry-After: Wed, 01 May 2024 10:21:30 GMT\r\n\r\n";
    let (at, _) = server(None, reply).await;
    let (answer, _) = send(Settings::default(), &format!("http://127.0.0.1:{}/", at.port())).await;
    let answer = answer.unwrap();
    assert_eq!(answer.retry_after(NOW), Some(Duration::from_secs(60)));
    assert_eq!(
        answer.retry_after(NOW + Duration::from_secs(3600)),
        Some(Duration::ZERO)
    );
}

async fn tls_failure(settings: Settings, now: Timestamp, url: &str) -> (TlsFailure, NetError) {
    let mut steps = Steps::default();
    let error = net(settings, now)
        .send(&Request::get(url), &mut steps)
        .await
        .unwrap_err();
    assert!(matches!(steps.iter().last().unwrap().seen, Seen::Failed(_)));
    assert!(!error.hint().is_empty());
    let NetError::Tls { failure, .. } = error else {
        panic!("{error}")
    };
    (failure, error)
}

#[tokio::test]
async fn each_flaw_of_a_certificate_is_told_apart() {
    let authority = authority();
    let (at, _) = server(Some(authority.acceptor("crm.localhost", 2030)), OK).await;
    let url = |host: &str| format!("https://{host}:{}/", at.port());

    let (failure, error) = tls_failure(Settings::default(), NOW, &url("crm.localhost")).await;
    assert_eq!(failure, TlsFailure::UntrustedIssuer);
    assert!(
        error.to_string().contains("issued by CN=Test Authority"),
        "{error}"
    );

    let later = Timestamp::parse_rfc3339("2031-01-01T00:00:00Z").unwrap();
    let (failure, error) = tls_failure(trusting(&authority), later, &url("crm.localhost")).await;
    assert_eq!(failure, TlsFailure::Expired);
    assert!(error.to_string().contains("to 2030-01-01T00:00:00Z"), "{error}");

    let before = Timestamp::from_seconds(0);
    let (failure, _) = tls_failure(trusting(&authority), before, &url("crm.localhost")).await;
    assert_eq!(failure, TlsFailure::NotYetValid);

    let (failure, error) = tls_failure(trusting(&authority), NOW, &url("other.localhost")).await;
    assert_eq!(failure, TlsFailure::WrongName);
    assert!(error.to_string().contains("for crm.localhost"), "{error}");
}

#[tokio::test]
async fn a_plain_port_is_told_from_a_bad_certificate() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        // What web servers do with a ClientHello on a plain port.
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read_u8().await;
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    });
    let authority = authority();
    let settings = trusting(&authority);
    let (failure, error) = tls_failure(settings, NOW, &format!("https://crm.localhost:{port}/")).await;
    assert_eq!(failure, TlsFailure::Protocol);
    assert!(error.hint().contains("plain HTTP"), "{}", error.hint());
}

#[tokio::test]
async fn the_stand_in_is_trusted_under_localhost_only() {
    let authority = authority();
    let settings = || Settings {
        standin_ca: Some(authority.file()),
        ..Settings::default()
    };
    let (at, _) = server(Some(authority.acceptor("crm.localhost", 2030)), OK).await;
    let (answer, _) = send(settings(), &format!("https://crm.localhost:{}/", at.port())).await;
    assert_eq!(answer.unwrap().status.as_u16(), 200);
    let (at, _) = server(Some(authority.acceptor("127.0.0.1", 2030)), OK).await;
    let (failure, _) = tls_failure(settings(), NOW, &format!("https://127.0.0.1:{}/", at.port())).await;
    assert_eq!(failure, TlsFailure::UntrustedIssuer);
}

#[tokio::test]
async fn a_ca_file_without_certificates_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("empty.pem");
    std::fs::write(&path, "nothing").unwrap();
    let (at, _) = server(None, OK).await;
    let settings = Settings {
        extra_ca: vec![path],
        ..Settings::default()
    };
    let (answer, _) = send(settings, &format!("https://a.localhost:{}/", at.port())).await;
    assert!(answer.unwrap_err().to_string().contains("empty.pem"));
}

#[tokio::test]
async fn what_is_not_http_is_told() {
    let (at, _) = server(None, "SSH-2.0-OpenSSH_9\r\n").await;
    let (answer, _) = send(Settings::default(), &format!("http://127.0.0.1:{}/", at.port())).await;
    assert!(matches!(
        answer.unwrap_err(),
        NetError::Http {
            phase: Phase::Answer,
            ..
        }
    ));
}

#[tokio::test]
async fn a_silent_server_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let timeouts = Timeouts::at_most(Duration::from_millis(30));
    let authority = authority();
    for (scheme, phase) in [("http", Phase::Answer), ("https", Phase::Tls)] {
        let settings = Settings {
            timeouts,
            extra_ca: vec![authority.file()],
            ..Settings::default()
        };
        let (answer, _) = send(settings, &format!("{scheme}://127.0.0.1:{port}/")).await;
        let error = answer.unwrap_err();
        assert!(
            matches!(error, NetError::TimedOut { phase: seen, .. } if seen == phase),
            "{error}"
        );
        assert!(error.to_string().contains("30 ms"), "{error}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let mut reply = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    reply.resize(9 * 1024 * 1024, b'x');
    let (at, _) = server(None, reply).await;
    let (answer, _) = send(Settings::default(), &format!("http://127.0.0.1:{}/", at.port())).await;
    assert!(matches!(answer.unwrap_err(), NetError::TooLarge { .. }));
}

#[tokio::test]
async fn addresses_that_cannot_be_called_are_named() {
    for (url, part) in [
        ("contoso.crm4.dynamics.com", "no scheme"),
        ("ftp://a/", "neither https nor http"),
        ("https://a b/?secret=canary", "characters"),
        ("https://anna:canary@a/", "user name"),
    ] {
        let (answer, _) = send(Settings::default(), url).await;
        let text = answer.unwrap_err().to_string();
        assert!(text.contains(part), "{url}: {text}");
    }
}

/// A proxy that leads every target to `to` and remembers what it was asked.
async fn proxy(to: SocketAddr) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Heard::default();
    let kept = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut inner, _)) = listener.accept().await {
            let asked = head(&mut inner).await;
            kept.lock().unwrap().push(asked);
            inner
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await
                .unwrap();
            let mut outer = TcpStream::connect(to).await.unwrap();
            let _ = copy_bidirectional(&mut inner, &mut outer).await;
        }
    });
    (address, heard)
}

fn through(proxy: SocketAddr, authority: &Authority) -> Settings {
    let url = format!("http://anna:s%3Acret@127.0.0.1:{}", proxy.port());
    Settings {
        proxy: ProxyRules::from_settings(Some(&url), |_| None).unwrap(),
        ..trusting(authority)
    }
}

#[tokio::test]
async fn a_proxy_is_asked_with_basic_credentials() {
    let authority = authority();
    let (target, _) = server(Some(authority.acceptor("contoso.example", 2030)), OK).await;
    let (at, heard) = proxy(target).await;
    let (answer, steps) = send(through(at, &authority), "https://contoso.example/x").await;
    assert_eq!(answer.unwrap().status.as_u16(), 200);
    let heard = heard.lock().unwrap();
    assert!(
        heard[0].starts_with("CONNECT contoso.example:443 HTTP/1.1\r\n"),
        "{heard:?}"
    );
    assert!(
        heard[0].contains("Proxy-Authorization: Basic YW5uYTpzOmNyZXQ=\r\n"),
        "{heard:?}"
    );
    assert!(!format!("{steps:?}").contains("YW5uYT"));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_the_target() {
    let authority = authority();
    let (at, _) = server(
        None,
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let (answer, _) = send(through(at, &authority), "https://contoso.example/").await;
    let error = answer.unwrap_err();
    assert!(
        matches!(error, NetError::ProxyCredentials { sent: true, .. }),
        "{error}"
    );
    assert!(error.hint().contains("only Basic"), "{}", error.hint());

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let (answer, _) = send(through(dead, &authority), "https://contoso.example/").await;
    let error = answer.unwrap_err();
    assert!(matches!(error, NetError::ProxyUnreachable { .. }), "{error}");
    let why = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(why.contains("nobody listens"), "{why}");
}

/// A server that answers as many requests on one connection as it is told, then closes it; counts connections.
async fn patient(answers: usize) -> (SocketAddr, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(Mutex::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            for _ in 0..answers {
                head(&mut stream).await;
                let _ = stream.write_all(OK.as_bytes()).await;
            }
        }
    });
    (address, connections)
}

#[tokio::test]
async fn a_kept_connection_carries_the_next_request() {
    let (at, connections) = patient(2).await;
    let net = net(Settings::default(), NOW).keeping();
    let url = format!("http://{at}/");
    for round in 1..=3 {
        let mut steps = Steps::default();
        let answer = net.send(&Request::get(&url), &mut steps).await.unwrap();
        assert_eq!(&answer.body[..], b"hi");
        // The second one needs no new connection; the third finds its connection closed, or is refused it.
        let whole_way = steps.iter().count() == 3;
        assert_eq!(whole_way, round != 2, "round {round}: {steps:?}");
    }
    assert_eq!(*connections.lock().unwrap(), 2);
}
