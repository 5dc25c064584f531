//! Finding an account and proving that someone is behind it.

use std::sync::Arc;

use crypt::{Hasher, HasherBusy, Sealer};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use types::{Chance, ObjectId, Secret, TenantId, Timestamp, Upn};
use wire::aadsts::{self, Refusal};

use crate::{Account, AccountKind, Lockout, Stored, Tenant, tenant::KIND_ACCOUNT};

/// How someone proved who they are: claim `amr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// By password.
    Pwd,
    /// By a second factor.
    Mfa,
}

impl Method {
    /// As it stands in the claim.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
            Self::Mfa => "mfa",
        }
    }
}

/// The proof that someone signed in. Only [`SignIn`] makes one, from a password; it can be kept in a session
/// or a grant and read back from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The tenant that keeps the account's password.
    pub home: TenantId,
    /// The account there.
    pub id: ObjectId,
    /// The name that was typed, or the account's own.
    pub upn: Upn,
    /// How.
    pub methods: Vec<Method>,
    /// When, by the home tenant's clock.
    pub at: Timestamp,
}

impl Person {
    /// Whether this proof was among them.
    pub fn has(&self, method: Method) -> bool {
        self.methods.contains(&method)
    }
}

/// Where someone signs in: what the tenant segment of the address means.
#[derive(Clone, Debug)]
pub enum Where {
    /// At one tenant.
    Tenant(Arc<Tenant>),
    /// `organizations`: any work or school account.
    Organizations,
    /// `common`: any account.
    Common,
    /// `consumers`: personal accounts.
    Consumers,
}

/// An account that was found, in the tenant that keeps its password and in the tenant it signs in to.
#[derive(Clone, Debug)]
pub struct Located {
    /// The tenant it signs in to.
    pub tenant: Arc<Tenant>,
    /// Its account there: the guest's, for a guest.
    pub account: Account,
    /// The tenant that keeps the password.
    pub home: Arc<Tenant>,
    /// Its account there.
    pub home_account: Account,
}

/// A refusal, or a store that cannot answer.
type Decided<T> = Result<Result<T, Refusal>, StoreError>;

/// Finds the account behind a user name, as the given place sees it.
///
/// # Errors
/// [`StoreError`] when the state cannot be read; the inner refusal when there is no such account here.
pub async fn locate(store: &Store, place: &Where, upn: &Upn) -> Decided<Located> {
    let home = match store
        .tenant_of(&format!("domain:{}", upn.domain().to_ascii_lowercase()))
        .await?
    {
        Some(home) => Some(home),
        None => store.tenant_of(&format!("user:{}", upn.key())).await?,
    };
    let home = match home {
        Some(id) => Some(store.view::<Tenant>(id).await?),
        None => None,
    };
    Ok(place_account(place, home, upn))
}

fn place_account(place: &Where, home: Option<Arc<Tenant>>, upn: &Upn) -> Result<Located, Refusal> {
    let personal = home.as_ref().is_some_and(|home| home.id() == TenantId::CONSUMERS);
    match (place, home) {
        (Where::Tenant(tenant), None) => Err(no_such_user(
            tenant,
            upn,
            "no tenant here has verified its domain",
        )),
        (_, None) => {
            let why = format!("no tenant here has verified the domain of {upn}");
            Err(Refusal::new(&aadsts::DOMAIN_UNKNOWN, why))
        }
        (Where::Organizations, Some(_)) if personal => {
            let why = format!("{upn} is a personal account and the endpoint takes work and school accounts");
            Err(Refusal::new(&aadsts::WRONG_DOMAIN_FOR_ACCOUNT, why))
        }
        (Where::Consumers, Some(_)) if !personal => {
            let why = format!("{upn} is a work or school account and the endpoint takes personal ones");
            Err(Refusal::new(&aadsts::WRONG_DOMAIN_FOR_ACCOUNT, why))
        }
        (Where::Tenant(tenant), Some(home)) if tenant.id() != home.id() => guest(tenant, &home, upn),
        (_, Some(home)) => {
            let account = own(&home, upn)?;
            Ok(Located {
                tenant: home.clone(),
                account: account.clone(),
                home,
                home_account: account,
            })
        }
    }
}

fn no_such_user(tenant: &Tenant, upn: &Upn, why: &str) -> Refusal {
    let why = format!(
        "there is no account {upn} in tenant {}: {why}",
        tenant.settings.name
    );
    Refusal::new(&aadsts::NO_SUCH_USER, why)
        .with("identifier", "{EmailHidden}")
        .with("tenant", &tenant.settings.name)
}

/// The account in its own tenant, not judged yet except for being there.
fn own(home: &Tenant, upn: &Upn) -> Result<Account, Refusal> {
    match home.account_named(upn) {
        None => Err(no_such_user(home, upn, "the name is unknown")),
        Some(account) if account.deleted => {
            Err(Refusal::new(&aadsts::USER_DELETED, format!("{upn} was deleted"))
                .with("identifier", "{EmailHidden}")
                .with("tenant", &home.settings.name))
        }
        Some(account) => Ok(account.clone()),
    }
}

/// The account as a guest of `tenant`.
fn guest(tenant: &Arc<Tenant>, home: &Arc<Tenant>, upn: &Upn) -> Result<Located, Refusal> {
    let home_account = own(home, upn)?;
    let here = tenant.accounts().find(|account| {
        !account.deleted
            && account.answers_to(upn)
            && matches!(&account.kind, AccountKind::Guest { home: from, .. } if *from == home.id())
    });
    let Some(account) = here else {
        let idp = if home.id() == TenantId::CONSUMERS {
            "live.com".to_owned()
        } else {
            format!("https://sts.windows.net/{}/", home.id())
        };
        let why = format!(
            "{upn} belongs to tenant {} and has no guest account in {}",
            home.settings.name, tenant.settings.name
        );
        return Err(Refusal::new(&aadsts::OTHER_TENANTS_USER, why)
            .with("user", "{EmailHidden}")
            .with("idp", idp)
            .with("tenant", &tenant.settings.name));
    };
    if matches!(account.kind, AccountKind::Guest { pending: true, .. }) {
        return Err(Refusal::new(
            &aadsts::GUEST_PENDING,
            format!("{upn} has not accepted the invitation"),
        )
        .with("user", upn)
        .with("tenant", &tenant.settings.name));
    }
    if home.settings.block_outbound {
        let why = format!("tenant {} keeps its users from other tenants", home.settings.name);
        return Err(Refusal::new(&aadsts::OUTBOUND_BLOCKED, why).with("tenant", tenant.id()));
    }
    if tenant.settings.block_inbound {
        let why = format!("tenant {} keeps users of other tenants out", tenant.settings.name);
        return Err(Refusal::new(&aadsts::INBOUND_BLOCKED, why).with("tenant", tenant.id()));
    }
    Ok(Located {
        tenant: tenant.clone(),
        account: account.clone(),
        home: home.clone(),
        home_account,
    })
}

impl Located {
    /// Whether the account may sign in at all, whatever its password.
    ///
    /// # Errors
    /// Disabled, at home or here.
    pub fn may_sign_in(&self) -> Result<(), Refusal> {
        if !self.home_account.enabled {
            let why = format!("sign-in of {} is blocked", self.home_account.upn);
            return Err(Refusal::new(&aadsts::USER_DISABLED, why));
        }
        if !self.account.enabled {
            let why = format!("sign-in of the guest {} is blocked", self.account.upn);
            return Err(Refusal::new(&aadsts::GUEST_DISABLED, why));
        }
        Ok(())
    }
}

/// What proving a password needs. One for the process.
pub struct SignIn<'a> {
    /// The state.
    pub store: &'a Store,
    /// Opens passwords that were never hashed.
    pub sealer: &'a Sealer,
    /// Hashes.
    pub hasher: &'a Hasher,
    /// Chance.
    pub chance: &'a dyn Chance,
}

/// Why a password could not even be compared.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The state could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No hash could be computed.
    #[error(transparent)]
    Hasher(#[from] HasherBusy),
}

impl SignIn<'_> {
    /// Proves a password. Wrong ones are counted; the right one clears the count. The answer takes the same
    /// time for a wrong password as for a right one.
    ///
    /// # Errors
    /// [`SignInError`]; the inner refusal says why the password does not prove anything.
    pub async fn by_password(
        &self,
        located: &Located,
        typed: &Upn,
        password: &Secret,
        now: Timestamp,
    ) -> Result<Result<Person, Refusal>, SignInError> {
        let account = &located.home_account;
        if let Err(refusal) = before_comparing(located, password, now) {
            return Ok(Err(refusal));
        }
        let Some(kept) = &account.password else {
            let why = format!("{} has no password", account.upn);
            return Ok(Err(Refusal::new(&aadsts::NO_PASSWORD, why)));
        };
        let (hash, fresh) = kept.hash(self.sealer, self.hasher, self.chance).await?;
        let right = self.hasher.verify(password, &hash).await?;
        let wrong = (!right).then(|| crypt::digest(password.expose()));
        let home = located.home.id();
        if fresh || wrong.is_some() || account.lockout != Lockout::default() {
            let id = account.id;
            self.store
                .update::<Tenant, _, StoreError>(home, |tenant, changes| {
                    let Some(mut next) = tenant.account(id).cloned() else {
                        return Ok(());
                    };
                    next.lockout = match &wrong {
                        Some(wrong) => next.lockout.after_failure(wrong, tenant.settings.lockout, now),
                        None => Lockout::default(),
                    };
                    if let (true, Some(password)) = (fresh, next.password.as_mut()) {
                        // Only if it was not changed while the hash was computed.
                        if password.stored == kept.stored {
                            password.stored = Stored::Hash(hash.clone());
                        }
                    }
                    changes.put(KIND_ACCOUNT, id, &next);
                    Ok(())
                })
                .await?;
        }
        if !right {
            return Ok(Err(Refusal::new(
                &aadsts::BAD_PASSWORD,
                format!("wrong password for {}", account.upn),
            )));
        }
        Ok(after_comparing(located, kept).map(|()| Person {
            home,
            id: account.id,
            upn: typed.clone(),
            methods: vec![Method::Pwd],
            at: now,
        }))
    }
}

fn before_comparing(located: &Located, password: &Secret, now: Timestamp) -> Result<(), Refusal> {
    let account = &located.home_account;
    let domain = located.home.settings.domain(account.upn.domain());
    if let Some(crate::Domain {
        name,
        kind: crate::DomainKind::Federated { sts },
    }) = domain
    {
        return Err(match sts {
            None => Refusal::new(
                &aadsts::NO_FEDERATION_REALM,
                format!("{name} is federated with nobody"),
            )
            .with("realm", name),
            Some(sts) => {
                let why = format!("{name} is federated: its passwords are with {sts}, not here");
                Refusal::new(&aadsts::BAD_PASSWORD, why)
            }
        });
    }
    located.may_sign_in()?;
    if account.lockout.is_locked(now) {
        let until = account.lockout.until.unwrap_or(now);
        return Err(Refusal::new(
            &aadsts::LOCKED,
            format!("{} is locked until {until}", account.upn),
        ));
    }
    if password.expose().chars().count() > 256 {
        return Err(Refusal::new(
            &aadsts::PASSWORD_TOO_LONG,
            "the password is longer than 256 characters",
        ));
    }
    Ok(())
}

fn after_comparing(located: &Located, kept: &crate::Password) -> Result<(), Refusal> {
    let upn = &located.home_account.upn;
    if kept.expired_on_premises {
        let why = format!("the on-premises password of {upn} has expired");
        return Err(Refusal::new(&aadsts::ONPREMISES_PASSWORD_EXPIRED, why));
    }
    if kept.must_change {
        let mut refusal = Refusal::new(
            &aadsts::PASSWORD_EXPIRED,
            format!("the password of {upn} is temporary or has expired"),
        );
        refusal.password_change_url = Some("https://portal.microsoftonline.com/ChangePassword.aspx");
        return Err(refusal);
    }
    Ok(())
}
