//! An organization's IP firewall lists addresses, and the caller's is not among them.

use organization::AddressRange;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "address-unlisted",
    about: "the organization's IP firewall lets in these addresses and no others",
    takes: &[("ranges", "addresses or ranges: [\"203.0.113.0/24\"]")],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let ranges: Vec<AddressRange> = draft.parameter("ranges")?;
    draft.organization(|organization| organization.ip_firewall = ranges)
}
