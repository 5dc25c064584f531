//! An inspecting proxy, trusted by the machine, restricts which tenants may be signed in to.

use std::sync::Arc;

use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::links::certificates;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "tenants-restricted",
    about: "the network's proxy restricts sign-in to other tenants",
    meets: Meets::Each(meet),
};

/// What such a proxy adds to each request (facts/identity.md 6, tenant restrictions).
const ADDED: &[u8] = b"Restrict-Access-To-Tenants: elsewhere.example\r\n\
    Restrict-Access-Context: 11111111-2222-4333-8444-555555555555\r\nConnection: close\r\n";

/// A request's head is never longer than that here.
const HEAD: usize = 32 * 1024;

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // A proxy that is gone halfway is a connection that ends halfway.
        let _ = inspect(stream, behind).await;
    })
}

async fn inspect(stream: TcpStream, behind: Arc<Behind>) -> Option<()> {
    let (mut client, name) =
        certificates::accept(stream, |name| certificates::for_name(&behind.ca, name)).await?;
    let mut head = Vec::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 2;
        }
        if head.len() > HEAD || client.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    };
    let tcp = TcpStream::connect(behind.https).await.ok()?;
    let server_name = ServerName::try_from(name).ok()?;
    let mut server = TlsConnector::from(behind.client.clone())
        .connect(server_name, tcp)
        .await
        .ok()?;
    server.write_all(&head[..end]).await.ok()?;
    server.write_all(ADDED).await.ok()?;
    server.write_all(&head[end..]).await.ok()?;
    server.flush().await.ok()?;
    copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}
