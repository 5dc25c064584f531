//! A server speaks TLS 1.0 and nothing newer.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "old-tls",
    about: "the server speaks TLS 1.0 and nothing newer",
    meets: Meets::Each(meet),
};

/// ServerHello of TLS 1.0 (RFC 2246, 7.4.1.3): version 3.1, no session, TLS_RSA_WITH_AES_128_CBC_SHA.
const HELLO: [u8; 4] = [0x02, 0x00, 0x00, 0x26];

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        let mut stream = stream;
        let mut heard = [0; 4096];
        if stream.read(&mut heard).await.is_ok() {
            let mut hello = vec![0x16, 0x03, 0x01, 0x00, 0x2A];
            hello.extend(HELLO);
            hello.extend([0x03, 0x01]);
            hello.extend([0x5A; 32]);
            hello.extend([0x00, 0x00, 0x2F, 0x00]);
            let _ = stream.write_all(&hello).await;
            // Until the client gives up.
            let _ = stream.read(&mut heard).await;
        }
        drop(behind);
    })
}
