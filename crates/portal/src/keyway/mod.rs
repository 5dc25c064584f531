//! Keyway's own pages, on `localhost`: the way to everything, and what explains and turns the stand-in.

pub(crate) mod cause;
pub(crate) mod causes;
pub(crate) mod explain;
mod pages;
mod rate;
pub(crate) mod start;
mod upload;

use crate::{Site, frame::Link, shell};

pub(crate) const SITE: Site = Site {
    first_party: None,
    sign_in_at: "",
    host: Some("localhost"),
    name: "Keyway",
    nav: &[
        Link {
            path: "/explain",
            name: "Explain",
        },
        Link {
            path: "/causes",
            name: "Causes",
        },
    ],
    pages: &[
        start::PAGE,
        explain::PAGE,
        causes::PAGE,
        cause::PAGE,
        pages::PAGE,
        shell::STYLE,
        shell::SCRIPT,
    ],
};
