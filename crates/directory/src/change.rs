//! Changing a password that one knows (facts/identity.md 4.3).

use types::{Clock, ObjectId, Secret, TenantId, Timestamp};
use wire::aadsts;

use crate::{
    Account, Accounts, Located, NotDone, Password, Tenant, WeakPassword,
    accounts::living,
    mail::{KIND_MAIL, Kind, Mail, letters},
    rules,
    tenant::KIND_ACCOUNT,
};

/// Where a person turns who did not change it.
const HELP: &str = "https://passwordreset.microsoftonline.com/";
const PERSONAL_HELP: &str = "https://account.live.com/password/reset";

impl Accounts<'_> {
    /// Changes a password: the present one is proved (a temporary or expired one too), the new one must follow
    /// the rules and differ from it. Earlier grants and sessions are revoked, lockout forgets, a mail tells.
    ///
    /// # Errors
    /// [`NotDone::Refused`] for a wrong password or a locked account, [`NotDone::Weak`].
    pub async fn change_password(
        &self,
        tenant: TenantId,
        id: ObjectId,
        (current, new): (&Secret, &Secret),
        clock: &dyn Clock,
    ) -> Result<Account, NotDone> {
        let (view, account) = self.living(tenant, id).await?;
        let now = view.now(clock);
        let located = Located {
            tenant: view.clone(),
            account: account.clone(),
            home: view.clone(),
            home_account: account.clone(),
        };
        let proof = self
            .sign_in()
            .by_password(&located, &account.upn, current, now)
            .await?;
        if let Err(refusal) = proof
            && refusal.entry.code != aadsts::PASSWORD_EXPIRED.code
        {
            return Err(NotDone::Refused(refusal));
        }
        rules::check_in(new, &account, &view.settings)?;
        if crypt::same(current.expose(), new.expose()) {
            return Err(WeakPassword::Reused.into());
        }
        let password = self.hashed(new, now).await?;
        self.replace_password(tenant, id, &password, now).await
    }

    /// Writes a new password and the mail that tells of it.
    pub(crate) async fn replace_password(
        &self,
        tenant: TenantId,
        id: ObjectId,
        password: &Password,
        now: Timestamp,
    ) -> Result<Account, NotDone> {
        self.make_room(tenant).await?;
        // One mail for this change, however often the write is tried.
        let event = format!("password-changed {}", self.chance.uuid());
        self.store
            .update::<Tenant, _, NotDone>(tenant, |view, changes| {
                let mut account = living(view, id)?.clone();
                account.set_password(password.clone());
                changes.put(KIND_ACCOUNT, id, &account);
                let help = if tenant == TenantId::CONSUMERS {
                    PERSONAL_HELP
                } else {
                    HELP
                };
                let letter = letters::password_changed(&account.name, account.upn.as_str(), help);
                let to = account.mail_address();
                let seal = (self.sealer, self.chance);
                let mail = Mail::new(Kind::PasswordChanged, &event, to, &letter, seal, now)?;
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(account)
            })
            .await
    }
}
