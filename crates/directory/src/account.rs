//! Accounts: members, guests and personal accounts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use types::{ObjectId, TenantId, Timestamp, Upn};

use crate::Password;

/// How an account came to be here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// One of the tenant's own.
    #[default]
    Member,
    /// Invited from elsewhere; the password stays at home.
    Guest {
        /// The tenant it comes from; [`TenantId::CONSUMERS`] for personal accounts.
        home: TenantId,
        /// Whether the invitation is still unanswered.
        #[serde(default)]
        pending: bool,
    },
    /// A personal Microsoft account, in the tenant of personal accounts.
    Personal,
}

/// A directory role, as far as signing in needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May do anything, consent for the tenant included.
    GlobalAdministrator,
    /// May manage applications and consent for the tenant.
    ApplicationAdministrator,
    /// May manage environments.
    PowerPlatformAdministrator,
    /// May manage Dynamics 365 environments.
    DynamicsAdministrator,
    /// May reset passwords.
    PasswordAdministrator,
}

/// The second factor an account has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Mfa {
    /// None registered.
    #[default]
    None,
    /// A code, which the world file gives so that a test can type it.
    Code {
        /// Six digits.
        code: String,
    },
}

/// What smart lockout remembers (facts/identity.md 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lockout {
    /// Failures that counted since the last success.
    pub failures: u32,
    /// Digests of the last three wrong passwords: a repeat does not count.
    pub recent: Vec<String>,
    /// Until when it is locked.
    pub until: Option<Timestamp>,
    /// How often it has locked since the last success.
    pub locks: u32,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its object id: claim `oid`.
    pub id: ObjectId,
    /// Its user principal name.
    pub upn: Upn,
    /// Other names it signs in with: the standard domain beside the custom one (row 003-24).
    #[serde(default)]
    pub aliases: Vec<Upn>,
    /// Display name.
    pub name: String,
    /// How it came to be here.
    #[serde(default)]
    pub kind: AccountKind,
    /// Whether sign-in is allowed.
    pub enabled: bool,
    /// Deleted, and kept for thirty days.
    #[serde(default)]
    pub deleted: bool,
    /// The password, when there is one.
    #[serde(default)]
    pub password: Option<Password>,
    /// Plans: `DYN365` gives Dynamics 365.
    #[serde(default)]
    pub licenses: BTreeSet<String>,
    /// Security groups.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Directory roles.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
    /// The second factor.
    #[serde(default)]
    pub mfa: Mfa,
    /// Judged to be at risk.
    #[serde(default)]
    pub risky: bool,
    /// Grants from before this moment are revoked.
    #[serde(default)]
    pub tokens_valid_from: Option<Timestamp>,
    /// Smart lockout.
    #[serde(default)]
    pub lockout: Lockout,
}

impl Account {
    /// Whether this account may consent for the whole tenant.
    pub fn may_grant_admin_consent(&self) -> bool {
        self.roles.contains(&Role::GlobalAdministrator)
            || self.roles.contains(&Role::ApplicationAdministrator)
    }

    /// Whether `upn` is one of its names.
    pub fn answers_to(&self, upn: &Upn) -> bool {
        self.upn == *upn || self.aliases.contains(upn)
    }

    /// The issuer behind it when that is not this tenant: claim `idp`.
    pub fn identity_provider(&self) -> Option<String> {
        match &self.kind {
            AccountKind::Member => None,
            AccountKind::Guest { home, .. } if *home == TenantId::CONSUMERS => Some("live.com".to_owned()),
            AccountKind::Guest { home, .. } => Some(format!("https://sts.windows.net/{home}/")),
            AccountKind::Personal => Some("live.com".to_owned()),
        }
    }

    /// Whether every grant from before `issued` still stands.
    pub fn honors(&self, issued: Timestamp) -> bool {
        self.tokens_valid_from.is_none_or(|from| issued >= from)
    }
}
