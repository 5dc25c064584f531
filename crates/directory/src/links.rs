//! Links that are sent by mail: each works once, for a while, and a newer one of its kind retires it.
//!
//! The value stands in the mail only; what is kept is its digest, as a ticket.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{Store, Ticket};
use types::{Chance, ObjectId, Secret, TenantId, Timestamp};

use crate::{BadLink, NotDone};

const OPEN: &str = "open";
const USED: &str = "used";
const RETIRED: &str = "retired";

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Verification,
    Reset,
    Invitation,
}

impl Purpose {
    const fn kind(self) -> &'static str {
        match self {
            Self::Verification => "link-verification",
            Self::Reset => "link-reset",
            Self::Invitation => "link-invitation",
        }
    }

    /// How long it holds. A day for verification is unverified (facts/identity.md 4.4 gives no number); the
    /// others are ours.
    pub(crate) const fn lifetime(self) -> Duration {
        match self {
            Self::Verification => Duration::from_secs(86_400),
            Self::Reset => Duration::from_secs(3_600),
            Self::Invitation => Duration::from_secs(90 * 86_400),
        }
    }
}

/// What a link stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub(crate) account: ObjectId,
    /// The address it was sent to.
    pub(crate) address: String,
    /// Where an invitation leads: an organization's name and true URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<(String, String)>,
}

/// A link that was found to be good, not used yet.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    id: String,
    body: String,
    pub(crate) tenant: TenantId,
    pub(crate) bound: Bound,
}

/// A new link, which retires those of its kind for the same account: its value, and its digest, which names the
/// event.
pub(crate) async fn issue(
    store: &Store,
    chance: &dyn Chance,
    purpose: Purpose,
    tenant: TenantId,
    bound: &Bound,
    now: Timestamp,
) -> Result<(Secret, String), NotDone> {
    let group = format!("{} {}", purpose.kind(), bound.account);
    store.move_group(tenant, &group, RETIRED).await?;
    let value = crypt::opaque(chance, "");
    let id = crypt::digest(value.expose());
    store
        .put_ticket(Ticket {
            id: id.clone(),
            tenant,
            kind: purpose.kind().to_owned(),
            state: OPEN.to_owned(),
            group,
            expires: now + purpose.lifetime(),
            body: serde_json::to_string(bound)?,
        })
        .await?;
    Ok((value, id))
}

/// Looks a link up without using it. `clock` says what moment it is in a tenant.
pub(crate) async fn find(
    store: &Store,
    clock: &dyn types::Clock,
    purpose: Purpose,
    value: &Secret,
) -> Result<Good, NotDone> {
    let id = crypt::digest(value.expose());
    let ticket = store
        .ticket(&id)
        .await?
        .filter(|ticket| ticket.kind == purpose.kind());
    let Some(ticket) = ticket else {
        return Err(BadLink::Unknown.into());
    };
    let now = store.view::<crate::Tenant>(ticket.tenant).await?.now(clock);
    match ticket.state.as_str() {
        OPEN if now >= ticket.expires => Err(BadLink::Expired.into()),
        OPEN => Ok(Good {
            bound: serde_json::from_str(&ticket.body)?,
            id,
            body: ticket.body,
            tenant: ticket.tenant,
        }),
        USED => Err(BadLink::Used.into()),
        _ => Err(BadLink::Retired.into()),
    }
}

impl Good {
    /// Uses it up. Of two who follow it at once, one is told that it was used.
    pub(crate) async fn spend(&self, store: &Store) -> Result<(), NotDone> {
        match store.move_ticket(&self.id, OPEN, USED, &self.body).await? {
            true => Ok(()),
            false => Err(BadLink::Used.into()),
        }
    }
}
