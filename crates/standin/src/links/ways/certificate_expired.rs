//! A server's certificate is over.

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::links::certificates;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "certificate-expired",
    about: "the server's certificate is over",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // Whoever checks certificates goes no further.
        let _ = certificates::accept(stream, |name| certificates::expired(&behind.ca, name)).await;
        drop(behind);
    })
}
