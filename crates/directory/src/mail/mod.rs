//! Mail: everything the stand-in would send, kept in an outbox of the tenant.
//!
//! A mail is written together with the change it tells of, so that neither can be without the other, and its id
//! is made from the event it belongs to, so that one event never has two. What it says ([`Letter`]) is sealed:
//! letters carry links that let people in. [`delivery`](Delivery) is for whoever hands it to an SMTP server.
//!
//! To add a letter: a function in `letters` that says what it says; both its forms follow.

mod letter;
pub mod letters;
mod outbox;

pub use letter::{Action, Letter, Rendered};
pub(crate) use outbox::trim;
pub use outbox::{Outbox, Search, begin_delivery, end_delivery, forget, post};

use crypt::{BadSeal, Sealer};
use serde::{Deserialize, Serialize};
use types::{Chance, Timestamp, Uuid};

/// The kind of mail records.
pub const KIND_MAIL: &str = "mail";

const PURPOSE: &str = "mail";

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Follow this link to show that the address is yours.
    Verification,
    /// Follow this link to choose a new password, or: here is a temporary one.
    Reset,
    /// You are invited.
    Invitation,
    /// Your password was changed.
    PasswordChanged,
    /// Something needs attention.
    Alert,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Verification,
        Self::Reset,
        Self::Invitation,
        Self::PasswordChanged,
        Self::Alert,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Reset => "reset",
            Self::Invitation => "invitation",
            Self::PasswordChanged => "password-changed",
            Self::Alert => "alert",
        }
    }
}

/// How far a mail has come on its way to an SMTP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It waits: for a server to be configured, or for the next try.
    Waiting {
        /// How often it was tried.
        tries: u32,
        /// Not before this moment, by the machine's clock.
        #[serde(default)]
        next: Option<Timestamp>,
        /// What went wrong the last time.
        #[serde(default)]
        failed: Option<String>,
    },
    /// It is being handed over. When this stays, the process ended meanwhile, and nobody knows whether the
    /// server took it: it is not tried again, because it must not arrive twice.
    Sending {
        /// Which try this is.
        tries: u32,
        /// Since when, by the machine's clock.
        since: Timestamp,
    },
    /// A server took it.
    Sent {
        /// At which try.
        tries: u32,
        /// When, by the machine's clock.
        at: Timestamp,
    },
    /// It was given up.
    Failed {
        /// After how many tries.
        tries: u32,
        /// When, by the machine's clock.
        at: Timestamp,
        /// Why.
        why: String,
    },
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its id, made from the event.
    pub id: Uuid,
    /// What happened: one event has one mail.
    pub event: String,
    /// What it is about.
    pub kind: Kind,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says, sealed.
    letter: String,
    /// When it was written, by the tenant's clock.
    pub at: Timestamp,
    /// How far it has come.
    pub delivery: Delivery,
}

impl Mail {
    /// Writes a mail about an event. `event` names the one thing it tells of, for example a link's digest.
    ///
    /// # Errors
    /// [`BadSeal`].
    pub fn new(
        kind: Kind,
        event: impl Into<String>,
        to: impl Into<String>,
        letter: &Letter,
        (sealer, chance): (&Sealer, &dyn Chance),
        at: Timestamp,
    ) -> Result<Self, BadSeal> {
        let event = event.into();
        let plain = serde_json::to_vec(letter).map_err(|_| BadSeal::Form)?;
        Ok(Self {
            id: id_of(&event),
            event,
            kind,
            to: to.into(),
            subject: letter.subject.clone(),
            letter: sealer.seal(chance, PURPOSE, &plain)?,
            at,
            delivery: Delivery::Waiting {
                tries: 0,
                next: None,
                failed: None,
            },
        })
    }

    /// What it says.
    ///
    /// # Errors
    /// [`BadSeal`] when it was sealed with a key that is not here, or changed.
    pub fn open(&self, sealer: &Sealer) -> Result<Letter, BadSeal> {
        let plain = sealer.open(PURPOSE, &self.letter)?;
        serde_json::from_slice(&plain).map_err(|_| BadSeal::Broken)
    }
}

/// An id made from an event, of version 8 (RFC 9562 5.8).
fn id_of(event: &str) -> Uuid {
    let digest = crypt::sha256(format!("keyway mail {event}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}
