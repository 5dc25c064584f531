//! The outbox: a tenant's mails, newest first, and the ways to change it.

use store::{Changes, Record, Store, StoreError, View};
use types::{TenantId, Timestamp, Uuid};

use super::{Delivery, KIND_MAIL, Kind, Mail};

/// Mails that are kept of each tenant; the oldest beyond that are removed when another is posted.
const KEPT: usize = 1000;

/// A tenant's mails.
#[derive(Debug)]
pub struct Outbox {
    /// Newest first.
    mails: Vec<Mail>,
}

impl View for Outbox {
    const KINDS: &'static [&'static str] = &[KIND_MAIL];

    fn build(_: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let mut mails = records
            .iter()
            .map(Record::read::<Mail>)
            .collect::<Result<Vec<_>, _>>()?;
        mails.sort_by_key(|mail| (std::cmp::Reverse(mail.at), mail.id));
        Ok(Self { mails })
    }
}

/// Which mails to list; what is not given does not matter.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// To this address, without case.
    pub to: Option<String>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// With this text in the subject or the address, without case.
    pub text: Option<String>,
    /// From this moment on, by the tenant's clock.
    pub since: Option<Timestamp>,
}

impl Search {
    /// Whether a mail is among them.
    pub fn finds(&self, mail: &Mail) -> bool {
        let within = |text: &str, wanted: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        self.to.as_ref().is_none_or(|to| mail.to.eq_ignore_ascii_case(to))
            && self.kind.is_none_or(|kind| mail.kind == kind)
            && self.since.is_none_or(|since| mail.at >= since)
            && self
                .text
                .as_ref()
                .is_none_or(|text| within(&mail.subject, text) || within(&mail.to, text))
    }
}

impl Outbox {
    /// Those that a search finds, newest first.
    pub fn search<'o>(&'o self, search: &'o Search) -> impl Iterator<Item = &'o Mail> {
        self.mails.iter().filter(|mail| search.finds(mail))
    }

    /// One by its id.
    pub fn mail(&self, id: Uuid) -> Option<&Mail> {
        self.mails.iter().find(|mail| mail.id == id)
    }

    /// Every mail, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Mail> {
        self.mails.iter()
    }

    /// Puts a mail into the outbox, unless its event has one already; false then.
    pub fn post(&self, mail: &Mail, changes: &mut Changes) -> bool {
        if self.mail(mail.id).is_some() {
            return false;
        }
        changes.put(KIND_MAIL, mail.id, mail);
        for oldest in self.mails.iter().skip(KEPT - 1) {
            changes.delete(KIND_MAIL, oldest.id);
        }
        true
    }
}

/// Puts a mail into a tenant's outbox, unless its event has one already; false then. For mails that tell of
/// something outside the tenant's own records.
///
/// # Errors
/// [`StoreError`].
pub async fn post(store: &Store, tenant: TenantId, mail: &Mail) -> Result<bool, StoreError> {
    store
        .update::<Outbox, _, StoreError>(tenant, |outbox, changes| Ok(outbox.post(mail, changes)))
        .await
}

/// Removes mails for good; how many there were.
///
/// # Errors
/// [`StoreError`].
pub async fn forget(store: &Store, tenant: TenantId, search: &Search) -> Result<usize, StoreError> {
    store
        .update::<Outbox, _, StoreError>(tenant, |outbox, changes| {
            let found: Vec<_> = outbox.search(search).collect();
            for mail in &found {
                changes.delete(KIND_MAIL, mail.id);
            }
            Ok(found.len())
        })
        .await
}

/// Claims a mail for delivery, so that of many nodes one sends it: the mail and which try this is. None when it
/// does not wait, or not yet.
///
/// # Errors
/// [`StoreError`].
pub async fn begin_delivery(
    store: &Store,
    tenant: TenantId,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<(Mail, u32)>, StoreError> {
    store
        .update::<Outbox, _, StoreError>(tenant, |outbox, changes| {
            let Some(mail) = outbox.mail(id).filter(|mail| mail.is_due(now)) else {
                return Ok(None);
            };
            let tries = mail.delivery.tries() + 1;
            let mut mail = mail.clone();
            mail.delivery = Delivery::Sending { tries, since: now };
            changes.put(KIND_MAIL, id, &mail);
            Ok(Some((mail, tries)))
        })
        .await
}

/// Writes down how a delivery ended. A mail that was removed meanwhile stays removed.
///
/// # Errors
/// [`StoreError`].
pub async fn end_delivery(
    store: &Store,
    tenant: TenantId,
    id: Uuid,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    store
        .update::<Outbox, _, StoreError>(tenant, |outbox, changes| {
            if let Some(mail) = outbox.mail(id) {
                let mut mail = mail.clone();
                mail.delivery = delivery.clone();
                changes.put(KIND_MAIL, id, &mail);
            }
            Ok(())
        })
        .await
}

impl Delivery {
    /// How often it was tried.
    pub const fn tries(&self) -> u32 {
        match self {
            Self::Waiting { tries, .. }
            | Self::Sending { tries, .. }
            | Self::Sent { tries, .. }
            | Self::Failed { tries, .. } => *tries,
        }
    }
}

impl Mail {
    /// Whether it waits and its time has come.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(&self.delivery, Delivery::Waiting { next, .. } if next.is_none_or(|next| next <= now))
    }
}
