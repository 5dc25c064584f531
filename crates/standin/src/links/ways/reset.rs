//! A middlebox cuts each connection off as soon as something is said.

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "reset",
    about: "each connection is reset as soon as something is said",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // What was not read when a socket is closed makes the system send a reset.
        let _ = stream.readable().await;
        drop((stream, behind));
    })
}
