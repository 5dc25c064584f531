//! What anybody may ask without saying who they are: a new account, a new password. What is answered tells nothing about
//! who exists; what there is to tell goes by mail to whoever has the address.

use types::{Clock, TenantId, Upn};

use crate::{
    Account, AccountKind, Accounts, NotDone, SignUp, Tenant,
    mail::{Kind, Letter, Mail, letters, post},
    reset::NoReset,
};

/// Between two mails of a kind to the same mailbox, in milliseconds; ours. One interval has one mail.
const PAUSE: i64 = 60_000;

impl Accounts<'_> {
    /// Makes a Microsoft account, or tells the owner of an address that has one. Whether a mail is sent depends on the
    /// address's domain alone.
    ///
    /// # Errors
    /// As [`Accounts::sign_up`]; [`NotDone::Taken`] only at a domain whose mailboxes are Microsoft's own, where a new
    /// address is a new mailbox and the taken ones are no secret.
    pub async fn request_account(&self, asked: &SignUp, clock: &dyn Clock) -> Result<bool, NotDone> {
        let tenant = self.store.view::<Tenant>(TenantId::CONSUMERS).await?;
        let mailed = !tenant.settings.needs_no_verification(asked.address.domain());
        match self.sign_up(asked, clock).await {
            Err(NotDone::Taken(_)) if mailed => {
                let owner = tenant.account_named(&asked.address);
                if let Some(owner) = owner.filter(|owner| !owner.deleted) {
                    let reset = "https://account.live.com/password/reset";
                    let letter = letters::has_account(&owner.name, asked.address.as_str(), reset);
                    self.tell(TenantId::CONSUMERS, owner, &letter, clock).await?;
                }
            }
            other => {
                other?;
            }
        }
        Ok(mailed)
    }

    /// A password was forgotten: whoever has the name gets a mail, with a link where the rules allow it and else with
    /// the reason and who can help (rows 003-04, 003-06, 003-08 and 003-10). Asked again too soon, nothing is sent.
    ///
    /// # Errors
    /// Only faults: nothing that tells whether there is such a name.
    pub async fn forgot_password(
        &self,
        tenant: TenantId,
        name: &Upn,
        clock: &dyn Clock,
    ) -> Result<(), NotDone> {
        let view = self.store.view::<Tenant>(tenant).await?;
        let Some(account) = view.account_named(name).filter(|account| !account.deleted) else {
            return Ok(());
        };
        match self.request_reset(tenant, account.id, clock).await {
            Err(NotDone::Reset(no)) => self.tell_no_reset(&view, account, &no, clock).await,
            Err(NotDone::TooMany(_) | NotDone::NoAccount(_)) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    async fn tell_no_reset(
        &self,
        view: &Tenant,
        account: &Account,
        no: &NoReset,
        clock: &dyn Clock,
    ) -> Result<(), NotDone> {
        // A guest's password is no matter of this tenant's administrators.
        let people: Vec<_> = match account.kind {
            AccountKind::Member => view.administrators(),
            AccountKind::Guest { .. } | AccountKind::Personal => Vec::new(),
        };
        let people: Vec<_> = people
            .iter()
            .map(|one| format!("{} ({})", one.name, one.upn))
            .collect();
        let (why, next) = (no.to_string(), no.next());
        let letter = letters::no_reset(&account.name, account.upn.as_str(), &why, next, &people);
        self.tell(view.id(), account, &letter, clock).await
    }

    /// A mail that is no link: the pause between links does not count it.
    async fn tell(
        &self,
        tenant: TenantId,
        account: &Account,
        letter: &Letter,
        clock: &dyn Clock,
    ) -> Result<(), NotDone> {
        let now = self.store.view::<Tenant>(tenant).await?.now(clock);
        let interval = now.millis().div_euclid(PAUSE);
        let event = format!("{} {} {interval}", letter.subject, account.id);
        let seal = (self.sealer, self.chance);
        let mail = Mail::new(Kind::Alert, event, account.mail_address(), letter, seal, now)?;
        post(self.store, tenant, &mail).await?;
        Ok(())
    }
}
