//! `home.dynamics.com`: the Dynamics 365 home page, where an app is chosen (rows 003-13, 003-18 and 003-19).

mod apps;

use crate::Site;

pub(crate) const SITE: Site = Site {
    sign_in_at: "organizations",
    host: Some("home.dynamics.com"),
    name: "Dynamics 365",
    nav: &[],
    pages: &[apps::PAGE],
};
