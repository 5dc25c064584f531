//! Name look-up, closer: which server says what, and why a name has no address.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use evidence::{Facts, Findings, Kind, Seen};
use tokio::time::timeout;
use types::Stopwatch;

use crate::{
    Probe, World,
    dns::{Asked, Reply, ask},
};

pub(crate) const PROBE: Probe = Probe {
    name: "name",
    about: "name look-up: no such name, no address, no answer, private answers; with --name-server, whether it says the same",
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

/// Whether looking a name up asks nobody: an address, or a name of this machine's own.
fn is_known(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    bare.parse::<IpAddr>().is_ok() || name.ends_with("localhost")
}

/// Asks the name servers one after the other, until one answers. `here` is what this machine's resolver said, where it
/// answered.
pub(crate) async fn look(world: &World<'_>, host: &str, here: Option<&[IpAddr]>) -> Findings {
    let mut findings = Findings::default();
    if is_known(host) {
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
    match (asked(world, host, &mut findings).await, here) {
        (Some((server, there)), Some(here)) if world.compares => {
            say_both(host, here, (server, &there), &mut findings);
        }
        (None, _) if !world.name_servers.is_empty() => {
            findings.see(Kind::Dns, "timeout");
            findings.see(Kind::Dns, "nobody-answers");
        }
        _ => {}
    }
    findings
}

/// Which server answered first, and the addresses it gave.
async fn asked(world: &World<'_>, host: &str, findings: &mut Findings) -> Option<(SocketAddr, Vec<IpAddr>)> {
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
                tell(findings, &what, &four, &six, watch);
                return Some((*server, four.addresses.into_iter().chain(six.addresses).collect()));
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
    None
}

/// Compares what this machine's resolver says of a name with what the name servers say that a person named.
pub(crate) async fn compare(world: &World<'_>, host: &str, findings: &mut Findings) {
    if !world.compares || is_known(host) || world.network.proxy.proxy_for(host, 443).is_some() {
        return;
    }
    world.begins(&PROBE);
    // What it does not find is looked at where the way needs it.
    let Ok(here) = net::resolve(host, 443, &world.network.timeouts).await else {
        return;
    };
    let here: Vec<IpAddr> = here.iter().map(SocketAddr::ip).collect();
    let mut aside = Findings::default();
    let there = asked(world, host, &mut aside).await;
    // What another server says is not what this machine meets: only the comparison counts.
    aside.facts = Facts::default();
    findings.extend(aside);
    if let Some((server, there)) = there {
        say_both(host, &here, (server, &there), findings);
    }
}

fn say_both(host: &str, here: &[IpAddr], (server, there): (SocketAddr, &[IpAddr]), findings: &mut Findings) {
    let what = format!(
        "compare what this machine's resolver and {} say of {host}",
        server.ip()
    );
    findings.step(what, Seen::Ok(compared(here, there)), Duration::ZERO);
}

/// What two answers mean beside each other. It is no fault by itself: what follows from it, the way shows.
fn compared(here: &[IpAddr], there: &[IpAddr]) -> String {
    let list = |all: &[IpAddr]| match all {
        [] => "no address".to_owned(),
        _ => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let both = format!("{} here, {} there", list(here), list(there));
    let is_inside = |all: &[IpAddr]| all.iter().all(is_private);
    if here.iter().any(|address| there.contains(address)) || here.is_empty() && there.is_empty() {
        return format!("they agree: {both}");
    }
    if here.is_empty() || there.is_empty() || is_inside(here) != is_inside(there) {
        return format!(
            "they differ: {both}. The name means one thing inside a network and another outside (split horizon). If the \
             one here is wrong, have it corrected in this network's name server, or leave the VPN that brings it"
        );
    }
    format!("they differ: {both}. A service that stands in several places may answer so")
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
            compares: false,
            watch: &Unwatched,
        };
        let findings = look(&world, "contoso.crm4.dynamics.com", None).await;
        findings.facts.iter().map(|fact| fact.value.clone()).collect()
    }

    #[test]
    fn two_answers_beside_each_other() {
        let all =
            |texts: &[&str]| -> Vec<IpAddr> { texts.iter().map(|text| text.parse().unwrap()).collect() };
        for (here, there, meaning) in [
            (&["20.1.2.3", "20.1.2.4"][..], &["20.1.2.4"][..], "they agree"),
            (&[], &[], "they agree"),
            (&["20.1.2.3"], &["40.1.2.3"], "in several places"),
            (&["10.0.0.7"], &["20.1.2.3"], "split horizon"),
            (&["20.1.2.3"], &["fd00::7"], "split horizon"),
            (&[], &["20.1.2.3"], "split horizon"),
            (&["10.0.0.7"], &[], "split horizon"),
        ] {
            let told = compared(&all(here), &all(there));
            assert!(told.contains(meaning), "{here:?} {there:?}: {told}");
        }
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
