//! Invitations: a person of another tenant, or with a Microsoft account, becomes a guest (rows 003-21 and 003-25).

use serde::Serialize;
use store::StoreError;
use types::{Clock, ObjectId, Secret, TenantId, Upn};

use crate::{
    Account, AccountKind, Accounts, NotDone, Tenant,
    accounts::living,
    links::{self, Bound, Purpose},
    mail::{KIND_MAIL, Kind, Mail, letters},
    tenant::KIND_ACCOUNT,
};

/// What an administrator gives to invite someone.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The address the mail goes to, by which the guest must sign in.
    pub address: Upn,
    /// Display name.
    pub name: String,
    /// The organization to go to: what people call it and its URL, by true name (row 003-20).
    pub organization: Option<(String, String)>,
}

/// What an invitation's link is for, shown before it is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// The invited address.
    pub address: String,
    /// The guest's display name.
    pub name: String,
    /// The tenant that invites.
    pub tenant: TenantId,
    /// What people call it.
    pub from: String,
    /// The organization it leads to: what people call it and its URL, by true name.
    pub organization: Option<(String, String)>,
    /// Nobody has the address yet: a Microsoft account is made on it first.
    pub sign_up: bool,
}

impl Accounts<'_> {
    /// What an invitation's link is for, without using it.
    ///
    /// # Errors
    /// [`NotDone::Link`].
    pub async fn invitation(&self, token: &Secret, clock: &dyn Clock) -> Result<Invitation, NotDone> {
        let link = links::find(self.store, clock, Purpose::Invitation, token).await?;
        let (view, account) = self.living(link.tenant, link.bound.account).await?;
        let address = link.bound.address.parse::<Upn>();
        let address = address.map_err(|why| NotDone::NotPossible(why.to_string()))?;
        let sign_up = self.needs_sign_up(&address).await?;
        Ok(Invitation {
            sign_up,
            address: link.bound.address,
            name: account.name,
            tenant: link.tenant,
            from: view.settings.name.clone(),
            organization: link.bound.place,
        })
    }

    /// Invites someone: a guest account that waits for an answer, and a mail with the link and the direct URL.
    /// Inviting again sends another mail. An address that nobody has yet is one of a Microsoft account, which is made
    /// before the invitation is accepted.
    ///
    /// # Errors
    /// [`NotDone::NotPossible`] for an address of the tenant's own, and where no Microsoft accounts are kept;
    /// [`NotDone::Taken`].
    pub async fn invite(
        &self,
        tenant: TenantId,
        asked: &Invite,
        clock: &dyn Clock,
    ) -> Result<Account, NotDone> {
        let view = self.store.view::<Tenant>(tenant).await?;
        let now = view.now(clock);
        let home = self.home_of(&asked.address).await?;
        if home == tenant {
            let why = format!(
                "{} is of this organization and needs no invitation",
                asked.address
            );
            return Err(NotDone::NotPossible(why));
        }
        let account = match view.account_named(&asked.address).filter(|known| !known.deleted) {
            Some(known) if matches!(known.kind, AccountKind::Guest { .. }) => known.clone(),
            Some(_) => return Err(NotDone::Taken(asked.address.to_string())),
            None => {
                let id = ObjectId::new(self.chance.uuid());
                let upn = guest_name(&asked.address, &view.settings.default_domain())?;
                let mut account = Account::new(id, upn, asked.name.trim());
                account.aliases = vec![asked.address.clone()];
                account.kind = AccountKind::Guest { home, pending: true };
                account.invited_as = Some(asked.address.to_string());
                account
            }
        };
        self.make_room(tenant).await?;
        let bound = Bound {
            account: account.id,
            address: asked.address.to_string(),
            place: asked.organization.clone(),
        };
        let (value, digest) =
            links::issue(self.store, self.chance, Purpose::Invitation, tenant, &bound, now).await?;
        let url = format!(
            "https://invitations.microsoft.com/redeem?token={}",
            value.expose()
        );
        let place = asked
            .organization
            .as_ref()
            .map(|(name, url)| (name.as_str(), url.as_str()));
        let new = self.needs_sign_up(&asked.address).await?;
        let who = (account.name.as_str(), bound.address.as_str(), new);
        let letter = letters::invitation(who, &view.settings.name, place, &url);
        let event = format!("invitation {digest}");
        let seal = (self.sealer, self.chance);
        let mail = Mail::new(Kind::Invitation, event, bound.address, &letter, seal, now)?;
        self.store
            .update::<Tenant, _, NotDone>(tenant, |view, changes| {
                let other = view.account_named(&account.upn);
                if other.is_some_and(|other| other.id != account.id && !other.deleted) {
                    return Err(NotDone::Taken(account.upn.to_string()));
                }
                if view.account(account.id).is_none() {
                    changes.put(KIND_ACCOUNT, account.id, &account);
                }
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(())
            })
            .await?;
        Ok(account)
    }

    /// Mails the direct address of a service to somebody of this tenant, as often as it is asked for (rows 003-21 and
    /// 003-28). `title` is what people call the service, `url` its address by true name.
    ///
    /// # Errors
    /// [`NotDone::NoAccount`].
    pub async fn send_address(
        &self,
        tenant: TenantId,
        account: ObjectId,
        (title, url): (&str, &str),
        clock: &dyn Clock,
    ) -> Result<(), NotDone> {
        let event = format!("address {}", self.chance.uuid());
        self.store
            .update::<Tenant, _, NotDone>(tenant, |view, changes| {
                let account = living(view, account)?;
                let user = account.upn.to_string();
                let letter = letters::address(&account.name, &user, &view.settings.name, title, url);
                let to = account.mail_address().to_owned();
                let seal = (self.sealer, self.chance);
                let now = view.now(clock);
                let mail = Mail::new(Kind::Invitation, event.clone(), to, &letter, seal, now)?;
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(())
            })
            .await
    }

    /// Accepts an invitation as the person who signed in with `address`. It must be the invited one.
    ///
    /// # Errors
    /// [`NotDone::Link`]; [`NotDone::NotPossible`] for another address, or for one that nobody has an account on, which
    /// leaves the link as it is.
    pub async fn accept_invitation(
        &self,
        token: &Secret,
        address: &Upn,
        clock: &dyn Clock,
    ) -> Result<Account, NotDone> {
        let link = links::find(self.store, clock, Purpose::Invitation, token).await?;
        if !link.bound.address.eq_ignore_ascii_case(address.as_str()) {
            let why = format!(
                "the invitation was sent to {}, and you signed in as {address}: sign in with the invited address",
                link.bound.address
            );
            return Err(NotDone::NotPossible(why));
        }
        if !self.has_account(address).await? {
            let why = format!("nobody has an account on {address} yet: make it first");
            return Err(NotDone::NotPossible(why));
        }
        link.spend(self.store).await?;
        self.store
            .update::<Tenant, _, NotDone>(link.tenant, |view, changes| {
                let mut account = living(view, link.bound.account)?.clone();
                if let AccountKind::Guest { pending, .. } = &mut account.kind {
                    *pending = false;
                }
                changes.put(KIND_ACCOUNT, account.id, &account);
                Ok(account)
            })
            .await
    }

    /// The tenant that keeps the password of an address, or will: that of Microsoft accounts, for an address that is
    /// no organization's.
    async fn home_of(&self, address: &Upn) -> Result<TenantId, NotDone> {
        let domain = format!("domain:{}", address.domain().to_ascii_lowercase());
        if let Some(home) = self.store.tenant_of(&domain).await? {
            return Ok(home);
        }
        match self.store.view::<Tenant>(TenantId::CONSUMERS).await {
            Ok(_) => Ok(TenantId::CONSUMERS),
            Err(StoreError::UnknownTenant { .. }) => {
                let why = format!(
                    "{address} is no organization's address, and no Microsoft accounts are kept here"
                );
                Err(NotDone::NotPossible(why))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Whether a Microsoft account has to be made on the address first.
    async fn needs_sign_up(&self, address: &Upn) -> Result<bool, NotDone> {
        let personal = self.home_of(address).await? == TenantId::CONSUMERS;
        Ok(personal && !self.has_account(address).await?)
    }

    /// Whether somebody has an account on the address.
    async fn has_account(&self, address: &Upn) -> Result<bool, NotDone> {
        let home = self.store.view::<Tenant>(self.home_of(address).await?).await?;
        Ok(home.account_named(address).is_some_and(|one| !one.deleted))
    }
}

/// `rosa_outlook.com#EXT#@contoso.onmicrosoft.com`: a guest's own name.
fn guest_name(address: &Upn, domain: &str) -> Result<Upn, NotDone> {
    let text = format!("{}#EXT#@{domain}", address.as_str().replace('@', "_"));
    text.parse::<Upn>()
        .map_err(|why| NotDone::NotPossible(format!("no guest can be named after {address}: {why}")))
}
