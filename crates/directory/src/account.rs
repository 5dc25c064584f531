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

impl Role {
    /// Every role, the mightiest first, with its name as the admin center writes it.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::GlobalAdministrator, "Global Administrator"),
        (Self::ApplicationAdministrator, "Application Administrator"),
        (Self::PowerPlatformAdministrator, "Power Platform Administrator"),
        (Self::DynamicsAdministrator, "Dynamics 365 Administrator"),
        (Self::PasswordAdministrator, "Password Administrator"),
    ];

    /// As people call it.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(role, _)| *role == self);
        found.map_or("", |(_, name)| name)
    }
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
    /// Codes of an authenticator that change with the time ([`crate::totp`]).
    Totp {
        /// The shared secret, sealed.
        secret: String,
        /// The newest step of the clock whose code was used: it and older ones are refused.
        #[serde(default)]
        used: Option<u64>,
    },
}

/// Whether the address of a personal account is known to be its owner's (facts/identity.md 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verification {
    /// Nobody has followed the link yet. Programs are refused until someone does.
    Unverified {
        /// Since when.
        since: Timestamp,
        /// When links were sent, newest last; as many as the limit on asking again needs.
        #[serde(default)]
        sent: Vec<Timestamp>,
    },
    /// Someone followed the link.
    Verified {
        /// When.
        at: Timestamp,
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
    /// Whether its address was verified. None: at a domain that needs no verification, or not a personal
    /// account.
    #[serde(default)]
    pub verification: Option<Verification>,
    /// The address that the invitation was sent to, of a guest (row 003-25).
    #[serde(default)]
    pub invited_as: Option<String>,
    /// Where mail about the account goes when not to its own name: it is of no use to send the link that
    /// resets a password to the mailbox behind that password.
    #[serde(default)]
    pub contact: Option<String>,
}

impl Account {
    /// A plain member with nothing: no password, no license, no role.
    pub fn new(id: ObjectId, upn: Upn, name: impl Into<String>) -> Self {
        Self {
            id,
            upn,
            aliases: Vec::new(),
            name: name.into(),
            kind: AccountKind::Member,
            enabled: true,
            deleted: false,
            password: None,
            licenses: BTreeSet::new(),
            groups: BTreeSet::new(),
            roles: BTreeSet::new(),
            mfa: Mfa::None,
            risky: false,
            tokens_valid_from: None,
            lockout: Lockout::default(),
            verification: None,
            invited_as: None,
            contact: None,
        }
    }

    /// Whether nobody has shown yet that the address is the owner's.
    pub fn is_unverified(&self) -> bool {
        matches!(self.verification, Some(Verification::Unverified { .. }))
    }

    /// Whether it administers anything.
    pub fn is_administrator(&self) -> bool {
        !self.roles.is_empty()
    }

    /// Where mail about it goes.
    pub fn mail_address(&self) -> &str {
        self.contact
            .as_deref()
            .or(self.invited_as.as_deref())
            .unwrap_or(self.upn.as_str())
    }

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
