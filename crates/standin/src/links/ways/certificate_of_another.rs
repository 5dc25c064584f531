//! A server's certificate is another server's.

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::links::certificates;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "certificate-of-another",
    about: "the server's certificate is for another name",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // Whoever checks certificates goes no further.
        let _ = certificates::accept(stream, |_| certificates::for_name(&behind.ca, "www.example.com")).await;
        drop(behind);
    })
}
