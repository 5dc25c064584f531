//! A host takes connections and never says a word.

use std::sync::Arc;

use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::links::{Behind, Meets, Met, Way};

pub(super) const WAY: Way = Way {
    name: "silent",
    about: "connections are taken, and nothing is ever answered",
    meets: Meets::Each(meet),
};

fn meet(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        let mut stream = stream;
        let mut heard = [0; 1024];
        while matches!(stream.read(&mut heard).await, Ok(1..)) {}
        drop(behind);
    })
}
