//! Small servers on loopback.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use types::Timestamp;

/// The moment at which these tests play, in 2024; inside the validity that rcgen gives by default.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_714_558_830);

/// Sends `reply` to everybody who sends something, whatever it is.
pub(crate) async fn plain(reply: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let reply = reply.clone();
            tokio::spawn(async move {
                let mut heard = [0; 2048];
                let _ = stream.read(&mut heard).await;
                let _ = stream.write_all(&reply).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    at
}

/// Accepts everybody and never says a word.
pub(crate) async fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    at
}

/// Answers every request over TLS with what `answer` makes of its path.
pub(crate) async fn http(
    tls: TlsAcceptor,
    answer: impl Fn(&str) -> String + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, answer) = (tls.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = tls.accept(stream).await else {
                    return;
                };
                let mut heard = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    heard.push(byte);
                    if heard.ends_with(b"\r\n\r\n") {
                        let head = String::from_utf8_lossy(&heard).into_owned();
                        heard.clear();
                        let path = head.split(' ').nth(1).unwrap_or_default();
                        let reply = answer(path);
                        if stream.write_all(reply.as_bytes()).await.is_err()
                            || reply.contains("Connection: close")
                        {
                            break;
                        }
                    }
                }
                let _ = stream.shutdown().await;
            });
        }
    });
    at
}

/// Greets everybody at once, as servers of mail do.
pub(crate) async fn greeting_server(greeting: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(greeting.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    at
}
