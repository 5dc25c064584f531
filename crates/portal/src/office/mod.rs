//! `portal.office.com`: where everybody signs in, and what their licenses give them (rows 003-11 to 003-17).

mod app;
mod welcome;

use crate::Site;

pub(crate) const SITE: Site = Site {
    sign_in_at: "organizations",
    host: Some("portal.office.com"),
    name: "Office 365",
    nav: &[],
    pages: &[welcome::PAGE, app::PAGE],
};
