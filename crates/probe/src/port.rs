//! Connecting, closer: each address by itself.

use std::{io, net::SocketAddr};

use evidence::{Findings, Kind, Seen};
use net::resolve;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use types::Stopwatch;

use crate::{Probe, World};

pub(crate) const PROBE: Probe = Probe {
    name: "port",
    about: "TCP to each address: refused, filtered, unreachable, reset, IPv6 only",
    needs: "a name that has addresses",
};

/// How many addresses are tried.
const MOST: usize = 8;

/// Tries every address of `host` side by side.
pub(crate) async fn look(world: &World<'_>, host: &str, port: u16) -> Findings {
    let mut findings = Findings::default();
    world.begins(&PROBE);
    let Ok(addresses) = resolve(host, port, &world.network.timeouts).await else {
        return findings;
    };
    let addresses: Vec<SocketAddr> = addresses.into_iter().take(MOST).collect();
    let patience = world.patience();
    let mut tries = JoinSet::new();
    for (at, address) in addresses.into_iter().enumerate() {
        tries.spawn(async move {
            let watch = Stopwatch::start();
            let ended = timeout(patience, TcpStream::connect(address)).await;
            (at, address, ended.map(|ended| ended.map(|_| ())), watch.elapsed())
        });
    }
    let mut ended = tries.join_all().await;
    ended.sort_by_key(|(at, ..)| *at);
    let (mut four, mut six) = ((0, 0), (0, 0));
    for (_, address, outcome, took) in ended {
        let family = if address.is_ipv6() { &mut six } else { &mut four };
        family.0 += 1;
        let (seen, fact) = match outcome {
            Ok(Ok(())) => {
                family.1 += 1;
                (Seen::Ok("somebody listens".to_owned()), None)
            }
            Ok(Err(error)) => (Seen::Failed(error.to_string()), Some(word(&error))),
            Err(_) => (
                Seen::Failed(format!("no answer within {} s", world.patience().as_secs_f32())),
                Some("timeout"),
            ),
        };
        findings.step(format!("connect to {address} by itself"), seen, took);
        if let Some(fact) = fact {
            findings.see(Kind::Tcp, fact);
        }
    }
    match (four, six) {
        ((0, _), (_, 0)) => findings.see(Kind::Tcp, "ipv6-only"),
        ((_, 1..), (1.., 0)) => findings.see(Kind::Tcp, "ipv6-broken"),
        _ => {}
    }
    findings
}

fn word(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused",
        io::ErrorKind::ConnectionReset => "reset",
        io::ErrorKind::TimedOut => "timeout",
        // A rule of this machine or the next router says no (ICMP "administratively prohibited", RFC 1812 5.2.7.1).
        io::ErrorKind::PermissionDenied => "forbidden",
        // There is no way out of this machine for the address.
        io::ErrorKind::NetworkUnreachable => "no-route",
        _ => "unreachable",
    }
}
