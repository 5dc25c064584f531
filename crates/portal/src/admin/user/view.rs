//! What a person's page shows.

use std::collections::BTreeSet;

use askama::Template;
use directory::{
    Account, AccountKind, Control, Mfa, NoReset, Role, Tenant,
    licenses::{SKUS, Service},
};
use evidence::Decision;
use http::StatusCode;
use types::{TenantId, Timestamp};

use super::{account, state};
use crate::{
    admin::{licenses, rights},
    frame::Frame,
    page::{Ask, Reply},
    shell,
    text::{moment, shown},
    visit::{Row, rows},
    wrong::Wrong,
};

/// More groups are not offered; a name can always be typed.
const MOST_GROUPS: usize = 100;

#[derive(Template)]
#[template(path = "admin/user/template.html")]
struct View {
    frame: Frame,
    id: String,
    name: String,
    /// The name that counts.
    upn: String,
    /// The other forms of it.
    aliases: Vec<String>,
    contact: String,
    mail: String,
    kind: String,
    state: &'static str,
    good: bool,
    enabled: bool,
    deleted: bool,
    locked: bool,
    member: bool,
    password: String,
    /// Where the password is kept and who resets it, when that is not here.
    elsewhere: Option<String>,
    /// The second factor is this tenant's: a guest shows one here too.
    has_own_factor: bool,
    factor: &'static str,
    has_factor: bool,
    required: bool,
    /// Part number and name.
    licenses: Vec<(String, String)>,
    more_licenses: Vec<(&'static str, &'static str)>,
    services: String,
    groups: Vec<String>,
    all_groups: Vec<String>,
    roles: Vec<(usize, &'static str)>,
    more_roles: Vec<(usize, &'static str)>,
    may_manage: bool,
    may_help: bool,
    sessions: Vec<Row>,
    /// Who may reset this one's password, when the visitor may not.
    helpers: &'static str,
}

pub(super) async fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let tenant = ask.tenant()?;
    let account = account(ask)?;
    let now = ask.visitor()?.now;
    let frame = ask.frame().with(wrong);
    let sessions = rows(ask, account).await?;
    let view = View::of(ask, frame, tenant, account, now, sessions);
    shell::page(StatusCode::OK, &view, Decision::served("a user’s page"))
}

impl View {
    fn of(
        ask: &Ask<'_>,
        frame: Frame,
        tenant: &Tenant,
        account: &Account,
        now: Timestamp,
        sessions: Vec<Row>,
    ) -> Self {
        let (state, good) = state(account, now);
        let helpers = rights::helpers_of(account);
        let services: Vec<_> = account.services().into_iter().map(Service::name).collect();
        let groups: BTreeSet<_> = tenant
            .accounts()
            .filter(|other| !other.deleted)
            .flat_map(|other| &other.groups)
            .filter(|group| !account.groups.contains(*group))
            .collect();
        let (held, more): (Vec<_>, Vec<_>) = Role::ALL
            .iter()
            .enumerate()
            .partition(|(_, (role, _))| account.roles.contains(role));
        let named = |list: Vec<(usize, &(Role, &'static str))>| {
            list.into_iter().map(|(at, (_, name))| (at, *name)).collect()
        };
        Self {
            frame,
            id: account.id.to_string(),
            name: shown(&account.name),
            upn: shown(account.upn.as_str()),
            aliases: account.aliases.iter().map(|name| shown(name.as_str())).collect(),
            contact: account.contact.as_deref().map(shown).unwrap_or_default(),
            mail: shown(account.mail_address()),
            kind: kind(account),
            state,
            good,
            enabled: account.enabled,
            deleted: account.deleted,
            locked: account.lockout.failures > 0 || account.lockout.until.is_some(),
            member: account.kind == AccountKind::Member,
            password: password(tenant, account),
            elsewhere: elsewhere(tenant, account),
            has_own_factor: !matches!(tenant.keeps_password(account), Err(NoReset::Federated(_))),
            factor: match account.mfa {
                Mfa::None => "None",
                Mfa::Code { .. } => "A fixed code, for tests",
                Mfa::Totp { .. } => "An authenticator app",
            },
            has_factor: account.mfa != Mfa::None,
            required: is_required(tenant, account),
            licenses: account
                .licenses
                .iter()
                .map(|id| (shown(id), licenses::name(id)))
                .collect(),
            more_licenses: SKUS
                .iter()
                .filter(|sku| !account.licenses.contains(sku.id))
                .map(|sku| (sku.id, sku.name))
                .collect(),
            services: services.join(", "),
            groups: account.groups.iter().map(|group| shown(group)).collect(),
            all_groups: groups
                .into_iter()
                .take(MOST_GROUPS)
                .map(|group| shown(group))
                .collect(),
            roles: named(held),
            more_roles: named(more),
            may_manage: rights::has(ask, rights::MANAGE),
            may_help: rights::has(ask, helpers),
            sessions,
            helpers: match helpers == rights::MANAGE {
                true => "a Global Administrator",
                false => "a Global Administrator or a Password Administrator",
            },
        }
    }
}

fn kind(account: &Account) -> String {
    match &account.kind {
        AccountKind::Member => "Member".to_owned(),
        AccountKind::Personal => "Personal Microsoft account".to_owned(),
        AccountKind::Guest { pending, .. } => {
            let from = account.invited_as.as_deref();
            let from = from.or(account.aliases.first().map(types::Upn::as_str));
            let answered = if *pending {
                "has not accepted yet"
            } else {
                "has accepted"
            };
            format!(
                "Guest, invited as {}; {answered}",
                shown(from.unwrap_or("somebody"))
            )
        }
    }
}

fn password(tenant: &Tenant, account: &Account) -> String {
    match (tenant.keeps_password(account), &account.password) {
        (Err(NoReset::Federated(_)), _) => {
            format!("Kept by the federation server of {}", account.upn.domain())
        }
        (Err(_), _) => "Kept at home, where the guest comes from".to_owned(),
        (Ok(()), None) => "None was set".to_owned(),
        (Ok(()), Some(password)) if password.must_change => {
            format!("Temporary, since {}; must be changed", moment(password.changed))
        }
        (Ok(()), Some(password)) if password.expired_on_premises => {
            "Expired in the on-premises directory".to_owned()
        }
        (Ok(()), Some(password)) => format!("Last changed {}", moment(password.changed)),
    }
}

/// Where the password is kept, when not here, and who can do something about it.
fn elsewhere(tenant: &Tenant, account: &Account) -> Option<String> {
    let no = tenant.keeps_password(account).err()?;
    Some(match (&no, &account.kind) {
        (NoReset::Federated(_), _) => format!(
            "The federation server of {} keeps the password and the second factor. Reset them there.",
            account.upn.domain()
        ),
        (_, AccountKind::Guest { home, .. }) if *home == TenantId::CONSUMERS => {
            "A Microsoft account keeps its own password. Only its owner can reset it, at account.live.com."
                .to_owned()
        }
        _ => {
            "The guest’s own organization keeps the password. Ask its administrators to reset it.".to_owned()
        }
    })
}

/// Whether a rule demands a second factor of this person, by name.
fn is_required(tenant: &Tenant, account: &Account) -> bool {
    tenant.settings.conditional_access.iter().any(|rule| {
        matches!(rule.control, Control::Mfa { .. })
            && rule.apps.is_empty()
            && rule
                .users
                .iter()
                .any(|user| user.eq_ignore_ascii_case(account.upn.as_str()))
    })
}
