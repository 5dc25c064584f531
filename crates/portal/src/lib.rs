//! The pages: what a person without a terminal sees.
//!
//! One folder for each site, in it one for each page: `mod.rs` is its route and what it does, `view.rs` what it shows,
//! `template.html` how. A page asks nothing of another host and works without a script. To add one: a folder, and its
//! line in the site's list. To add a site: its folder, and its line in [`SITES`].
//!
//! What a page changes, it changes by an operation of the control API (`Ask::act`), so that a program can do whatever
//! a person can. What it shows, it reads from the state. Who may see it stands beside its path ([`Needs`]) and is judged
//! in one place (`page`), as are the tokens of its forms.

mod admin;
mod apps;
mod azure;
mod dynamics;
mod engagement;
mod even;
mod frame;
mod home;
mod invitation;
mod keyway;
mod live;
mod office;
mod organization;
mod page;
mod paging;
mod reset;
mod shell;
mod stop;
mod text;
mod visit;
mod wrong;

use std::sync::Arc;

use http::{StatusCode, header, request::Parts as Head};
use standin::{
    backstage::Backstage,
    edge::{Handled, Pages, Service},
};
use store::Ticket;
use types::{AppId, Host};
use wire::Call;

pub use page::{Needs, Page};

use frame::Link;

/// A site: a host, and the pages on it.
#[derive(Debug)]
pub struct Site {
    /// Whose accounts it takes: the tenant segment of the sign-in address. An organization takes its tenant's.
    pub sign_in_at: &'static str,
    /// Its true host; none is every organization's own.
    pub host: Option<&'static str>,
    /// What people call it.
    pub name: &'static str,
    /// The pages its navigation leads to.
    pub(crate) nav: &'static [Link],
    /// Its own pages.
    pub pages: &'static [Page],
}

impl Site {
    /// The application of the sign-in service that its visitors sign in to; none where nobody signs in.
    pub(crate) fn application(&self) -> Option<AppId> {
        let site = authority::SITES.iter().find(|site| site.host == self.host);
        site.map(|site| site.app)
    }

    /// Its pages, and the one that every site has where people sign in.
    pub fn every_page(&self) -> impl Iterator<Item = &'static Page> {
        let shared = self.application().map(|_| &visit::SESSIONS);
        self.pages.iter().chain(shared)
    }

    /// Whether something of this site is at that path.
    fn answers(&'static self, path: &str) -> bool {
        let way = self.application().is_some() && (path == authority::CALLBACK || path == visit::OUT);
        way || shell::is_file(path) || Page::at(self, path).is_some()
    }
}

/// Every site.
pub const SITES: &[&Site] = &[
    &keyway::SITE,
    &office::SITE,
    &home::SITE,
    &organization::SITE,
    &engagement::SITE,
    &admin::SITE,
    &dynamics::SITE,
    &azure::SITE,
    &reset::SITE,
    &live::SIGN_UP,
    &live::ACCOUNT,
    &invitation::SITE,
];

/// The pages of one stand-in.
pub(crate) struct Portal {
    stage: Backstage,
    explain: keyway::explain::Desk,
    rounds: visit::Rounds,
    /// How often forms may be sent that anybody may send.
    forms: keyway::rate::Limiter,
    /// How long the answers to those take that must not tell who exists.
    pace: even::Pace,
}

/// The pages, for whoever puts a stand-in together.
pub fn pages() -> Pages {
    Pages(|stage| Arc::new(Portal::new(stage)))
}

impl Portal {
    fn new(stage: Backstage) -> Self {
        Self {
            explain: keyway::explain::Desk::new(stage.clock.clone()),
            forms: keyway::rate::Limiter::new(keyway::rate::PEER, keyway::rate::ALL),
            pace: even::Pace::default(),
            stage,
            rounds: visit::Rounds::default(),
        }
    }

    fn site(&self, host: &Host) -> Option<&'static Site> {
        named(host).or_else(|| self.own(host))
    }

    /// The site of an organization's own name.
    fn own(&self, host: &Host) -> Option<&'static Site> {
        let is_one = self.stage.organizations.is_organizations_own(host);
        SITES.iter().find(|site| is_one && site.host.is_none()).copied()
    }
}

/// The site with a name of its own.
fn named(host: &Host) -> Option<&'static Site> {
    SITES
        .iter()
        .find(|site| site.host == Some(host.as_str()))
        .copied()
}

impl Service for Portal {
    fn owns(&self, host: &Host) -> bool {
        named(host).is_some()
    }

    fn answers(&self, host: &Host, head: &Head) -> bool {
        // An organization's name is its API's too: only the paths of pages are answered here, and not to a program,
        // which brings a token.
        let browses = !head.headers.contains_key(header::AUTHORIZATION);
        match named(host) {
            Some(_) => true,
            None => browses && self.own(host).is_some_and(|site| site.answers(head.uri.path())),
        }
    }

    fn most_body(&self, path: &str) -> usize {
        let pages = SITES.iter().flat_map(|site| site.every_page());
        pages
            .filter(|page| page.is_at(path))
            .map(|page| page.most_body)
            .max()
            .unwrap_or(0)
    }

    fn handle<'a>(&'a self, call: &'a Call, _: &'a mut Vec<Ticket>) -> Handled<'a> {
        Box::pin(async move {
            match self.site(&call.host) {
                Some(site) => page::answer(self, site, call).await,
                None => shell::plain(StatusCode::NOT_FOUND, "no site has this name"),
            }
        })
    }
}
