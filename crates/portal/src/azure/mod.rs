//! `portal.azure.com`: app registrations and enterprise applications (rows 004-02 to 004-10, 004-12 to 004-15, 004-18 to
//! 004-20; facts/identity.md 2).
//!
//! The pages of one registration stand below `/apps/{app}`, in the order in which an integration is set up. Who may open
//! them is judged in one place ([`desk`]). To add one: a folder, its line below, and its line in [`desk::Menu`] when
//! people should find it beside the others.

mod apis;
mod apps;
mod authentication;
mod before;
mod branding;
mod certificate_new;
mod check;
mod consent;
mod credential_delete;
mod delete;
mod desk;
mod endpoints;
mod enterprise;
mod enterprise_app;
mod expose;
mod manifest;
mod once;
mod overview;
mod owners;
mod permission_add;
mod permission_pick;
mod permissions;
mod register;
mod revoke;
mod secret_new;
mod secret_value;
mod secrets;
mod start;

use crate::{Site, frame::Link};

pub(crate) const SITE: Site = Site {
    sign_in_at: "organizations",
    host: Some("portal.azure.com"),
    name: "Azure Portal",
    nav: &[
        Link {
            path: "/apps",
            name: "App registrations",
        },
        Link {
            path: "/enterprise",
            name: "Enterprise applications",
        },
        Link {
            path: "/before-you-begin",
            name: "Before you begin",
        },
    ],
    pages: &[
        start::PAGE,
        before::PAGE,
        apps::PAGE,
        register::PAGE,
        overview::PAGE,
        endpoints::PAGE,
        authentication::PAGE,
        secrets::PAGE,
        secret_new::PAGE,
        secret_value::PAGE,
        credential_delete::PAGE,
        certificate_new::PAGE,
        permissions::PAGE,
        permission_add::PAGE,
        permission_pick::PAGE,
        consent::PAGE,
        revoke::PAGE,
        expose::PAGE,
        owners::PAGE,
        manifest::PAGE,
        branding::PAGE,
        delete::PAGE,
        check::PAGE,
        enterprise::PAGE,
        enterprise_app::PAGE,
    ],
};
