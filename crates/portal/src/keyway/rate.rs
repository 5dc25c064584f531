//! How often somebody may ask: for each caller and for all together.
//!
//! A bucket of tokens refills steadily; who finds it empty is told when to come again.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use types::Timestamp;

/// How much, and how fast it comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// So many at once.
    pub(crate) burst: u32,
    /// One more after that long.
    pub(crate) every: Duration,
}

/// Forms that anybody may send: one caller, in a minute and at once.
pub(crate) const PEER: Rate = Rate {
    burst: 30,
    every: Duration::from_secs(2),
};
/// All of them.
pub(crate) const ALL: Rate = Rate {
    burst: 300,
    every: Duration::from_millis(100),
};

/// More callers than that are not told apart any more; the limit for all still holds.
const MOST_PEERS: usize = 4096;

/// The buckets.
pub(crate) struct Limiter {
    peer: Rate,
    all: Rate,
    buckets: Mutex<Buckets>,
}

struct Buckets {
    all: Bucket,
    peers: HashMap<IpAddr, Bucket>,
}

/// When it will be full again: that is all there is to remember.
#[derive(Clone, Copy)]
struct Bucket(i64);

impl Limiter {
    /// With full buckets.
    pub(crate) fn new(peer: Rate, all: Rate) -> Self {
        Self {
            peer,
            all,
            buckets: Mutex::new(Buckets {
                all: Bucket(i64::MIN),
                peers: HashMap::new(),
            }),
        }
    }

    /// Lets a caller ask once, or says how long to wait.
    pub(crate) fn ask(&self, peer: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let peer = network(peer);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.peers.len() >= MOST_PEERS {
            buckets.peers.retain(|_, bucket| bucket.0 > now.millis());
        }
        let own = buckets.peers.get(&peer).copied().unwrap_or(Bucket(i64::MIN));
        // Both or neither: whoever is refused has taken nothing from the others.
        let own = own.take(self.peer, now)?;
        buckets.all = buckets.all.take(self.all, now)?;
        if buckets.peers.len() < MOST_PEERS || buckets.peers.contains_key(&peer) {
            buckets.peers.insert(peer, own);
        }
        Ok(())
    }
}

impl Bucket {
    fn take(self, rate: Rate, now: Timestamp) -> Result<Self, Duration> {
        let every = millis(rate.every);
        let full = self.0.max(now.millis()).saturating_add(every);
        let most = now
            .millis()
            .saturating_add(every.saturating_mul(rate.burst.into()));
        if full <= most {
            Ok(Self(full))
        } else {
            Err(Duration::from_millis(u64::try_from(full - most).unwrap_or(0)))
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// One subscriber holds a whole /64 of IPv6.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
            let bits = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
        other => other.to_canonical(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    #[test]
    fn a_bucket_empties_and_refills() {
        let rate = |burst| Rate { burst, every: SECOND };
        let limiter = Limiter::new(rate(2), rate(100));
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(limiter.ask(peer, at(0)), Ok(()));
        assert_eq!(limiter.ask(peer, at(0)), Ok(()));
        assert_eq!(limiter.ask(peer, at(400)), Err(Duration::from_millis(600)));
        assert_eq!(limiter.ask(peer, at(1000)), Ok(()));
        assert_eq!(limiter.ask("10.0.0.2".parse().unwrap(), at(1000)), Ok(()));
    }

    #[test]
    fn all_together_have_a_limit_and_a_network_is_one() {
        let limiter = Limiter::new(
            Rate {
                burst: 1,
                every: SECOND,
            },
            Rate {
                burst: 2,
                every: SECOND,
            },
        );
        assert!(limiter.ask("2001:db8::1".parse().unwrap(), at(0)).is_ok());
        assert!(limiter.ask("2001:db8::2".parse().unwrap(), at(0)).is_err());
        assert!(limiter.ask("::ffff:10.0.0.1".parse().unwrap(), at(0)).is_ok());
        assert!(limiter.ask("10.0.0.9".parse().unwrap(), at(0)).is_err());
    }
}
