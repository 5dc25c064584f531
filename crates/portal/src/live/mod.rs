//! Microsoft accounts: `signup.live.com`, where they are made on any address, and `account.live.com`, where their
//! addresses are verified and their passwords reset (rows 000-16 to 000-22, and 003-27; facts/identity.md 4.4).

mod account;
mod again;
mod sent;
mod sign_up;
mod verify;

use crate::{Site, reset};

pub(crate) const SIGN_UP: Site = Site {
    sign_in_at: "",
    host: Some("signup.live.com"),
    name: "Microsoft account",
    nav: &[],
    pages: &[sign_up::PAGE, sent::SENT, sent::READY],
};

pub(crate) const ACCOUNT: Site = Site {
    sign_in_at: "consumers",
    host: Some(reset::PERSONAL),
    name: "Microsoft account",
    nav: &[],
    pages: &[
        account::PAGE,
        verify::PAGE,
        again::PAGE,
        reset::forgot::PERSONAL,
        reset::sent::PERSONAL,
        reset::done::PERSONAL,
    ],
};
