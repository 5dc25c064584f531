//! What a tenant is and how it is set up.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::{Cloud, TenantId};

use crate::policy::{Rule, UserConsent};

/// Who keeps the passwords of a domain's users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainKind {
    /// Entra does.
    #[default]
    Managed,
    /// A federation server does.
    Federated {
        /// Its host, `sts.contoso.com`; without one the federation settings are broken.
        #[serde(default)]
        sts: Option<String>,
    },
}

/// A verified domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// `contoso.com`, lower case.
    pub name: String,
    /// Who keeps the passwords.
    #[serde(default)]
    pub kind: DomainKind,
}

/// Smart lockout (facts/identity.md 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LockoutPolicy {
    /// Failures until the account locks.
    pub threshold: u32,
    /// How long the first lock lasts, in seconds; each repeat doubles it (the growth is unpublished).
    pub seconds: u64,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self {
            threshold: 10,
            seconds: 60,
        }
    }
}

/// The limits of Dataverse's service protection per user and window (facts/organization.md 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceProtection {
    /// Whether it is on. Measurements switch it off and say so.
    pub enabled: bool,
    /// Requests per window.
    pub requests: u32,
    /// Combined execution time per window, in milliseconds.
    pub execution_millis: u64,
    /// Requests at once.
    pub concurrent: u32,
    /// The sliding window, in seconds.
    pub window_seconds: u64,
}

impl Default for ServiceProtection {
    fn default() -> Self {
        Self {
            enabled: true,
            requests: 6000,
            execution_millis: 1_200_000,
            concurrent: 52,
            window_seconds: 300,
        }
    }
}

const fn yes() -> bool {
    true
}

/// The domains whose mailboxes are Microsoft's own, and no others (row 000-18).
fn microsoft_mail() -> Vec<String> {
    vec!["outlook.com".to_owned(), "live.com".to_owned()]
}

/// A tenant's own record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Its domains; the first is the initial `onmicrosoft.com` one.
    pub domains: Vec<Domain>,
    /// The cloud it lives in.
    pub cloud: Cloud,
    /// `tenant_region_scope` of its discovery document: `EU`, `NA`.
    pub region_scope: String,
    /// How far this tenant's clock is ahead of the machine's, in milliseconds. Tests turn it.
    #[serde(default)]
    pub clock_offset_millis: i64,
    /// Whether users may consent for themselves.
    #[serde(default)]
    pub user_consent: UserConsent,
    /// Security defaults: everybody is asked for a second factor; sign-ins that cannot do one are refused.
    #[serde(default)]
    pub security_defaults: bool,
    /// Conditional Access, in order; the first rule that is not met refuses.
    #[serde(default)]
    pub conditional_access: Vec<Rule>,
    /// Smart lockout.
    #[serde(default)]
    pub lockout: LockoutPolicy,
    /// Reusing a refresh token that was already exchanged revokes its whole family. Entra does not do this;
    /// it is here for those who want to know whether their client would survive it.
    #[serde(default)]
    pub strict_rotation: bool,
    /// Fifteen equal requests within five minutes are refused as a loop (facts/identity.md 3.2).
    #[serde(default = "yes")]
    pub loop_detection: bool,
    /// Many wrong passwords or codes in a short time are refused, by account and by address, beside lockout
    /// (facts/identity.md 4.2: the variant of 50053 that is about the address).
    #[serde(default = "yes")]
    pub guess_limit: bool,
    /// Users of other tenants are kept out.
    #[serde(default)]
    pub block_inbound: bool,
    /// Own users are kept from other tenants.
    #[serde(default)]
    pub block_outbound: bool,
    /// What a guest's home tenant says of a device counts here ("Trust compliant devices").
    #[serde(default)]
    pub trusts_home_devices: bool,
    /// Every token request is throttled; the value is `Retry-After` in seconds.
    #[serde(default)]
    pub throttled: Option<u64>,
    /// The service answers every token request with a transient fault.
    #[serde(default)]
    pub transient_fault: bool,
    /// Access tokens live this long, in seconds; without it 60 to 90 minutes by chance
    /// (facts/identity.md 1.7).
    #[serde(default)]
    pub access_token_seconds: Option<u64>,
    /// A refresh token lapses when unused this long, in seconds; 90 days without it.
    #[serde(default)]
    pub refresh_inactive_seconds: Option<u64>,
    /// A refresh token lapses this long after the sign-in, in seconds; never without it.
    #[serde(default)]
    pub refresh_max_seconds: Option<u64>,
    /// Dataverse's service protection.
    #[serde(default)]
    pub service_protection: ServiceProtection,
    /// Self-service password reset is enabled, configured and tested. Users also need a license for it
    /// (row 003-06).
    #[serde(default)]
    pub self_service_reset: bool,
    /// Personal accounts at these domains need no verification.
    #[serde(default = "microsoft_mail")]
    pub verified_mail_domains: Vec<String>,
    /// Words that no password may be made of, beside the common ones; at most 1000 (facts/identity.md 4.1).
    #[serde(default)]
    pub banned_words: Vec<String>,
    /// The domain that new users get a name of; the initial one without it.
    #[serde(default)]
    pub new_users_at: Option<String>,
    /// "Users can register applications": members without a role may, guests never (row 004-02).
    #[serde(default = "yes")]
    pub users_may_register_apps: bool,
}

impl Settings {
    /// A plain tenant of the commercial cloud.
    pub fn new(id: TenantId, name: impl Into<String>, domains: Vec<Domain>) -> Self {
        Self {
            id,
            name: name.into(),
            domains,
            cloud: Cloud::Commercial,
            region_scope: "EU".to_owned(),
            clock_offset_millis: 0,
            user_consent: UserConsent::default(),
            security_defaults: false,
            conditional_access: Vec::new(),
            lockout: LockoutPolicy::default(),
            strict_rotation: false,
            loop_detection: true,
            guess_limit: true,
            block_inbound: false,
            block_outbound: false,
            trusts_home_devices: false,
            throttled: None,
            transient_fault: false,
            access_token_seconds: None,
            refresh_inactive_seconds: None,
            refresh_max_seconds: None,
            service_protection: ServiceProtection::default(),
            self_service_reset: false,
            verified_mail_domains: microsoft_mail(),
            banned_words: Vec::new(),
            new_users_at: None,
            users_may_register_apps: true,
        }
    }

    /// Whether a personal account at this domain needs no verification. Compared whole and without case:
    /// `live.com.example` is somebody else's.
    pub fn needs_no_verification(&self, domain: &str) -> bool {
        self.verified_mail_domains
            .iter()
            .any(|known| known.eq_ignore_ascii_case(domain))
    }

    /// How long an unused refresh token lives.
    pub fn refresh_inactive(&self) -> Duration {
        Duration::from_secs(self.refresh_inactive_seconds.unwrap_or(90 * 86_400))
    }

    /// The domain of that name, without case.
    pub fn domain(&self, name: &str) -> Option<&Domain> {
        self.domains
            .iter()
            .find(|domain| domain.name.eq_ignore_ascii_case(name))
    }

    /// The domain that new users get a name of.
    pub fn domain_of_new_users(&self) -> String {
        let chosen = self.new_users_at.as_deref().and_then(|name| self.domain(name));
        chosen.map_or_else(|| self.default_domain(), |domain| domain.name.clone())
    }

    /// The initial domain, or the id for a tenant without one.
    pub fn default_domain(&self) -> String {
        self.domains
            .first()
            .map_or_else(|| self.id.to_string(), |domain| domain.name.clone())
    }
}
