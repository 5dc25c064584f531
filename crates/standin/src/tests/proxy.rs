//! The proxy for the true names: what it answers for, what it never forwards, what it lets out.

use super::{Got, World, connect_tls, send};
use crate::edge::Before;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Asks the proxy for a tunnel; the answer's head, and the stream behind it.
async fn connect(world: &World, target: &str, proxy_url: Option<&str>) -> (u16, String, TcpStream) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut stream = TcpStream::connect(world.proxy()).await.unwrap();
    let credentials = proxy_url.map(|url| {
        let pair = url
            .strip_prefix("http://")
            .unwrap()
            .split('@')
            .next()
            .unwrap()
            .to_owned();
        format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(pair))
    });
    let request = format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n",
        credentials.unwrap_or_default()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head, stream)
}

async fn through(world: &World, host: &str, path: &str) -> Got {
    let (status, head, stream) = connect(world, &format!("{host}:443"), None).await;
    assert_eq!(status, 200, "{head}");
    let tls = connect_tls(&world.ready().ca, host, stream).await.unwrap();
    send(tls, "GET", path, host, &[], String::new()).await
}

#[tokio::test]
async fn the_true_names_answer_as_themselves() {
    let world = World::demo().await;
    let got = through(
        &world,
        "login.microsoftonline.com",
        "/common/v2.0/.well-known/openid-configuration",
    )
    .await;
    assert_eq!(
        got.json()["authorization_endpoint"],
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize"
    );
    for host in ["contoso.crm4.dynamics.com", "contoso.api.crm4.dynamics.com"] {
        let got = through(&world, host, "/api/data/v9.2/WhoAmI").await;
        assert_eq!(got.status, 401);
        let challenge = got.headers["www-authenticate"].to_str().unwrap().to_owned();
        assert!(
            challenge.contains("https://login.microsoftonline.com/"),
            "{challenge}"
        );
    }
    assert_eq!(
        through(
            &world,
            "globaldisco.crm.dynamics.com",
            "/api/discovery/v2.0/Instances"
        )
        .await
        .status,
        401
    );
}

#[tokio::test]
async fn an_unknown_name_below_an_owned_suffix_is_refused_by_name() {
    let world = World::demo().await;
    let open = Before::proxy_url(Some(&Before::default()), "");
    let hosts = [
        "nobody.crm4.dynamics.com",
        // Contoso lives in EMEA, not in North America.
        "contoso.crm.dynamics.com",
        "contoso.crm13.dynamics.com",
        "secure.aadcdn.microsoftonline-p.com",
        "tenant.b2clogin.microsoftonline.com",
    ];
    for host in hosts {
        let (status, head, mut stream) = connect(&world, &format!("{host}:443"), Some(&open)).await;
        assert_eq!(status, 502, "{head}");
        let mut body = [0; 200];
        let read = stream.read(&mut body).await.unwrap();
        assert!(String::from_utf8_lossy(&body[..read]).contains(host));
    }
    let lines = world.journal().await;
    let named = |host: &str| {
        lines
            .iter()
            .any(|line| line["host"] == host && line["method"] == "CONNECT")
    };
    assert!(hosts.iter().all(|host| named(host)), "{lines:?}");
    let (status, ..) = connect(&world, "login.microsoftonline.com:80", Some(&open)).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn other_hosts_are_asked_about_sealed_or_let_through() {
    let world = World::demo().await;
    // Somebody else's server, by a name that leads to this machine and is not the stand-in's.
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("127.0.0.1:{}", other.local_addr().unwrap().port());
    let (status, head, _) = connect(&world, "example.com:443", None).await;
    assert_eq!(status, 407, "{head}");
    assert!(
        head.to_lowercase().contains("proxy-authenticate: basic"),
        "{head}"
    );
    let (status, head, _) = connect(&world, "example.com:443", Some(&Before::proxy_url(None, ""))).await;
    assert_eq!(status, 403, "{head}");
    assert!(head.contains("sealed"), "{head}");
    let (status, ..) = connect(&world, "example.com:443", Some("http://anna:x@")).await;
    assert_eq!(status, 403);
    // A program's own listener on this machine can always be reached: browsers send redirects there.
    let (status, _, mut stream) = connect(&world, &target, Some(&Before::proxy_url(None, ""))).await;
    assert_eq!(status, 200);
    let (mut accepted, _) = other.accept().await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    let mut heard = [0; 4];
    accepted.read_exact(&mut heard).await.unwrap();
    accepted.write_all(b"pong").await.unwrap();
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"pong");
}

#[tokio::test]
async fn what_is_let_through_goes_by_the_proxy_that_was_set_before() {
    let world = World::demo().await;
    let earlier = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let before = Before {
        https_proxy: Some(format!(
            "http://anna:secret@127.0.0.1:{}",
            earlier.local_addr().unwrap().port()
        )),
        no_proxy: None,
    };
    let answering = tokio::spawn(async move {
        let (mut stream, _) = earlier.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        // In a tunnel the client speaks first.
        assert_eq!(stream.read_u8().await.unwrap(), b'?');
        stream.write_all(b"hello").await.unwrap();
        String::from_utf8(head).unwrap()
    });
    let (status, head, mut stream) = connect(
        &world,
        "example.com:443",
        Some(&Before::proxy_url(Some(&before), "")),
    )
    .await;
    assert_eq!(status, 200, "{head}");
    stream.write_all(b"?").await.unwrap();
    let mut hello = [0; 5];
    stream.read_exact(&mut hello).await.unwrap();
    assert_eq!(&hello, b"hello");
    let asked = answering.await.unwrap();
    assert!(
        asked.starts_with("CONNECT example.com:443 ") && asked.contains("Basic YW5uYTpzZWNyZXQ="),
        "{asked}"
    );
}

#[tokio::test]
async fn plain_http_is_pointed_to_https_or_refused() {
    let world = World::demo().await;
    let ask = async |method: &str, target: &str, host: &str| {
        let stream = TcpStream::connect(world.proxy()).await.unwrap();
        send(stream, method, target, host, &[], String::new()).await
    };
    let moved = ask(
        "GET",
        "http://login.microsoftonline.com/common?x=1",
        "login.microsoftonline.com",
    )
    .await;
    assert_eq!(moved.status, 301);
    assert_eq!(
        moved.headers["location"],
        "https://login.microsoftonline.com/common?x=1"
    );
    assert_eq!(
        ask(
            "POST",
            "http://login.microsoftonline.com/x",
            "login.microsoftonline.com"
        )
        .await
        .status,
        403
    );
    assert_eq!(ask("GET", "http://example.com/", "example.com").await.status, 403);
    let lost = ask("GET", "/", "127.0.0.1:8480").await;
    assert_eq!(lost.status, 403);
    assert!(
        lost.text()
            .contains(&format!("https://localhost:{}/", world.port())),
        "{}",
        lost.text()
    );
}
