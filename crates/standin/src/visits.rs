//! Sessions at the sites: what a site remembers of one browser, and where a person is signed in.
//!
//! What a person sees as one session is one sign-in with one browser: every site that it led to belongs to it, and ends
//! with it, because a site that ended alone would let the browser in again at once.

use std::time::Duration;

use directory::{Account, Tenant};
use organization::Term;
use serde::{Deserialize, Serialize};
use store::{Store, StoreError, Ticket};
use types::{Host, ObjectId, TenantId, Timestamp, Upn};

use crate::edge::printable;

/// The kind of their tickets.
pub const KIND: &str = "visit";
/// The state of one that lasts.
pub const LIVE: &str = "live";
/// The state of one that was ended.
pub const ENDED: &str = "ended";
/// So exactly is known when a session was last used, where nothing depends on it.
const USE: Duration = Duration::from_secs(60);

/// A session at a site: what the ticket behind its cookie holds. The ticket's group is the sign-in it belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// The host it is for.
    pub host: String,
    /// The tenant that was signed in to.
    pub tenant: TenantId,
    /// The account there.
    pub account: ObjectId,
    /// The name that was typed.
    pub typed: Upn,
    /// When, by the tenant's clock.
    pub since: Timestamp,
    /// The rule it began with.
    #[serde(default)]
    pub term: Term,
    /// When it was last used.
    #[serde(default)]
    seen: Option<Timestamp>,
    /// The browser, as people name it.
    #[serde(default = "unnamed")]
    browser: String,
}

/// A browser that does not say which it is.
fn unnamed() -> String {
    "A browser that does not say which".to_owned()
}

impl Visit {
    /// One that begins, in the browser that calls itself `agent`.
    pub fn new(
        host: &Host,
        (tenant, account): (TenantId, ObjectId),
        typed: Upn,
        since: Timestamp,
        term: Term,
        agent: Option<&str>,
    ) -> Self {
        Self {
            host: host.to_string(),
            tenant,
            account,
            typed,
            since,
            term,
            seen: None,
            browser: browser(agent.unwrap_or_default()),
        }
    }

    /// When it ends, if it is not used any more.
    pub fn ends(&self) -> Timestamp {
        let end = self.since + self.term.length;
        match self.term.idle {
            Some(idle) => end.min(self.last_used() + idle),
            None => end,
        }
    }

    /// Whether the warning is due: its end is near, whatever is done.
    pub fn is_warned(&self, now: Timestamp) -> bool {
        now >= self.since + self.term.warned_after
    }

    /// When it was last used.
    pub fn last_used(&self) -> Timestamp {
        self.seen.unwrap_or(self.since)
    }

    /// Notes that it is used; whether that must be written down.
    pub fn used(&mut self, now: Timestamp) -> bool {
        let matters = match self.term.idle {
            Some(_) => self.seen != Some(now),
            None => now.since(self.last_used()) >= USE,
        };
        if matters {
            self.seen = Some(now);
        }
        matters
    }
}

/// Where a person is signed in with one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// What it is ended by: claim `sid` of its tokens.
    pub id: String,
    /// The browser, as people name it.
    pub browser: String,
    /// Since when.
    pub since: Timestamp,
    /// When one of its sites was last used.
    pub last_used: Timestamp,
    /// The hosts of its sites, each with its name.
    pub sites: Vec<(String, String)>,
}

impl SignIn {
    /// Every one of a person, the one that was used last first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn all(
        store: &Store,
        tenant: &Tenant,
        account: &Account,
        now: Timestamp,
    ) -> Result<Vec<Self>, StoreError> {
        let mut all: Vec<Self> = Vec::new();
        for (ticket, visit) in visits(store, tenant.id(), account.id).await? {
            if now >= visit.ends() || !account.honors(visit.since) {
                continue;
            }
            let site = authority::SITES
                .iter()
                .find(|site| site.host == Some(visit.host.as_str()));
            let name = site.map_or_else(|| visit.host.clone(), |site| site.name.to_owned());
            let entry = (visit.host.clone(), name);
            match all.iter_mut().find(|one| one.id == ticket.group) {
                Some(known) => {
                    known.since = known.since.min(visit.since);
                    known.last_used = known.last_used.max(visit.last_used());
                    if !known.sites.contains(&entry) {
                        known.sites.push(entry);
                    }
                }
                None => all.push(Self {
                    id: ticket.group,
                    since: visit.since,
                    last_used: visit.last_used(),
                    browser: visit.browser,
                    sites: vec![entry],
                }),
            }
        }
        for one in &mut all {
            one.sites.sort();
        }
        all.sort_by(|a, b| (b.last_used, &a.id).cmp(&(a.last_used, &b.id)));
        Ok(all)
    }

    /// Ends a person's sign-ins whose id is meant: at the sites here, and at the sign-in service.
    ///
    /// # Errors
    /// The state cannot be written.
    pub async fn end(
        store: &Store,
        tenant: TenantId,
        account: ObjectId,
        now: Timestamp,
        meant: impl Fn(&str) -> bool,
    ) -> Result<(), StoreError> {
        for (ticket, _) in visits(store, tenant, account).await? {
            if meant(&ticket.group) {
                authority::end_sign_in(store, tenant, &ticket.group, now).await?;
                store.move_ticket(&ticket.id, LIVE, ENDED, "").await?;
            }
        }
        Ok(())
    }
}

/// The sessions of an account that nobody ended.
async fn visits(
    store: &Store,
    tenant: TenantId,
    account: ObjectId,
) -> Result<Vec<(Ticket, Visit)>, StoreError> {
    let tickets = store.tickets(tenant, KIND, LIVE).await?.into_iter();
    // One that an older program wrote is no session.
    let read = tickets.filter_map(|ticket| {
        let visit: Visit = serde_json::from_str(&ticket.body).ok()?;
        (visit.account == account).then_some((ticket, visit))
    });
    Ok(read.collect())
}

/// What a browser calls itself to say, in the order in which they pretend to be each other.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// The same of what it runs on.
const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// A browser as people name it, by what it calls itself (RFC 9110 10.1.5).
fn browser(agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => match agent.split(['/', ' ']).next().unwrap_or_default() {
            "" => unnamed(),
            product => printable(product, 40),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        let of = |agent| browser(agent);
        assert_eq!(
            of(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge on Windows"
        );
        assert_eq!(
            of("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            of(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone"
        );
        assert_eq!(of("keyway/0.1.0"), "keyway");
        assert_eq!(of(""), "A browser that does not say which");
    }
}
