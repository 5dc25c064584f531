//! `passwordreset.microsoftonline.com`: a forgotten password of a work account (rows 003-04 to 003-10).
//!
//! Whoever types a name here has shown nothing, so a page answers the same for every name, in the same time. What the
//! rules say about the one account, its owner is told by mail (`Accounts::forgot_password`), and a tester by the
//! journal. The same pages serve Microsoft accounts at `account.live.com` (row 003-27), which has its own list.

pub(crate) mod done;
pub(crate) mod forgot;
pub(crate) mod link;
pub(crate) mod sent;

use types::{TenantId, Upn};

use crate::{Site, page::Ask, stop::Stop, text::query};

pub(crate) const SITE: Site = Site {
    sign_in_at: "",
    host: Some(WORK),
    name: "Microsoft Online Password Reset",
    nav: &[],
    pages: &[forgot::WORK, sent::WORK, link::WORK, done::WORK],
};

/// Where passwords of work accounts are reset.
pub(crate) const WORK: &str = "passwordreset.microsoftonline.com";
/// Where those of Microsoft accounts are.
pub(crate) const PERSONAL: &str = "account.live.com";

/// Which of the two a page is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Work,
    Personal,
}

impl Place {
    fn of(ask: &Ask<'_>) -> Self {
        match ask.call.host.as_str() {
            PERSONAL => Self::Personal,
            _ => Self::Work,
        }
    }

    /// The pages here: where a name is typed, what is said then, a mail's link, and the end.
    const fn paths(self) -> [&'static str; 4] {
        match self {
            Self::Work => ["/", "/sent", "/reset", "/done"],
            Self::Personal => [
                "/password/reset",
                "/password/sent",
                "/password/reset",
                "/password/done",
            ],
        }
    }

    /// Where the other kind of account is reset, with the name that was typed.
    fn other(self, ask: &Ask<'_>, name: &str) -> String {
        let (host, path) = match self {
            Self::Work => (PERSONAL, "/password/reset"),
            Self::Personal => (WORK, "/"),
        };
        ask.address(host, &format!("{path}?{}", query(&[("username", name)])))
    }
}

/// Whose domain an address is of: an organization's, or nobody's here, as Microsoft accounts' are.
async fn organization(ask: &Ask<'_>, name: &Upn) -> Result<Option<TenantId>, Stop> {
    let domain = format!("domain:{}", name.domain().to_ascii_lowercase());
    let tenant = ask.portal.stage.store.tenant_of(&domain).await?;
    Ok(tenant.filter(|tenant| *tenant != TenantId::CONSUMERS))
}
