//! What people and administrators do with accounts, each as one use-case: it decides, writes, and posts the mail
//! that belongs to it.
//!
//! The use-cases stand in files of their own: `verification`, `change`, `reset`, `invitation`, `second_factor`.
//! To add one: its file with an `impl Accounts`, what it may answer in [`NotDone`], and an operation of the
//! control API that calls it.

use crypt::{BadSeal, Hasher, HasherBusy, Sealer};
use store::{Store, StoreError};
use types::{Chance, ObjectId, Secret, TenantId, Timestamp};
use wire::aadsts::Refusal;

use crate::{Account, Password, SignIn, SignInError, Stored, Tenant, WeakPassword, mail, reset::NoReset};

/// What the use-cases need. Made for each use.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    /// The state.
    pub store: &'a Store,
    /// Seals what letters say, and second factors.
    pub sealer: &'a Sealer,
    /// Hashes passwords.
    pub hasher: &'a Hasher,
    /// Chance.
    pub chance: &'a dyn Chance,
}

/// Why something was not done. Nothing has changed then, except that wrong passwords are counted.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// There is no such account.
    #[error("there is no account {0}")]
    NoAccount(String),
    /// The name belongs to someone.
    #[error("{0} belongs to another account")]
    Taken(String),
    /// The password is not good enough.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Signing in was refused on the way: a wrong password, a locked account.
    #[error("{}", .0.why)]
    Refused(Refusal),
    /// The password cannot be reset this way.
    #[error(transparent)]
    Reset(#[from] NoReset),
    /// The link is of no use.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// Too soon, or too often.
    #[error("a mail was sent a moment ago; the next one can be asked for in {0} s")]
    TooMany(u64),
    /// It is so already.
    #[error("{0}")]
    Already(String),
    /// It is not possible for this account.
    #[error("{0}")]
    NotPossible(String),
    /// The state could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No hash could be computed.
    #[error(transparent)]
    Hasher(#[from] HasherBusy),
    /// Something could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] BadSeal),
    /// A record could not be read: a bug of ours.
    #[error("a record could not be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// Why a link of a mail is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// No such link was sent.
    #[error("this link is not one that was sent from here; use the newest mail's")]
    Unknown,
    /// It was followed before.
    #[error("this link was used before")]
    Used,
    /// Its time is over.
    #[error("this link has expired; ask for another one")]
    Expired,
    /// A newer one was sent.
    #[error("a newer link was sent; use the newest mail's")]
    Retired,
}

impl NotDone {
    /// What to do about it.
    pub fn next(&self) -> &'static str {
        match self {
            Self::NoAccount(_) => "check the name",
            Self::Taken(_) => "choose another name",
            Self::Weak(weak) => weak.next(),
            Self::Refused(refusal) => refusal.entry.next,
            Self::Reset(no) => no.next(),
            Self::Link(_) => "ask for a new mail and follow its link",
            Self::TooMany(_) => "look into the mailbox first, also among unwanted mail",
            Self::Already(_) => "nothing needs to be done",
            Self::NotPossible(_) => "change the request accordingly",
            Self::Store(_) | Self::Hasher(_) | Self::Seal(_) | Self::Json(_) => {
                "try again; if it stays so, look into the journal and the stand-in's standard error"
            }
        }
    }
}

impl From<SignInError> for NotDone {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Store(error) => Self::Store(error),
            SignInError::Hasher(error) => Self::Hasher(error),
        }
    }
}

impl Accounts<'_> {
    pub(crate) fn sign_in(&self) -> SignIn<'_> {
        SignIn {
            store: self.store,
            sealer: self.sealer,
            hasher: self.hasher,
            chance: self.chance,
        }
    }

    /// A password as it is kept, hashed now: it was just typed, and will be typed again soon.
    pub(crate) async fn hashed(&self, plain: &Secret, now: Timestamp) -> Result<Password, NotDone> {
        Ok(Password {
            stored: Stored::Hash(self.hasher.hash(self.chance, plain).await?),
            changed: now,
            must_change: false,
            expired_on_premises: false,
        })
    }

    /// Before a mail is written: the outbox is trimmed at one of so many.
    pub(crate) async fn make_room(&self, tenant: TenantId) -> Result<(), NotDone> {
        const TRIM: u64 = 64;
        if self.chance.below(TRIM) == 0 {
            mail::trim(self.store, tenant).await?;
        }
        Ok(())
    }

    /// A living account, or why there is none.
    pub(crate) async fn living(
        &self,
        tenant: TenantId,
        id: ObjectId,
    ) -> Result<(std::sync::Arc<Tenant>, Account), NotDone> {
        let view = self.store.view::<Tenant>(tenant).await?;
        let account = living(&view, id)?.clone();
        Ok((view, account))
    }
}

/// A living account of a tenant.
pub(crate) fn living(tenant: &Tenant, id: ObjectId) -> Result<&Account, NotDone> {
    tenant
        .account(id)
        .filter(|account| !account.deleted)
        .ok_or_else(|| NotDone::NoAccount(id.to_string()))
}
