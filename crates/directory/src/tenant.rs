//! One tenant as it stands at one revision.

use std::{collections::HashMap, time::Duration};

use store::{Changes, Record, StoreError, View};
use types::{Clock, ObjectId, TenantId, Timestamp, Upn};

use crate::{Account, AccountKind, Settings};

/// The kind of the one record that holds [`Settings`].
pub const KIND_SETTINGS: &str = "tenant";
/// The kind of [`Account`] records.
pub const KIND_ACCOUNT: &str = "account";

/// A tenant's settings and accounts, read from its records.
#[derive(Debug)]
pub struct Tenant {
    /// How it is set up.
    pub settings: Settings,
    accounts: HashMap<ObjectId, Account>,
    by_name: HashMap<String, ObjectId>,
}

impl View for Tenant {
    const KINDS: &'static [&'static str] = &[KIND_SETTINGS, KIND_ACCOUNT];

    fn build(tenant: TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let mut settings = None;
        let mut accounts = HashMap::new();
        let mut by_name = HashMap::new();
        for record in records {
            if record.kind == KIND_SETTINGS {
                settings = Some(record.read()?);
                continue;
            }
            let account: Account = record.read()?;
            for name in std::iter::once(&account.upn).chain(&account.aliases) {
                // A deleted account gives way to a living one of the same name.
                if !account.deleted || !by_name.contains_key(&name.key()) {
                    by_name.insert(name.key(), account.id);
                }
            }
            accounts.insert(account.id, account);
        }
        let settings = settings.unwrap_or_else(|| Settings::new(tenant, tenant.to_string(), Vec::new()));
        Ok(Self {
            settings,
            accounts,
            by_name,
        })
    }
}

impl Tenant {
    /// Its id.
    pub fn id(&self) -> TenantId {
        self.settings.id
    }

    /// What moment it is here.
    pub fn now(&self, clock: &dyn Clock) -> Timestamp {
        let offset = self.settings.clock_offset_millis;
        let by = Duration::from_millis(offset.unsigned_abs());
        if offset < 0 {
            clock.now() - by
        } else {
            clock.now() + by
        }
    }

    /// An account by its object id.
    pub fn account(&self, id: ObjectId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// An account by any of its names.
    pub fn account_named(&self, upn: &Upn) -> Option<&Account> {
        self.by_name.get(&upn.key()).and_then(|id| self.accounts.get(id))
    }

    /// Every account, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }
}

/// Binds the names by which a tenant is found: `domain:…`.
pub fn bind_domains(settings: &Settings, changes: &mut Changes) {
    for domain in &settings.domains {
        changes.bind(format!("domain:{}", domain.name));
    }
}

/// Binds the names by which a personal account is found, whose domain belongs to nobody here: `user:…`.
pub fn bind_account(account: &Account, changes: &mut Changes) {
    if account.kind == AccountKind::Personal {
        for name in std::iter::once(&account.upn).chain(&account.aliases) {
            changes.bind(format!("user:{}", name.key()));
        }
    }
}
