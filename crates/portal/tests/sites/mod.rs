//! One file for each site, in the same program as the rest: its parts share the stand-in and the browser.

mod accounts;
mod admin;
mod admin_guard;
mod azure;
mod dynamics;
mod forms;
mod home;
mod organization;
mod resets;
mod sessions;
mod sign_ins;
mod tester;
