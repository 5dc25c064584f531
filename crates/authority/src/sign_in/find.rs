//! Finding the account behind a name. A name can be two: a work account, and a Microsoft account that somebody made on
//! the same address.

use directory::{AccountKind, Located, Person, Tenant, Where, locate};
use types::{TenantId, Upn};
use wire::{
    Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{Service, application::Caller, stop::Done};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Made by an organization.
    Work,
    /// A Microsoft account.
    Personal,
}

impl Kind {
    /// Somebody's, who proved a password.
    pub(crate) fn of(person: &Person) -> Self {
        if person.home == TenantId::CONSUMERS {
            Self::Personal
        } else {
            Self::Work
        }
    }

    /// What a page of ours said.
    pub(crate) fn read(form: &Params) -> Option<Self> {
        match form.get("account")? {
            "work" => Some(Self::Work),
            "personal" => Some(Self::Personal),
            _ => None,
        }
    }

    /// As pages write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Personal => "personal",
        }
    }
}

impl Service {
    /// The account behind a name at a place. Where a name is two, the work account unless the other is wanted.
    pub(crate) async fn find(
        &self,
        place: &Where,
        upn: &Upn,
        wanted: Option<Kind>,
    ) -> Done<Result<Located, Refusal>> {
        let open = match place {
            Where::Common => wanted == Some(Kind::Personal),
            Where::Consumers => true,
            Where::Tenant(tenant) => tenant.id() == TenantId::CONSUMERS,
            Where::Organizations => false,
        };
        if open && let Some(located) = self.personal(upn).await? {
            return Ok(Ok(located));
        }
        Ok(locate(&self.parts.store, place, upn).await?)
    }

    /// The Microsoft account of that name, wherever its domain belongs.
    async fn personal(&self, upn: &Upn) -> Done<Option<Located>> {
        let bound = self.parts.store.tenant_of(&format!("user:{}", upn.key())).await?;
        if bound != Some(TenantId::CONSUMERS) {
            return Ok(None);
        }
        let home = self.parts.store.view::<Tenant>(TenantId::CONSUMERS).await?;
        let account = home
            .account_named(upn)
            .filter(|account| account.kind == AccountKind::Personal && !account.deleted)
            .cloned();
        Ok(account.map(|account| Located {
            tenant: home.clone(),
            account: account.clone(),
            home,
            home_account: account,
        }))
    }

    /// The organization whose account shares its name with a Microsoft account, where either may sign in.
    pub(crate) async fn shared_with(
        &self,
        caller: &Caller,
        place: &Where,
        upn: &Upn,
    ) -> Done<Option<String>> {
        if !matches!(place, Where::Common) || !caller.app.audience.takes_personal() {
            return Ok(None);
        }
        if self.personal(upn).await?.is_none() {
            return Ok(None);
        }
        let work = locate(&self.parts.store, &Where::Organizations, upn).await?;
        Ok(work.ok().map(|located| located.home.settings.name.clone()))
    }

    /// Finds the account behind a name that somebody typed, or an application gave: unknown ones are counted.
    pub(crate) async fn locate_typed(
        &self,
        call: &Call,
        caller: &Caller,
        place: &Where,
        upn: &Upn,
        wanted: Option<Kind>,
    ) -> Done<Located> {
        let search = self.locate_for(caller, place, upn, wanted);
        self.look_up(call, place, search).await
    }

    /// Finds the account behind a name, as the place and the application take it.
    pub(crate) async fn locate_for(
        &self,
        caller: &Caller,
        place: &Where,
        upn: &Upn,
        wanted: Option<Kind>,
    ) -> Done<Located> {
        let app = &caller.app;
        let for_app = |refusal: Refusal| refusal.with("app", app.id).with("name", &app.name);
        let open = matches!(place, Where::Common | Where::Consumers) && app.audience.takes_personal();
        let located = match self.find(place, upn, wanted).await? {
            // An address of no tenant is that of a Microsoft account, where those are taken.
            Err(refusal) if open && refusal.entry.code == aadsts::DOMAIN_UNKNOWN.code => {
                let why = format!(
                    "nobody has made a Microsoft account {upn}, and no tenant has verified its domain"
                );
                Err(Refusal::new(&aadsts::NO_SUCH_USER, why)
                    .with("identifier", "{EmailHidden}")
                    .with("tenant", "Microsoft Accounts"))
            }
            found => found,
        }
        .map_err(for_app)?;
        if located.tenant.id() == TenantId::CONSUMERS && !app.audience.takes_personal() {
            let why = format!("{upn} is a personal account and '{}' takes none", app.name);
            return Err(for_app(Refusal::new(&aadsts::OTHER_TENANTS_USER, why))
                .with("user", "{EmailHidden}")
                .with("idp", "live.com")
                .with("tenant", "Microsoft Accounts")
                .into());
        }
        Ok(located)
    }
}
