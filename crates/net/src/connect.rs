//! Address to connection: all addresses, each given a head start on the next.

use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};

use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{NetError, Phase, Timeouts};

/// The head start of one address on the next (RFC 8305 8 recommends 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the first of `addresses` that answers. Attempts run side by side once their head start is
/// used up, so one dead family costs a quarter of a second and not a time-out.
pub(crate) async fn connect(
    host: &str,
    port: u16,
    addresses: Vec<SocketAddr>,
    timeouts: &Timeouts,
) -> Result<(TcpStream, SocketAddr), NetError> {
    let late = || NetError::TimedOut {
        phase: Phase::Connect,
        target: format!("{host}:{port}"),
        after: timeouts.connect,
    };
    match timeout(timeouts.connect, race(addresses)).await {
        Err(_) => Err(late()),
        Ok(Ok((stream, address))) => {
            // Small requests go out at once; a socket that cannot be told so still works.
            let _ = stream.set_nodelay(true);
            Ok((stream, address))
        }
        Ok(Err(attempts))
            if attempts
                .iter()
                .any(|(_, e)| e.kind() == io::ErrorKind::ConnectionRefused) =>
        {
            Err(NetError::Refused {
                host: host.to_owned(),
                port,
                attempts,
            })
        }
        Ok(Err(attempts)) => Err(NetError::Unreachable {
            host: host.to_owned(),
            port,
            attempts,
        }),
    }
}

type Attempt = (SocketAddr, io::Result<TcpStream>);

async fn race(addresses: Vec<SocketAddr>) -> Result<(TcpStream, SocketAddr), Vec<(SocketAddr, io::Error)>> {
    let mut waiting = VecDeque::from(addresses);
    let mut running: JoinSet<Attempt> = JoinSet::new();
    let mut failed = Vec::new();
    loop {
        if let Some(address) = waiting.pop_front() {
            running.spawn(async move { (address, TcpStream::connect(address).await) });
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = sleep(HEAD_START), if !waiting.is_empty() => continue,
        };
        match ended {
            Some(Ok((address, Ok(stream)))) => return Ok((stream, address)),
            Some(Ok((address, Err(error)))) => failed.push((address, error)),
            // An attempt that was cut off counts as none; with nothing left to try, the failures speak.
            Some(Err(_)) => {}
            None if waiting.is_empty() => return Err(failed),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn closed_port() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }

    #[tokio::test]
    async fn the_next_address_is_tried() {
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dead = closed_port().await;
        let open_at = open.local_addr().unwrap();
        let found = connect("x", 1, vec![dead, open_at], &Timeouts::default())
            .await
            .unwrap();
        assert_eq!(found.1, open_at);
    }

    #[tokio::test]
    async fn every_refusal_is_told() {
        let dead = closed_port().await;
        let error = connect("crm.example", dead.port(), vec![dead, dead], &Timeouts::default())
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, NetError::Refused { ref attempts, .. } if attempts.len() == 2),
            "{text}"
        );
        assert!(
            text.contains("crm.example") && text.contains("127.0.0.1"),
            "{text}"
        );
    }
}
