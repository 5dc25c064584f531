//! The measurements, one file each.

mod concurrency;
mod doctor;
mod documents;
mod explain;
mod memory;
mod protections;
mod sign_in;
mod start;
mod token;
mod whoami;

use crate::{Bar, Lab, Outcome, report::Row};

/// In the order of their numbers, with the title of what they print.
pub(crate) const LIST: &[(Bar, &str)] = &[
    (Bar::Token, "B1–B4: the token endpoint"),
    (Bar::Documents, "B5: discovery and keys"),
    (Bar::Whoami, "B6: WhoAmI"),
    (Bar::SignIn, "B7: sign-in with a password, and with a session"),
    (Bar::Concurrency, "B8: 64 sign-ins at once"),
    (Bar::Start, "B9: start"),
    (Bar::Memory, "B10: memory"),
    (Bar::Explain, "B12: explain"),
    (Bar::Doctor, "The doctor over slow links"),
];

/// Runs one.
pub(crate) async fn run(bar: Bar, lab: &Lab) -> Outcome<Vec<Row>> {
    match bar {
        Bar::Token => token::measure(lab).await,
        Bar::Documents => documents::measure(lab).await,
        Bar::Whoami => whoami::measure(lab).await,
        Bar::SignIn => sign_in::measure(lab).await,
        Bar::Concurrency => concurrency::measure(lab).await,
        Bar::Start => start::measure(lab).await,
        Bar::Memory => memory::measure(lab).await,
        Bar::Explain => explain::measure(lab),
        Bar::Doctor => doctor::measure(lab).await,
        Bar::All => Ok(Vec::new()),
    }
}
