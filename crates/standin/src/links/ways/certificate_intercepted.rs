//! A security product answers with a certificate of its own.

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::links::certificates;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "certificate-intercepted",
    about: "a product that inspects TLS answers with a certificate of its own",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // Whoever checks certificates goes no further.
        let _ = certificates::accept(stream, |name| {
            certificates::by("Zscaler Intermediate Root CA (example)", name)
        })
        .await;
        drop(behind);
    })
}
