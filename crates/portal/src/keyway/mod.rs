//! Keyway's own pages, on `localhost`: the way to everything, and what explains and turns the stand-in.

pub(crate) mod cause;
pub(crate) mod causes;
pub(crate) mod clock;
pub(crate) mod enter;
pub(crate) mod explain;
pub(crate) mod journal;
pub(crate) mod outbox;
mod pages;
pub(crate) mod play;
pub(crate) mod rate;
pub(crate) mod start;
mod tenants;
mod upload;
pub(crate) mod worlds;

use crate::{Site, frame::Link, page::Ask};

pub(crate) const SITE: Site = Site {
    sign_in_at: "",
    host: Some("localhost"),
    name: "Keyway",
    nav: &[
        link("/explain", "Explain"),
        link("/causes", "Causes"),
        link("/play", "Break and mend"),
        link("/journal", "Journal"),
        link("/clock", "Clock"),
        link("/outbox", "Outbox"),
        link("/worlds", "Worlds"),
    ],
    pages: &[
        start::PAGE,
        explain::PAGE,
        causes::PAGE,
        cause::PAGE,
        pages::PAGE,
        play::PAGE,
        journal::PAGE,
        clock::PAGE,
        outbox::LIST,
        outbox::MAIL,
        worlds::LIST,
        worlds::TENANT,
        enter::PAGE,
    ],
};

const fn link(path: &'static str, name: &'static str) -> Link {
    Link { path, name }
}

/// The address of a page of Keyway's own, from a page of any site. Those are on the stand-in's own port, which a call
/// by a true name does not tell.
pub(crate) fn url(ask: &Ask<'_>, path: &str) -> String {
    match ask.portal.stage.ready.port() {
        443 => format!("https://localhost{path}"),
        port => format!("https://localhost:{port}{path}"),
    }
}
