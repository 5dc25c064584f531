//! What the pages of registrations share: which registration, who may manage it, the menu beside it.

use std::sync::Arc;

use authority::{App, Audience, Platform, Registrations};
use directory::{Account, AccountKind, Role, Settings};
use serde_json::Value;
pub(super) use standin::check::day;
use types::AppId;

use crate::{page::Ask, stop::Stop, text::shown, visit::Visitor};

/// Who may manage every application and consent for the tenant.
pub(super) const MANAGERS: &[Role] = &[Role::GlobalAdministrator, Role::ApplicationAdministrator];

/// Whether an account may manage every application.
pub(super) fn manages_all(account: &Account) -> bool {
    MANAGERS.iter().any(|role| account.roles.contains(role))
}

/// Why an account may not register applications; nothing when it may (row 004-02).
pub(super) fn hindrance_to_register(settings: &Settings, account: &Account) -> Option<&'static str> {
    match account.kind {
        _ if manages_all(account) => None,
        AccountKind::Member if settings.users_may_register_apps => None,
        AccountKind::Member => Some("“Users can register applications” is set to No in this directory"),
        _ => Some("a guest of this directory cannot register applications in it"),
    }
}

/// Whether somebody can be asked.
fn is_here(account: &Account) -> bool {
    account.enabled && !account.deleted
}

fn named(account: &Account) -> String {
    format!("{} ({})", account.name, account.upn)
}

/// The people who may, by name, with their addresses.
pub(super) fn managers(visitor: &Visitor) -> Vec<String> {
    let may = |account: &&Account| is_here(account) && manages_all(account);
    let mut people: Vec<_> = visitor.tenant.accounts().filter(may).map(named).collect();
    people.sort();
    people
}

/// Whether the visitor may manage a registration: its owners and the administrators of applications.
pub(super) fn manages(visitor: &Visitor, app: &App) -> bool {
    manages_all(&visitor.account) || app.owners.contains(&visitor.account.id)
}

/// What lives in the visitor's tenant.
pub(super) async fn registrations(ask: &Ask<'_>) -> Result<Arc<Registrations>, Stop> {
    let tenant = ask.tenant()?.id();
    Ok(ask.portal.stage.store.view::<Registrations>(tenant).await?)
}

/// The registration of a page's path, as it is now.
pub(super) struct Desk {
    pub(super) app: App,
    pub(super) here: Arc<Registrations>,
    /// The tenant's id, as operations are told it.
    pub(super) tenant: String,
}

impl Desk {
    /// Opens it for whoever may manage it.
    ///
    /// # Errors
    /// There is none, or somebody else's.
    pub(super) async fn open(ask: &Ask<'_>) -> Result<Self, Stop> {
        let missing = || Stop::Missing("There is no such registration in this directory".into());
        let id: AppId = ask.param("app").parse().map_err(|_| missing())?;
        let here = registrations(ask).await?;
        let app = here.app(id).ok_or_else(missing)?.clone();
        let visitor = ask.visitor()?;
        if !manages(visitor, &app) {
            let tenant = &visitor.tenant;
            let owners = app.owners.iter().filter_map(|id| tenant.account(*id));
            let mut people: Vec<_> = owners.filter(|account| is_here(account)).map(named).collect();
            people.extend(managers(visitor));
            people.sort();
            people.dedup();
            return Err(Stop::NotYours(people));
        }
        Ok(Self {
            app,
            here,
            tenant: visitor.tenant.id().to_string(),
        })
    }

    /// Where one of its pages is: `""` is the overview.
    pub(super) fn at(&self, page: &str) -> String {
        format!("/apps/{}{page}", self.app.id)
    }

    /// An operation on it.
    pub(super) async fn act(&self, ask: &Ask<'_>, operation: &str, body: &Value) -> Result<Value, Stop> {
        let app = self.app.id.to_string();
        ask.act(operation, &[("tenant", &self.tenant), ("app", &app)], body)
            .await
    }

    /// The menu, on one of its pages.
    pub(super) fn menu(&self, here: &str) -> Menu {
        let items = ITEMS.iter().map(|(path, name)| Item {
            url: self.at(path),
            name,
            here: *path == here,
        });
        Menu {
            name: shown(&self.app.name),
            items: items.collect(),
        }
    }
}

/// The pages of a registration.
const ITEMS: &[(&str, &str)] = &[
    ("", "Overview"),
    ("/branding", "Branding & properties"),
    ("/authentication", "Authentication"),
    ("/secrets", "Certificates & secrets"),
    ("/permissions", "API permissions"),
    ("/expose", "Expose an API"),
    ("/owners", "Owners"),
    ("/manifest", "Manifest"),
    ("/check", "Check my settings"),
];

/// The menu beside a registration.
pub(super) struct Menu {
    pub(super) name: String,
    pub(super) items: Vec<Item>,
}

/// An entry of it.
pub(super) struct Item {
    pub(super) url: String,
    pub(super) name: &'static str,
    pub(super) here: bool,
}

/// Supported account types, in the portal's words.
pub(super) fn audience_words(audience: Audience, organization: &str) -> String {
    match audience {
        Audience::AzureADMyOrg => {
            format!("Accounts in this organizational directory only ({organization} only - Single tenant)")
        }
        Audience::AzureADMultipleOrgs => {
            "Accounts in any organizational directory (Any Microsoft Entra ID tenant - Multitenant)".to_owned()
        }
        Audience::AzureADandPersonalMicrosoftAccount => {
            "Accounts in any organizational directory (Any Microsoft Entra ID tenant - Multitenant) and personal \
             Microsoft accounts (e.g. Skype, Xbox)"
                .to_owned()
        }
        Audience::PersonalMicrosoftAccount => "Personal Microsoft accounts only".to_owned(),
    }
}

/// Each audience by the word that forms send.
pub(super) const AUDIENCES: [(&str, Audience); 4] = [
    ("AzureADMyOrg", Audience::AzureADMyOrg),
    ("AzureADMultipleOrgs", Audience::AzureADMultipleOrgs),
    (
        "AzureADandPersonalMicrosoftAccount",
        Audience::AzureADandPersonalMicrosoftAccount,
    ),
    ("PersonalMicrosoftAccount", Audience::PersonalMicrosoftAccount),
];

/// Each platform by the word that forms send, and in the portal's words.
pub(super) const PLATFORMS: [(&str, Platform, &str); 3] = [
    ("web", Platform::Web, "Web"),
    ("spa", Platform::Spa, "Single-page application (SPA)"),
    (
        "public-client",
        Platform::PublicClient,
        "Public client/native (mobile & desktop)",
    ),
];

/// The choices of supported account types on a form.
pub(super) fn audience_choices(chosen: Audience, organization: &str) -> Vec<Choice> {
    AUDIENCES
        .iter()
        .map(|(value, audience)| Choice {
            value,
            words: audience_words(*audience, organization),
            chosen: *audience == chosen,
        })
        .collect()
}

/// One of several.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) words: String,
    pub(super) chosen: bool,
}

/// What a tenant is called.
pub(super) fn organization(ask: &Ask<'_>) -> Result<String, Stop> {
    Ok(shown(&ask.tenant()?.settings.name))
}
