//! A server's certificate vouches for itself.

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::links::certificates;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "certificate-self-signed",
    about: "the server's certificate vouches for itself",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // Whoever checks certificates goes no further.
        let _ = certificates::accept(stream, certificates::self_signed).await;
        drop(behind);
    })
}
