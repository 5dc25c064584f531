//! `listening.microsoft.com`: Microsoft Social Engagement, a sibling service (rows 003-02, 003-26 and 003-28). It takes
//! work accounts with its license, at an address with the solution's own id, and refuses Microsoft accounts. That it was at
//! this host is unverified (U): the document's own text lost it.

mod solution;
mod start;

use types::TenantId;

use crate::Site;

pub(crate) const SITE: Site = Site {
    // Anybody may try; the sign-in service refuses Microsoft accounts, and says why.
    sign_in_at: "common",
    host: Some("listening.microsoft.com"),
    name: "Social Engagement",
    nav: &[],
    pages: &[start::PAGE, solution::PAGE, solution::BARE],
};

/// The direct address of a tenant's solution, on this site.
fn address(tenant: TenantId) -> String {
    let url = directory::licenses::social_engagement(tenant);
    let path = url.split_once("/app/").map_or("", |(_, rest)| rest);
    format!("/app/{path}")
}
