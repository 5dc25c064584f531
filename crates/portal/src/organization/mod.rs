//! An organization's own name, opened with a browser: who is let in is decided by `organization`, by the same steps as
//! for a program with a token; here are its pages (rows 003-20, 003-29, 003-30 and 003-33 to 003-37).
//!
//! A program that brings a token is answered by the organization itself, at the same paths.

mod area;
mod banner;
mod door;
mod main;
mod nowhere;
mod session;
mod trouble;

use crate::{Site, frame::Link};

pub(crate) use nowhere::nowhere;

pub(crate) const SITE: Site = Site {
    // An organization takes its tenant's accounts.
    sign_in_at: "",
    host: None,
    name: "Dynamics 365",
    nav: &[
        Link {
            path: "/_pages/sales",
            name: "Sales",
        },
        Link {
            path: "/_pages/service",
            name: "Service",
        },
        Link {
            path: "/_pages/settings",
            name: "Settings",
        },
        Link {
            path: trouble::PATH,
            name: "Help",
        },
    ],
    pages: &[
        main::PAGE,
        main::CLASSIC,
        main::DEFAULT,
        area::PAGE,
        session::LOOK,
        session::AGAIN,
        trouble::PAGE,
    ],
};
