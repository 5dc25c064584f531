//! The outbox: a tenant's mails, newest first, and the ways to change it.

use store::{Changes, Record, Store, StoreError, View};
use types::{TenantId, Timestamp, Uuid};

use super::{Delivery, KIND_MAIL, Kind, Mail};

/// Mails that are kept of each tenant, about; the oldest beyond that are removed now and then.
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
        true
    }
}

/// Removes the oldest mails of a tenant that has too many.
pub(crate) async fn trim(store: &Store, tenant: TenantId) -> Result<(), StoreError> {
    store
        .update::<Outbox, _, StoreError>(tenant, |outbox, changes| {
            for oldest in outbox.mails.iter().skip(KEPT) {
                changes.delete(KIND_MAIL, oldest.id);
            }
            Ok(())
        })
        .await
}

/// Puts a mail into a tenant's outbox, unless its event has one already; false then. For mails that tell of
/// something outside the tenant's own records.
///
/// # Errors
/// [`StoreError`].
pub async fn post(store: &Store, tenant: TenantId, mail: &Mail) -> Result<bool, StoreError> {
    trim(store, tenant).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        KIND_SETTINGS, Settings,
        mail::{Letter, letters},
    };
    use crypt::Sealer;
    use store::Location;
    use types::SystemChance;

    fn mail(event: &str, at: i64, letter: &Letter) -> Mail {
        let seal = (&Sealer::new(&[7; 32]), &SystemChance as &dyn types::Chance);
        let at = Timestamp::from_seconds(at);
        Mail::new(Kind::Alert, event, "anna@contoso.com", letter, seal, at).unwrap()
    }

    async fn tenant() -> (Store, TenantId) {
        let store = Store::open(&Location::Memory).await.unwrap();
        let tenant = TenantId::new(Uuid::from_u128(1));
        let mut changes = Changes::default();
        changes.put(KIND_SETTINGS, tenant, &Settings::new(tenant, "T", Vec::new()));
        store.create_tenant(tenant, changes).await.unwrap();
        (store, tenant)
    }

    #[tokio::test]
    async fn one_event_has_one_mail_and_what_it_says_is_sealed() {
        let (store, tenant) = tenant().await;
        let letter = letters::verification("Anna", "anna@contoso.com", "https://x.example/?token=canary");
        assert!(post(&store, tenant, &mail("a", 1, &letter)).await.unwrap());
        assert!(!post(&store, tenant, &mail("a", 2, &letter)).await.unwrap());
        assert!(post(&store, tenant, &mail("b", 3, &letter)).await.unwrap());
        let outbox = store.view::<Outbox>(tenant).await.unwrap();
        let events: Vec<_> = outbox.iter().map(|mail| mail.event.as_str()).collect();
        assert_eq!(events, ["b", "a"]);
        let records = store.records(tenant).await.unwrap();
        assert!(records.iter().all(|record| !record.body.contains("canary")));
        let opened = outbox
            .iter()
            .next()
            .unwrap()
            .open(&Sealer::new(&[7; 32]))
            .unwrap();
        assert_eq!(opened, letter);
    }

    #[tokio::test]
    async fn a_mail_is_claimed_once_and_comes_back_when_it_must_wait() {
        let (store, tenant) = tenant().await;
        let one = mail("a", 1, &Letter::default());
        post(&store, tenant, &one).await.unwrap();
        let now = Timestamp::from_seconds(100);
        let (_, tries) = begin_delivery(&store, tenant, one.id, now)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(tries, 1);
        assert!(
            begin_delivery(&store, tenant, one.id, now)
                .await
                .unwrap()
                .is_none(),
            "claimed"
        );
        let later = Delivery::Waiting {
            tries,
            next: Some(Timestamp::from_seconds(110)),
            failed: Some("not now".into()),
        };
        end_delivery(&store, tenant, one.id, &later).await.unwrap();
        assert!(
            begin_delivery(&store, tenant, one.id, now)
                .await
                .unwrap()
                .is_none(),
            "too early"
        );
        let now = Timestamp::from_seconds(110);
        assert_eq!(
            begin_delivery(&store, tenant, one.id, now)
                .await
                .unwrap()
                .unwrap()
                .1,
            2
        );
        forget(&store, tenant, &Search::default()).await.unwrap();
        end_delivery(&store, tenant, one.id, &Delivery::Sent { tries, at: now })
            .await
            .unwrap();
        assert_eq!(
            store.view::<Outbox>(tenant).await.unwrap().iter().count(),
            0,
            "removed stays removed"
        );
    }

    #[tokio::test]
    async fn the_oldest_go_when_there_are_too_many() {
        let (store, tenant) = tenant().await;
        let letter = Letter::default();
        store
            .update::<Outbox, _, StoreError>(tenant, |_, changes| {
                for at in 0..=i64::try_from(KEPT).unwrap() {
                    let mail = mail(&at.to_string(), at, &letter);
                    changes.put(KIND_MAIL, mail.id, &mail);
                }
                Ok(())
            })
            .await
            .unwrap();
        trim(&store, tenant).await.unwrap();
        let outbox = store.view::<Outbox>(tenant).await.unwrap();
        assert_eq!(outbox.iter().count(), KEPT);
        assert_eq!(outbox.iter().last().unwrap().event, "1");
    }
}
