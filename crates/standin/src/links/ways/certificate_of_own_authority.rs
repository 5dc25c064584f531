//! A server's certificate is by an authority that nobody here trusts.

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::links::certificates;

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "certificate-of-own-authority",
    about: "the server's certificate is by an authority that is not trusted",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        // Whoever checks certificates goes no further.
        let _ = certificates::accept(stream, |name| {
            certificates::by("Contoso Internal Authority", name)
        })
        .await;
        drop(behind);
    })
}
