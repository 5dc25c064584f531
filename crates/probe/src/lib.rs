//! Walks the whole way to an organization as a client would, and says what it saw.
//!
//! A probe is one file: it looks at its settings before it uses them, acts, and writes down what it saw as steps and
//! facts ([`evidence::Findings`]). It never judges; the catalog does. Everything only reads, a password is sent once
//! at most, and nothing a server answers can hold it up: every phase has its time, every answer its size. To add a
//! probe: a file with its `PROBE` and its function, its line in [`PROBES`], and its call in `walk.rs`.

mod address;
mod ask;
mod browser;
mod challenge;
mod claims;
mod clock;
mod cloud;
mod deployment;
mod discovery;
mod dns;
mod federation;
mod health;
mod hello;
mod invitation;
mod live;
mod mail;
mod metadata;
mod name;
mod observe;
mod organization;
mod policy;
mod port;
mod preflight;
mod redirect;
mod sign_in;
mod tls;
mod walk;
mod wants;

use std::{net::SocketAddr, time::Duration};

use client::{Mistake, Outside, Plan, Profile, ProfileName, Ui, Vault};
use net::Settings;
use types::Upn;

pub use browser::{BadCookies, Jar, Program, Visit, browse};
pub use name::name_servers;
pub use walk::examine;
pub use wants::Wish;

/// A probe: one thing that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its name, as progress and help show it.
    pub name: &'static str,
    /// What it looks at.
    pub about: &'static str,
    /// What must have worked before.
    pub needs: &'static str,
}

/// Every probe, in the order of the way.
pub const PROBES: &[Probe] = &[
    preflight::PROBE,
    address::PROBE,
    name::PROBE,
    port::PROBE,
    tls::PROBE,
    clock::PROBE,
    deployment::PROBE,
    challenge::PROBE,
    redirect::PROBE,
    policy::PROBE,
    metadata::PROBE,
    cloud::PROBE,
    live::PROBE,
    sign_in::PROBE,
    invitation::PROBE,
    health::PROBE,
    claims::PROBE,
    federation::PROBE,
    organization::PROBE,
    organization::USER,
    wants::PROBE,
    discovery::PROBE,
    mail::PROBE,
    browser::PROBE,
];

/// Who is told what is being looked at, while it is.
pub trait Watch: Send + Sync {
    /// A probe begins.
    fn begins(&self, probe: &Probe);
}

/// Nobody watches.
pub struct Unwatched;

impl Watch for Unwatched {
    fn begins(&self, _: &Probe) {}
}

/// The world that is examined.
pub struct World<'w> {
    /// Servers, time and chance, as a client has them.
    pub outside: &'w Outside,
    /// The settings behind `outside`, for looking closer at a connection that failed.
    pub network: &'w Settings,
    /// The name servers to ask when a name is not found; [`name_servers`] knows this machine's.
    pub name_servers: Vec<SocketAddr>,
    /// Whether what they say is compared with what this machine's resolver says, since a person named them.
    pub compares: bool,
    /// Who watches.
    pub watch: &'w dyn Watch,
}

/// What is to be examined.
pub struct Case<'c> {
    /// Mistakes that were met while the settings were read.
    pub mistakes: Vec<Mistake>,
    /// The target as it was given: an address of any form, a name, an id.
    pub given: &'c str,
    /// The sign-in host for what is looked up: `https://login.microsoftonline.com`.
    pub login: &'c str,
    /// The organization's name, where a person knows it and an on-premises address leaves it out.
    pub organization: Option<&'c str>,
    /// The address that was invited, of somebody who says to be a guest.
    pub invited: Option<&'c Upn>,
    /// What the person wants to do once they are in.
    pub wants: Option<&'static Wish>,
    /// Who signs in.
    pub account: Account<'c>,
}

/// Who signs in.
pub enum Account<'c> {
    /// Nobody: the way is walked up to the sign-in.
    Nobody,
    /// As this plan says, and nothing is kept.
    Fresh {
        /// How; its target is what is examined.
        plan: &'c Plan,
        /// Whom to show what a person must do.
        ui: &'c dyn Ui,
    },
    /// With the kept sign-in of a profile.
    Kept {
        /// Where its secrets lie.
        vault: &'c Vault,
        /// Its name.
        name: &'c ProfileName,
        /// The profile.
        profile: &'c Profile,
    },
}

/// Longest that one closer look may take; never longer than the way itself may.
const LOOK: Duration = Duration::from_secs(5);

impl World<'_> {
    fn begins(&self, probe: &Probe) {
        self.watch.begins(probe);
    }

    /// How long one closer look may take.
    fn patience(&self) -> Duration {
        LOOK.min(self.network.timeouts.connect)
    }
}
