//! `admin.powerplatform.microsoft.com`: the Dynamics 365 admin center. Organizations, their users, security roles and
//! business units (rows 003-16, 003-29 and 003-30).
//!
//! Who administers an organization stands in `place`: by a role of the directory, or as its System Administrator.

mod new;
mod organization;
mod organizations;
mod people;
mod person;
mod place;
mod role;
mod roles;
mod units;

use crate::{Site, frame::Link};

pub(crate) const SITE: Site = Site {
    sign_in_at: "organizations",
    host: Some("admin.powerplatform.microsoft.com"),
    name: "Dynamics 365 admin center",
    nav: &[
        Link {
            path: "/",
            name: "Organizations",
        },
        Link {
            path: "/new",
            name: "New organization",
        },
    ],
    pages: &[
        organizations::PAGE,
        new::PAGE,
        organization::PAGE,
        people::PAGE,
        people::APPLICATIONS,
        person::PAGE,
        roles::PAGE,
        role::PAGE,
        units::PAGE,
    ],
};
