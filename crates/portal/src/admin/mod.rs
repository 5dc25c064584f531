//! `admin.microsoft.com`: the Office 365 Admin Center. Users, licenses, groups, domains, service health, and who did what
//! (rows 003-03, 003-07, 003-09, 003-15 and 003-16).
//!
//! Whoever administers anything may look; who may change what stands in `rights`.

mod audit;
mod centers;
mod domains;
mod group;
mod groups;
mod health;
mod home;
mod invite;
mod licenses;
mod new;
mod once;
mod resets;
mod rights;
mod settings;
mod sign_ins;
mod user;
mod users;

use crate::{Site, frame::Link};

const fn link(path: &'static str, name: &'static str) -> Link {
    Link { path, name }
}

pub(crate) const SITE: Site = Site {
    sign_in_at: "organizations",
    host: Some("admin.microsoft.com"),
    name: "Office 365 Admin Center",
    nav: &[
        link("/users", "Users"),
        link("/groups", "Groups"),
        link("/licenses", "Licenses"),
        link("/domains", "Domains"),
        link("/password-reset", "Password reset"),
        link("/settings", "Settings"),
        link("/health", "Service health"),
        link("/audit", "Audit log"),
        link("/sign-ins", "Sign-in log"),
        link("/admin-centers", "Admin centers"),
    ],
    pages: &[
        home::PAGE,
        users::PAGE,
        new::PAGE,
        invite::PAGE,
        user::PAGE,
        groups::PAGE,
        group::PAGE,
        licenses::PAGE,
        domains::PAGE,
        resets::PAGE,
        settings::PAGE,
        health::PAGE,
        audit::PAGE,
        sign_ins::PAGE,
        centers::PAGE,
    ],
};
