//! Microsoft accounts on any address, and showing that the address is yours (rows 000-16 to 000-22;
//! facts/identity.md 4.4).

use types::{Clock, ObjectId, Secret, TenantId, Timestamp, Upn};

use crate::{
    Account, AccountKind, Accounts, NotDone, Tenant, Verification,
    accounts::living,
    bind_account,
    links::{self, Bound, Purpose},
    mail::{KIND_MAIL, Kind, Mail, letters},
    rules,
    tenant::KIND_ACCOUNT,
};

/// Between two links, in seconds; ours.
const PAUSE: u64 = 60;
/// Links within an hour; ours.
const PER_HOUR: usize = 5;
const HOUR: u64 = 3_600;

/// What someone who signs up gives.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The address, anywhere.
    pub address: Upn,
    /// Display name.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl Accounts<'_> {
    /// Makes a Microsoft account. At a domain that is not Microsoft's own, it is unverified and a mail with a link
    /// is posted.
    ///
    /// # Errors
    /// [`NotDone::Taken`], [`NotDone::Weak`], [`NotDone::NotPossible`] at a domain that belongs to an organization.
    pub async fn sign_up(&self, asked: &SignUp, clock: &dyn Clock) -> Result<Account, NotDone> {
        let consumers = TenantId::CONSUMERS;
        let tenant = self.store.view::<Tenant>(consumers).await?;
        let now = tenant.now(clock);
        let domain = asked.address.domain().to_ascii_lowercase();
        if self.store.tenant_of(&format!("domain:{domain}")).await?.is_some() {
            // Since 2016 an address at a domain of a work account makes no personal account (recalled).
            let why = format!("{domain} is an organization's domain, and its addresses are work accounts");
            return Err(NotDone::NotPossible(why));
        }
        let id = ObjectId::new(self.chance.uuid());
        let mut account = Account::new(id, asked.address.clone(), asked.name.trim());
        account.kind = AccountKind::Personal;
        rules::check_in(&asked.password, &account, &tenant.settings)?;
        // Before it is known whether the address is taken, so that both take as long.
        account.password = Some(self.hashed(&asked.password, now).await?);
        if tenant
            .account_named(&asked.address)
            .is_some_and(|other| !other.deleted)
        {
            return Err(NotDone::Taken(asked.address.to_string()));
        }
        let mail = match tenant.settings.needs_no_verification(&domain) {
            true => None,
            false => {
                account.verification = Some(Verification::Unverified {
                    since: now,
                    sent: vec![now],
                });
                Some(self.verification_mail(&account, now).await?)
            }
        };
        self.store
            .update::<Tenant, _, NotDone>(consumers, |tenant, changes| {
                if tenant
                    .account_named(&account.upn)
                    .is_some_and(|other| !other.deleted)
                {
                    return Err(NotDone::Taken(account.upn.to_string()));
                }
                bind_account(&account, changes);
                changes.put(KIND_ACCOUNT, account.id, &account);
                if let Some(mail) = &mail {
                    changes.put(KIND_MAIL, mail.id, mail);
                }
                Ok(())
            })
            .await?;
        Ok(account)
    }

    /// Sends another link; it retires the earlier ones.
    ///
    /// # Errors
    /// [`NotDone::Already`] when nothing is to be verified, [`NotDone::TooMany`] when asked too often.
    pub async fn send_verification(&self, id: ObjectId, clock: &dyn Clock) -> Result<(), NotDone> {
        let (tenant, account) = self.living(TenantId::CONSUMERS, id).await?;
        let now = tenant.now(clock);
        may_send(&account, now)?;
        let mail = self.verification_mail(&account, now).await?;
        self.store
            .update::<Tenant, _, NotDone>(TenantId::CONSUMERS, |tenant, changes| {
                let mut account = living(tenant, id)?.clone();
                may_send(&account, now)?;
                if let Some(Verification::Unverified { sent, .. }) = &mut account.verification {
                    sent.push(now);
                    sent.retain(|at| now.since(*at).as_secs() < HOUR);
                }
                changes.put(KIND_ACCOUNT, id, &account);
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(())
            })
            .await
    }

    /// Follows a link: the address is verified.
    ///
    /// # Errors
    /// [`NotDone::Link`].
    pub async fn verify(&self, token: &Secret, clock: &dyn Clock) -> Result<Account, NotDone> {
        let link = links::find(self.store, clock, Purpose::Verification, token).await?;
        let (tenant, _) = self.living(link.tenant, link.bound.account).await?;
        let now = tenant.now(clock);
        link.spend(self.store).await?;
        self.store
            .update::<Tenant, _, NotDone>(link.tenant, |tenant, changes| {
                let mut account = living(tenant, link.bound.account)?.clone();
                account.verification = Some(Verification::Verified { at: now });
                changes.put(KIND_ACCOUNT, account.id, &account);
                Ok(account)
            })
            .await
    }

    async fn verification_mail(&self, account: &Account, now: Timestamp) -> Result<Mail, NotDone> {
        let bound = Bound {
            account: account.id,
            address: account.upn.to_string(),
            place: None,
        };
        let tenant = TenantId::CONSUMERS;
        self.make_room(tenant).await?;
        let (value, digest) = links::issue(
            self.store,
            self.chance,
            Purpose::Verification,
            tenant,
            &bound,
            now,
        )
        .await?;
        let url = format!("https://account.live.com/verify?token={}", value.expose());
        let letter = letters::verification(&account.name, &bound.address, &url);
        let seal = (self.sealer, self.chance);
        let event = format!("verification {digest}");
        Ok(Mail::new(
            Kind::Verification,
            event,
            bound.address,
            &letter,
            seal,
            now,
        )?)
    }
}

fn may_send(account: &Account, now: Timestamp) -> Result<(), NotDone> {
    let Some(Verification::Unverified { sent, .. }) = &account.verification else {
        return Err(NotDone::Already(format!("{} needs no verification", account.upn)));
    };
    let mut recent: Vec<_> = sent
        .iter()
        .filter(|at| now.since(**at).as_secs() < HOUR)
        .collect();
    recent.sort_unstable();
    let until = |at: Timestamp, seconds: u64| seconds.saturating_sub(now.since(at).as_secs());
    let wait = match recent.as_slice() {
        [first, .., last] if recent.len() >= PER_HOUR => until(**first, HOUR).max(until(**last, PAUSE)),
        [.., last] => until(**last, PAUSE),
        [] => 0,
    };
    match wait {
        0 => Ok(()),
        seconds => Err(NotDone::TooMany(seconds)),
    }
}
