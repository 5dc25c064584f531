//! Name look-up, closer: which server says what, and why a name has no address.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use evidence::{Findings, Kind, Seen};
use tokio::time::timeout;
use types::Stopwatch;

use crate::{
    Probe, World,
    dns::{Asked, Reply, ask},
};

pub(crate) const PROBE: Probe = Probe {
    name: "name",
    about: "name look-up: no such name, no address, no answer, private answers",
    needs: "an address",
};

/// How long one name server may take. The system's own resolver waits as long.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many name servers are asked, as in the system's resolver.
const MOST: usize = 3;

/// The name servers of this machine, where its settings are a file (RFC 1035 does not say; resolv.conf(5)). Windows has
/// no such file.
pub fn name_servers() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let servers = text.lines().filter_map(|line| {
        let address = line.trim().strip_prefix("nameserver")?.trim();
        let address: IpAddr = address.split('%').next()?.parse().ok()?;
        Some(SocketAddr::new(address, 53))
    });
    servers.take(MOST).collect()
}

/// Asks the name servers one after the other, until one answers.
pub(crate) async fn look(world: &World<'_>, host: &str) -> Findings {
    let mut findings = Findings::default();
    let local = host
        .to_ascii_lowercase()
        .trim_end_matches('.')
        .ends_with("localhost");
    if local || host.parse::<IpAddr>().is_ok() || host.starts_with('[') {
        return findings;
    }
    world.begins(&PROBE);
    if world.name_servers.is_empty() {
        let text =
            "the name servers of this machine are not known here; give one with --name-server".to_owned();
        findings.step(
            format!("ask a name server for {host}"),
            Seen::Skipped(text),
            Duration::ZERO,
        );
    }
    for server in &world.name_servers {
        let watch = Stopwatch::start();
        let mut id = [0; 4];
        world.outside.chance.fill(&mut id);
        let both = async {
            tokio::join!(
                ask(*server, host, Asked::A, u16::from_be_bytes([id[0], id[1]])),
                ask(*server, host, Asked::Aaaa, u16::from_be_bytes([id[2], id[3]])),
            )
        };
        let what = format!("ask the name server {} for {host}", server.ip());
        match timeout(PATIENCE.min(world.patience()), both).await {
            Ok((Ok(four), Ok(six))) => {
                tell(&mut findings, &what, &four, &six, watch);
                return findings;
            }
            Ok((Err(error), _) | (_, Err(error))) => {
                findings.step(&what, Seen::Failed(error.to_string()), watch.elapsed());
            }
            Err(_) => {
                let text = format!(
                    "no answer within {} s",
                    PATIENCE.min(world.patience()).as_secs_f32()
                );
                findings.step(&what, Seen::Failed(text), watch.elapsed());
            }
        }
    }
    if !world.name_servers.is_empty() {
        findings.see(Kind::Dns, "timeout");
        findings.see(Kind::Dns, "nobody-answers");
    }
    findings
}

fn tell(findings: &mut Findings, what: &str, four: &Reply, six: &Reply, watch: Stopwatch) {
    let found: Vec<IpAddr> = four.addresses.iter().chain(&six.addresses).copied().collect();
    let alias = four.aliases.last().or(six.aliases.last());
    let alias = alias.map_or_else(String::new, |alias| format!(", which stands for {alias}"));
    let code = four.code.max(six.code);
    let (seen, fact) = match (found.is_empty(), code) {
        (false, _) => {
            let list: Vec<String> = found.iter().map(ToString::to_string).collect();
            (Seen::Ok(format!("{}{alias}", list.join(", "))), None)
        }
        (true, 3) => (
            Seen::Failed(format!("the name does not exist{alias}")),
            Some("nxdomain"),
        ),
        (true, 0) => (
            Seen::Failed(format!("the name exists and has no address{alias}")),
            Some("no-address"),
        ),
        (true, 2) => (
            Seen::Failed("the server failed (SERVFAIL)".to_owned()),
            Some("timeout"),
        ),
        (true, 5) => (
            Seen::Failed("the server refused to answer".to_owned()),
            Some("refused"),
        ),
        (true, other) => (
            Seen::Failed(format!("the server answered with code {other}")),
            Some("refused"),
        ),
    };
    findings.step(what, seen, watch.elapsed());
    if let Some(fact) = fact {
        findings.see(Kind::Dns, fact);
    }
    if !found.is_empty() && found.iter().all(is_private) {
        findings.see(Kind::Dns, "private-answer");
    }
}

/// An address that nobody else on the internet can mean (RFC 1918, 4193, 3927, 6598).
pub(crate) fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, b, ..] = four.octets();
            four.is_private()
                || four.is_loopback()
                || four.is_link_local()
                || four.is_unspecified()
                || a == 100 && b & 0xC0 == 64
        }
        IpAddr::V6(six) => {
            six.is_loopback() || six.is_unspecified() || six.is_unique_local() || six.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use client::Outside;
    use net::{Net, Settings, Timeouts};
    use tokio::net::UdpSocket;
    use types::{SystemChance, SystemClock};

    use super::*;
    use crate::{Unwatched, dns::tests::answer};

    /// A name server that answers everything with this code and these records; silent without a code.
    async fn server(code: Option<u8>, records: &'static [(u16, &'static [u8])]) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((count, from)) = socket.recv_from(&mut buffer).await {
                if let Some(code) = code {
                    let reply = answer(&buffer[..count], code, records);
                    let _ = socket.send_to(&reply, from).await;
                }
            }
        });
        at
    }

    async fn asked(name_servers: Vec<SocketAddr>) -> Vec<String> {
        let network = Settings {
            timeouts: Timeouts::at_most(Duration::from_millis(200)),
            ..Settings::default()
        };
        let net = Net::new(network.clone(), Arc::new(SystemClock));
        let outside = Outside::new(net, Arc::new(SystemChance));
        let world = World {
            outside: &outside,
            network: &network,
            name_servers,
            watch: &Unwatched,
        };
        let findings = look(&world, "contoso.crm4.dynamics.com").await;
        findings.facts.iter().map(|fact| fact.value.clone()).collect()
    }

    #[tokio::test]
    async fn why_a_name_has_no_address() {
        assert_eq!(asked(Vec::new()).await, Vec::<String>::new());
        assert_eq!(asked(vec![server(Some(3), &[]).await]).await, ["nxdomain"]);
        assert_eq!(asked(vec![server(Some(0), &[]).await]).await, ["no-address"]);
        assert_eq!(asked(vec![server(Some(2), &[]).await]).await, ["timeout"]);
        assert_eq!(asked(vec![server(Some(5), &[]).await]).await, ["refused"]);
        let silent = server(None, &[]).await;
        assert_eq!(asked(vec![silent]).await, ["timeout", "nobody-answers"]);
        let private = server(Some(0), &[(1, &[10, 0, 0, 7])]).await;
        assert_eq!(asked(vec![silent, private]).await, ["private-answer"]);
        assert_eq!(
            asked(vec![server(Some(0), &[(1, &[20, 1, 2, 3])]).await]).await,
            Vec::<String>::new()
        );
    }
}
