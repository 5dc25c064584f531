//! Passwords that were forgotten: who may reset what, and how (rows 003-04 to 003-10 and 003-27;
//! facts/identity.md 4.3).
//!
//! Three ways: by a link that one has sent to oneself (administrators always, others with a license and the
//! tenant's setting), by an administrator, who gives a temporary password, and a Microsoft account's own.

use serde::Serialize;
use types::{Clock, ObjectId, Secret, TenantId, Timestamp, Upn};

use crate::{
    Account, AccountKind, Accounts, DomainKind, Mfa, NotDone, Role, Tenant,
    accounts::living,
    licenses::Service,
    links::{self, Bound, Purpose},
    mail::{KIND_MAIL, Kind, Mail, Outbox, Search, letters},
    rules,
    tenant::KIND_ACCOUNT,
};

/// Between two links to the same mailbox, in seconds; ours.
const PAUSE: u64 = 60;

/// Why a password cannot be reset this way. Each has a cure of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReset {
    /// The tenant has bought no license that would allow it to this user (row 003-06).
    #[error("{0} has no license with self-service password reset")]
    NoLicense(String),
    /// The tenant has not enabled and configured it (row 003-06).
    #[error("self-service password reset is not set up in {0}")]
    NotSetUp(String),
    /// A guest or a Microsoft account: its password is kept elsewhere (row 003-27).
    #[error("the password of {0} is kept elsewhere, not in this organization")]
    Elsewhere(String),
    /// A federated domain: the federation server's directory keeps the password.
    #[error("the password of {0} is kept by the organization's own directory")]
    Federated(String),
    /// Sign-in is blocked; a new password would change nothing.
    #[error("sign-in of {0} is blocked")]
    Blocked(String),
    /// The second method, which administrators need, was wrong or missing.
    #[error("the code of the second method is missing or wrong")]
    SecondMethod,
}

impl NoReset {
    /// What to do about it, for the person.
    pub const fn next(&self) -> &'static str {
        match self {
            Self::NoLicense(_) | Self::NotSetUp(_) => "ask an administrator to reset the password",
            Self::Elsewhere(_) => {
                "use https://account.live.com/password/reset for a Microsoft account, or the home \
                                   organization's own page"
            }
            Self::Federated(_) => "change it in the organization's own directory",
            Self::Blocked(_) => "ask an administrator to allow the sign-in",
            Self::SecondMethod => "type the code that the authenticator shows now",
        }
    }
}

/// How many methods a person has to show (facts/identity.md 4.3, two-gate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gates {
    /// The link alone.
    One,
    /// The link and a code: administrators of a tenant with a domain of its own who have registered one.
    /// Who has registered none passes by the link, as before the two-gate policy (U).
    Two,
}

/// What a reset link is for, shown before the new password is typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResetLink {
    /// Whose password.
    pub user: Upn,
    /// In which tenant.
    pub tenant: TenantId,
    /// What must be shown.
    pub gates: Gates,
}

/// Someone to ask (row 003-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Administrator {
    /// Display name.
    pub name: String,
    /// User principal name.
    pub upn: Upn,
    /// Where mail reaches them.
    pub mail: String,
    /// What they administer.
    pub roles: Vec<Role>,
}

impl Tenant {
    /// The people of this tenant who can help: those with a role who can sign in, those who may do most first.
    pub fn administrators(&self) -> Vec<Administrator> {
        let mut found: Vec<_> = self
            .accounts()
            .filter(|account| account.is_administrator() && account.enabled && !account.deleted)
            .map(|account| Administrator {
                name: account.name.clone(),
                upn: account.upn.clone(),
                mail: account.mail_address().to_owned(),
                roles: account.roles.iter().copied().collect(),
            })
            .collect();
        found.sort_by_key(|one| (one.roles.first().copied(), one.upn.key()));
        found
    }

    /// Whether this account may have a reset link sent to itself, and what it must show.
    ///
    /// # Errors
    /// The first condition that is not met.
    pub fn may_reset_itself(&self, account: &Account) -> Result<Gates, NoReset> {
        self.keeps_password(account)?;
        let upn = || account.upn.to_string();
        if !account.enabled {
            return Err(NoReset::Blocked(upn()));
        }
        if account.kind == AccountKind::Personal {
            return Ok(Gates::One);
        }
        if account.is_administrator() {
            let own_domain = self.settings.domains.len() > 1;
            let registered = account.mfa != Mfa::None;
            return Ok(if own_domain && registered {
                Gates::Two
            } else {
                Gates::One
            });
        }
        if !account.may_use(Service::SelfServiceReset) {
            return Err(NoReset::NoLicense(upn()));
        }
        if !self.settings.self_service_reset {
            return Err(NoReset::NotSetUp(self.settings.name.clone()));
        }
        Ok(Gates::One)
    }

    /// Whether the password is kept here at all.
    ///
    /// # Errors
    /// [`NoReset::Elsewhere`], [`NoReset::Federated`].
    pub fn keeps_password(&self, account: &Account) -> Result<(), NoReset> {
        let upn = || account.upn.to_string();
        if matches!(account.kind, AccountKind::Guest { .. }) {
            return Err(NoReset::Elsewhere(upn()));
        }
        match self.settings.domain(account.upn.domain()) {
            Some(domain) if domain.kind != DomainKind::Managed => Err(NoReset::Federated(upn())),
            _ => Ok(()),
        }
    }
}

impl Accounts<'_> {
    /// Sends a reset link to the person's own mailbox, where the rules allow it. Returns what will have to be shown.
    ///
    /// # Errors
    /// [`NotDone::NoAccount`], [`NotDone::Reset`].
    pub async fn request_reset(
        &self,
        tenant: TenantId,
        id: ObjectId,
        clock: &dyn Clock,
    ) -> Result<Gates, NotDone> {
        let (view, account) = self.living(tenant, id).await?;
        let gates = view.may_reset_itself(&account)?;
        let now = view.now(clock);
        self.not_too_soon(tenant, &account, now).await?;
        self.make_room(tenant).await?;
        let bound = Bound {
            account: id,
            address: account.mail_address().to_owned(),
            place: None,
        };
        let (value, digest) =
            links::issue(self.store, self.chance, Purpose::Reset, tenant, &bound, now).await?;
        let place = match tenant == TenantId::CONSUMERS {
            true => "https://account.live.com/password/reset",
            false => "https://passwordreset.microsoftonline.com/reset",
        };
        let url = format!("{place}?token={}", value.expose());
        let letter = letters::reset(&account.name, account.upn.as_str(), &url);
        let event = format!("reset {digest}");
        let mail = Mail::new(
            Kind::Reset,
            event,
            bound.address,
            &letter,
            (self.sealer, self.chance),
            now,
        )?;
        self.store
            .update::<Tenant, _, NotDone>(tenant, |_, changes| {
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(())
            })
            .await?;
        Ok(gates)
    }

    /// Nobody fills a mailbox by asking again and again.
    async fn not_too_soon(&self, tenant: TenantId, account: &Account, now: Timestamp) -> Result<(), NotDone> {
        let outbox = self.store.view::<Outbox>(tenant).await?;
        let search = Search {
            to: Some(account.mail_address().to_owned()),
            kind: Some(Kind::Reset),
            ..Search::default()
        };
        let last = outbox
            .search(&search)
            .map(|mail| now.since(mail.at).as_secs())
            .min();
        match last
            .and_then(|ago| PAUSE.checked_sub(ago))
            .filter(|wait| *wait > 0)
        {
            Some(wait) => Err(NotDone::TooMany(wait)),
            None => Ok(()),
        }
    }

    /// What a reset link is for, without using it.
    ///
    /// # Errors
    /// [`NotDone::Link`].
    pub async fn reset_link(&self, token: &Secret, clock: &dyn Clock) -> Result<ResetLink, NotDone> {
        let link = links::find(self.store, clock, Purpose::Reset, token).await?;
        let (view, account) = self.living(link.tenant, link.bound.account).await?;
        Ok(ResetLink {
            gates: view.may_reset_itself(&account)?,
            user: account.upn,
            tenant: link.tenant,
        })
    }

    /// Sets the new password that a link allows. It may be the present one; lockout forgets, and what was granted
    /// before is revoked. `code` is the second method's, where two are needed.
    ///
    /// # Errors
    /// [`NotDone::Link`], [`NotDone::Weak`], [`NotDone::Reset`].
    pub async fn complete_reset(
        &self,
        token: &Secret,
        new: &Secret,
        code: Option<&str>,
        clock: &dyn Clock,
    ) -> Result<Account, NotDone> {
        let link = links::find(self.store, clock, Purpose::Reset, token).await?;
        let (view, account) = self.living(link.tenant, link.bound.account).await?;
        let now = view.now(clock);
        let gates = view.may_reset_itself(&account)?;
        rules::check_in(new, &account, &view.settings)?;
        if gates == Gates::Two {
            let shown = self
                .sign_in()
                .check_code(link.tenant, &account, code.unwrap_or_default(), now)
                .await?;
            shown.map_err(|_| NoReset::SecondMethod)?;
        }
        let password = self.hashed(new, now).await?;
        link.spend(self.store).await?;
        self.replace_password(link.tenant, account.id, &password, now)
            .await
    }

    /// An administrator's reset: a temporary password, which is returned and sent by mail, and which must be changed
    /// at the next sign-in (rows 003-07 and 003-09).
    ///
    /// # Errors
    /// [`NotDone::NoAccount`]; [`NotDone::Reset`] when the password is not kept here.
    pub async fn reset_by_administrator(
        &self,
        tenant: TenantId,
        id: ObjectId,
        clock: &dyn Clock,
    ) -> Result<Secret, NotDone> {
        let (view, account) = self.living(tenant, id).await?;
        view.keeps_password(&account)?;
        if account.kind == AccountKind::Personal {
            return Err(NoReset::Elsewhere(account.upn.to_string()).into());
        }
        let now = view.now(clock);
        self.make_room(tenant).await?;
        let plain = self.temporary_password();
        let mut password = self.hashed(&plain, now).await?;
        password.must_change = true;
        let mail = self.temporary_mail(&account, &plain, now)?;
        self.store
            .update::<Tenant, _, NotDone>(tenant, |view, changes| {
                let mut account = living(view, id)?.clone();
                account.set_password(password.clone());
                changes.put(KIND_ACCOUNT, id, &account);
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(())
            })
            .await?;
        Ok(plain)
    }

    fn temporary_mail(&self, account: &Account, plain: &Secret, now: Timestamp) -> Result<Mail, NotDone> {
        let sign_in = "https://portal.office.com/";
        let letter = letters::temporary(&account.name, account.upn.as_str(), plain, sign_in);
        let event = format!("temporary {}", self.chance.uuid());
        let seal = (self.sealer, self.chance);
        Ok(Mail::new(
            Kind::Reset,
            event,
            account.mail_address(),
            &letter,
            seal,
            now,
        )?)
    }

    /// Easy to read out on the telephone: three letters and five digits, as the admin center makes them (recalled),
    /// and a symbol.
    fn temporary_password(&self) -> Secret {
        let one = |of: &[u8]| {
            let at = usize::try_from(self.chance.below(of.len() as u64)).unwrap_or(0);
            of.get(at).copied().map_or('X', char::from)
        };
        let mut text = String::with_capacity(9);
        text.push(one(b"BCDFGHJKLMNPQRSTVWXZ"));
        text.push(one(b"aeou"));
        text.push(one(b"bcdfghjkmnpqrstvwxz"));
        text.push(one(b"!#*+-"));
        (0..5).for_each(|_| text.push(one(b"23456789")));
        Secret::new(text)
    }
}
