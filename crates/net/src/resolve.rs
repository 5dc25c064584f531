//! Name to addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::time::timeout;

use crate::{NetError, Phase, Timeouts, error::is_localhost};

/// Every address of `host`, in the order they shall be tried: IPv6 and IPv4 by turns, IPv6 first
/// (RFC 8305 4). `localhost` and every name below it are loopback without asking anybody (RFC 6761 6.3).
///
/// # Errors
/// [`NetError::NameNotFound`], and [`NetError::TimedOut`] when nobody answered.
pub async fn resolve(host: &str, port: u16, timeouts: &Timeouts) -> Result<Vec<SocketAddr>, NetError> {
    if let Ok(address) = bare(host).parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if is_localhost(host) {
        let loopback = [
            IpAddr::from(Ipv6Addr::LOCALHOST),
            IpAddr::from(Ipv4Addr::LOCALHOST),
        ];
        return Ok(loopback.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    let late = || NetError::TimedOut {
        phase: Phase::Resolve,
        target: host.to_owned(),
        after: timeouts.resolve,
    };
    let missing = |source| NetError::NameNotFound {
        host: host.to_owned(),
        source,
    };
    let found = timeout(timeouts.resolve, tokio::net::lookup_host((host, port)))
        .await
        .map_err(|_| late())?;
    let found: Vec<SocketAddr> = found.map_err(missing)?.collect();
    if found.is_empty() {
        return Err(missing(std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "the name has no address",
        )));
    }
    Ok(by_turns(found))
}

/// `[::1]` without its brackets.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(host)
}

fn by_turns(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (six, four): (Vec<_>, Vec<_>) = found.into_iter().partition(SocketAddr::is_ipv6);
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    let mut out = Vec::new();
    loop {
        let pair = [six.next(), four.next()];
        if pair == [None, None] {
            return out;
        }
        for address in pair.into_iter().flatten() {
            if !out.contains(&address) {
                out.push(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_below_localhost_are_loopback_without_dns() {
        for name in ["localhost", "contoso.crm4.dynamics.com.localhost", "A.LocalHost."] {
            let found = resolve(name, 8443, &Timeouts::default()).await.unwrap();
            let text: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(text, ["[::1]:8443", "127.0.0.1:8443"], "{name}");
        }
        assert_eq!(resolve("[::1]", 1, &Timeouts::default()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_name_without_address_is_named() {
        // RFC 6761 6.4: nobody may give this name an address.
        let error = resolve("no-such-host.invalid", 443, &Timeouts::default())
            .await
            .unwrap_err();
        let (NetError::NameNotFound { host, .. } | NetError::TimedOut { target: host, .. }) = error else {
            panic!("{error}");
        };
        assert_eq!(host, "no-such-host.invalid");
    }

    #[test]
    fn families_take_turns_and_six_begins() {
        let list = |text: &[&str]| {
            text.iter()
                .map(|a| a.parse().unwrap())
                .collect::<Vec<SocketAddr>>()
        };
        let mixed = list(&["10.0.0.1:1", "10.0.0.2:1", "[2001:db8::1]:1", "10.0.0.1:1"]);
        assert_eq!(
            by_turns(mixed),
            list(&["[2001:db8::1]:1", "10.0.0.1:1", "10.0.0.2:1"])
        );
    }
}
