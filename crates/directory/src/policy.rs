//! Conditional Access: which rules a sign-in must meet, and by what it is refused when it does not.

use serde::{Deserialize, Serialize};
use types::{AppId, Timestamp};
use wire::aadsts::{self, Refusal};

use crate::{Account, AccountKind, Mfa, Person, Settings, person::Method};

/// Whether users may consent to an application's permissions for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserConsent {
    /// They may.
    #[default]
    Allowed,
    /// Only an administrator may consent.
    AdminOnly,
    /// Only an administrator may, and users can ask for it.
    AdminWorkflow,
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// No token at all.
    Block,
    /// A second factor, not older than this many seconds where given.
    Mfa {
        /// The oldest that counts, in seconds.
        #[serde(default)]
        max_age: Option<u64>,
    },
    /// A device managed and found compliant. No client can present one here.
    CompliantDevice,
    /// A device joined to a domain.
    JoinedDevice,
    /// A registered device.
    RegisteredDevice,
    /// An application on the approved list.
    ApprovedApp {
        /// The list.
        apps: Vec<AppId>,
    },
    /// A challenge by another provider.
    ExternalChallenge,
    /// A sign-in at most this old, in seconds.
    SignInFrequency {
        /// The oldest that counts.
        seconds: u64,
    },
    /// A fresh sign-in each time.
    Reauthenticate,
    /// Only these platforms, as they stand in the user agent or in `x-client-OS`.
    Platforms {
        /// For example `Windows`.
        allowed: Vec<String>,
    },
    /// Judged suspicious.
    Suspicious,
    /// Refused by a security policy of the tenant.
    SecurityPolicy,
}

/// One rule. Empty lists mean everybody and everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, for the journal.
    pub name: String,
    /// User principal names it is for.
    #[serde(default)]
    pub users: Vec<String>,
    /// Client ids it is for.
    #[serde(default)]
    pub apps: Vec<AppId>,
    /// What it demands.
    pub control: Control,
}

/// What is known of the program that asks.
#[derive(Clone, Debug)]
pub struct Client<'a> {
    /// Its id.
    pub app: AppId,
    /// Its operating system, from `x-client-OS` or the user agent.
    pub platform: &'a str,
    /// Whether a person is there to be asked, so that a second factor can be had.
    pub interactive: bool,
    /// Whether it redeems a grant of an earlier sign-in.
    pub refreshing: bool,
    /// The resource, for the sentence.
    pub resource: &'a str,
}

impl Rule {
    fn is_for(&self, account: &Account, client: &Client<'_>) -> bool {
        let user = |name: &String| {
            name.eq_ignore_ascii_case(account.upn.as_str())
                || account
                    .aliases
                    .iter()
                    .any(|alias| name.eq_ignore_ascii_case(alias.as_str()))
        };
        (self.users.is_empty() || self.users.iter().any(user))
            && (self.apps.is_empty() || self.apps.contains(&client.app))
    }
}

impl Settings {
    /// Whether the tenant's rules let this sign-in pass; the first that does not refuses it.
    ///
    /// # Errors
    /// The refusal, with the rule's name in its reason.
    pub fn admit(
        &self,
        account: &Account,
        person: &Person,
        client: &Client<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        for rule in self
            .conditional_access
            .iter()
            .filter(|rule| rule.is_for(account, client))
        {
            check(rule, account, person, client, (now, self.trusts_home_devices)).map_err(|refusal| {
                refusal
                    .with("resource", client.resource)
                    .with("policy", &rule.name)
            })?;
        }
        if self.security_defaults && !person.has(Method::Mfa) && !client.refreshing {
            let (entry, why) = match client.interactive {
                true => no_factor(account, true),
                false => (
                    &aadsts::SECURITY_DEFAULTS,
                    "this sign-in cannot do a second factor",
                ),
            };
            let why = format!("security defaults are on: {why}");
            return Err(Refusal::new(entry, why).with("resource", client.resource));
        }
        Ok(())
    }
}

fn check(
    rule: &Rule,
    account: &Account,
    person: &Person,
    client: &Client<'_>,
    (now, trusts_home_devices): (Timestamp, bool),
) -> Result<(), Refusal> {
    let refuse = |entry, why: &str| Err(Refusal::new(entry, format!("rule '{}': {why}", rule.name)));
    let age = now.since(person.at).as_secs();
    match &rule.control {
        Control::Block => refuse(&aadsts::BLOCKED, "blocks this user and application"),
        Control::Mfa { max_age } => mfa(rule, *max_age, account, person, client, now),
        // A guest's device is managed at home, and what home says of it counts only where it is trusted.
        Control::CompliantDevice
            if matches!(account.kind, AccountKind::Guest { .. }) && !trusts_home_devices =>
        {
            refuse(
                &aadsts::HOME_DEVICES_NOT_TRUSTED,
                "needs a compliant device, and devices of the guest's home tenant are not trusted",
            )
        }
        Control::CompliantDevice => refuse(
            &aadsts::DEVICE_NOT_COMPLIANT,
            "needs a compliant device and none was presented",
        )
        .map_err(|r: Refusal| r.with("state", "compliant")),
        Control::JoinedDevice => refuse(
            &aadsts::DEVICE_NOT_JOINED,
            "needs a joined device and none was presented",
        )
        .map_err(|r: Refusal| r.with("state", "domain joined")),
        Control::RegisteredDevice => refuse(
            &aadsts::DEVICE_AUTHENTICATION,
            "needs a registered device and none was presented",
        ),
        Control::ApprovedApp { apps } if !apps.contains(&client.app) => {
            refuse(&aadsts::APP_NOT_APPROVED, "the application is not on its list")
        }
        Control::ExternalChallenge => refuse(
            &aadsts::EXTERNAL_CHALLENGE,
            "needs another provider, which is not here",
        ),
        Control::SignInFrequency { seconds } if age > *seconds => {
            let why = format!("the sign-in is {age} s old and may be {seconds} s old");
            refuse(&aadsts::SIGN_IN_FREQUENCY, &why)
                .map_err(|r: Refusal| r.with("issued", person.at.rfc3339()).with("seconds", seconds))
        }
        Control::Reauthenticate if client.refreshing => refuse(
            &aadsts::REAUTHENTICATE,
            "wants a fresh sign-in and an earlier one was presented",
        ),
        Control::Platforms { allowed } if !allowed.iter().any(|os| contains(client.platform, os)) => refuse(
            &aadsts::PLATFORM_NOT_SUPPORTED,
            &format!("the platform '{}' is not listed", client.platform),
        ),
        Control::Suspicious => refuse(&aadsts::DEVICE_STATE_SUSPICIOUS, "judges the request suspicious"),
        Control::SecurityPolicy => refuse(&aadsts::SECURITY_POLICY, "blocks the request"),
        Control::ApprovedApp { .. }
        | Control::SignInFrequency { .. }
        | Control::Reauthenticate
        | Control::Platforms { .. } => Ok(()),
    }
}

fn contains(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

fn mfa(
    rule: &Rule,
    max_age: Option<u64>,
    account: &Account,
    person: &Person,
    client: &Client<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let refuse = |entry, why: &str| Err(Refusal::new(entry, format!("rule '{}': {why}", rule.name)));
    if person.has(Method::Mfa) {
        let age = now.since(person.at).as_secs();
        return match max_age {
            Some(most) if age > most => refuse(
                &aadsts::MFA_EXPIRED,
                &format!("the second factor is {age} s old and may be {most} s old"),
            ),
            _ => Ok(()),
        };
    }
    let (entry, why) = no_factor(account, client.interactive);
    refuse(entry, why)
}

/// By what somebody is refused who has not shown a second factor, and why.
fn no_factor(account: &Account, interactive: bool) -> (&'static aadsts::Entry, &'static str) {
    match (&account.mfa, interactive) {
        (Mfa::None, _) if account.risky => (
            &aadsts::PROOF_UP_BLOCKED,
            "the account is at risk and has no second factor yet",
        ),
        (Mfa::None, true) => (
            &aadsts::MFA_ENROLL_INTERRUPT,
            "the account has no second factor yet",
        ),
        (Mfa::None, false) => (&aadsts::MFA_ENROLL, "the account has no second factor yet"),
        (Mfa::Code { .. } | Mfa::Totp { .. }, true) => {
            (&aadsts::STRONG_AUTHENTICATION, "the second factor was not given")
        }
        (Mfa::Code { .. } | Mfa::Totp { .. }, false) => (
            &aadsts::MFA_REQUIRED,
            "a second factor is needed and nobody is there to give it",
        ),
    }
}
