//! An environment's IP firewall: which addresses may come in.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use wire::dataverse::ADDRESS_BLOCKED;

use crate::{refusal::Refusal, view::Org};

/// Addresses that begin with the same bits: `203.0.113.0/24`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressRange {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no range of addresses: write 203.0.113.0/24, or one address")]
pub struct BadAddressRange(String);

impl FromStr for AddressRange {
    type Err = BadAddressRange;

    fn from_str(text: &str) -> Result<Self, BadAddressRange> {
        let bad = || BadAddressRange(text.to_owned());
        let (first, bits) = match text.split_once('/') {
            Some((first, bits)) => (first, Some(bits.parse().map_err(|_| bad())?)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_| bad())?;
        let all = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        (bits <= all).then_some(Self { first, bits }).ok_or_else(bad)
    }
}

impl TryFrom<String> for AddressRange {
    type Error = BadAddressRange;

    fn try_from(text: String) -> Result<Self, BadAddressRange> {
        text.parse()
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> Self {
        range.to_string()
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl AddressRange {
    fn holds(self, address: IpAddr) -> bool {
        let differ = match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(it)) => (first.to_bits() ^ it.to_bits()).leading_zeros(),
            (IpAddr::V6(first), IpAddr::V6(it)) => (first.to_bits() ^ it.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= u32::from(self.bits)
    }
}

/// Whether the firewall lets an address in; it does so at every request, also of sessions that are open.
///
/// # Errors
/// The firewall's refusal.
pub(crate) fn check(org: &Org, peer: IpAddr) -> Result<(), Refusal> {
    let allowed = &org.record.ip_firewall;
    if allowed.is_empty() || allowed.iter().any(|range| range.holds(peer)) {
        return Ok(());
    }
    let why = format!(
        "{peer} is in none of the ranges that the IP firewall of {} allows",
        org.record.unique_name
    );
    Err(Refusal::of(&ADDRESS_BLOCKED, &[], why).cause("dataverse-ip-firewall"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_begins_with_its_bits() {
        for (range, inside, outside) in [
            ("203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.6"),
            ("10.0.0.0/7", "11.255.0.1", "12.0.0.0"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("203.0.113.0/24", "::ffff:203.0.113.9", "::1"),
        ] {
            let range: AddressRange = range.parse().unwrap();
            assert!(range.holds(inside.parse().unwrap()), "{range} {inside}");
            assert!(!range.holds(outside.parse().unwrap()), "{range} {outside}");
        }
        let everybody: AddressRange = "0.0.0.0/0".parse().unwrap();
        assert!(everybody.holds([9, 9, 9, 9].into()));
        for bad in [
            "",
            "contoso.com",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::/129",
            "10.0.0.0/-1",
        ] {
            assert!(bad.parse::<AddressRange>().is_err(), "{bad}");
        }
    }
}
