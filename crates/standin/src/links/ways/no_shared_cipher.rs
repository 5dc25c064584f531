//! A server takes no cipher suite that the client offers.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "no-shared-cipher",
    about: "the server takes none of the client's cipher suites",
    meets: Meets::Each(meet),
};

/// The alert `insufficient_security`, fatal (RFC 8446, 6.2).
const ALERT: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 71];

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        let mut stream = stream;
        let mut heard = [0; 4096];
        if stream.read(&mut heard).await.is_ok() {
            let _ = stream.write_all(&ALERT).await;
            let _ = stream.shutdown().await;
        }
        drop(behind);
    })
}
