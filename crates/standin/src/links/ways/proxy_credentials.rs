//! A proxy wants to know who asks.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "proxy-credentials",
    about: "the proxy wants credentials",
    meets: Meets::Each(meet),
};

const ANSWER: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\n\
    Proxy-Authenticate: Basic realm=\"The office's proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        let mut stream = stream;
        let mut heard = [0; 4096];
        if stream.read(&mut heard).await.is_ok() {
            let _ = stream.write_all(ANSWER).await;
            let _ = stream.shutdown().await;
        }
        drop(behind);
    })
}
