//! The apps that a person's licenses and roles give: the welcome page's tiles and the app launcher's entries are the same
//! (rows 003-12, 003-14 and 003-17).

use directory::{Account, AccountKind, licenses::Service};
use types::TenantId;

/// An app, and where it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) host: &'static str,
    pub(crate) path: &'static str,
}

const fn app(name: &'static str, about: &'static str, host: &'static str, path: &'static str) -> App {
    App {
        name,
        about,
        host,
        path,
    }
}

const OFFICE: &str = "portal.office.com";

/// Where the launcher leads everybody with a work account.
const START: App = app("Office 365", "The welcome page", OFFICE, "/");

/// What each service opens.
const BY_LICENSE: &[(Service, App)] = &[
    (
        Service::Exchange,
        app("Outlook", "Mail and calendar", OFFICE, "/app/outlook"),
    ),
    (
        Service::OneDrive,
        app("OneDrive", "Your files", OFFICE, "/app/onedrive"),
    ),
    (Service::Word, app("Word", "Documents", OFFICE, "/app/word")),
    (
        Service::SharePoint,
        app(
            "SharePoint",
            "Sites of your organization",
            OFFICE,
            "/app/sharepoint",
        ),
    ),
    (
        Service::Dynamics365,
        app(
            "Dynamics 365",
            "Sales, service and more",
            "home.dynamics.com",
            "/",
        ),
    ),
    (
        Service::SocialEngagement,
        app(
            "Social Engagement",
            "What people say of you",
            "listening.microsoft.com",
            "/",
        ),
    ),
];

/// What administrators get beside that.
const ADMIN: &[App] = &[
    app(
        "Admin",
        "Users, licenses and service health",
        "admin.microsoft.com",
        "/",
    ),
    app("Azure", "App registrations", "portal.azure.com", "/"),
];

/// The app launcher's entries. A Microsoft account, invited or not, has none: the sites take work accounts.
pub(crate) fn launcher(account: &Account) -> Vec<App> {
    let work = match account.kind {
        AccountKind::Member => true,
        AccountKind::Guest { home, .. } => home != TenantId::CONSUMERS,
        AccountKind::Personal => false,
    };
    let start = work.then_some(START);
    start.into_iter().chain(of(account)).collect()
}

/// The apps of an account, in the order they are shown. A guest is somebody else there: the sites sign in the account at
/// home, with the licenses and roles of home.
pub(crate) fn of(account: &Account) -> Vec<App> {
    if account.kind != AccountKind::Member {
        return Vec::new();
    }
    let licensed = BY_LICENSE.iter().filter(|(service, _)| account.may_use(*service));
    let admin: &[App] = match account.is_administrator() {
        true => ADMIN,
        false => &[],
    };
    licensed
        .map(|(_, app)| *app)
        .chain(admin.iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::Role;
    use types::{ObjectId, Uuid};

    #[test]
    fn tiles_follow_licenses_and_roles() {
        let id = ObjectId::new(Uuid::nil());
        let mut anna = Account::new(id, "anna@contoso.com".parse().unwrap(), "Anna");
        let names = |account: &Account| of(account).iter().map(|app| app.name).collect::<Vec<_>>();
        assert!(names(&anna).is_empty());
        anna.licenses.insert("DYN365".into());
        assert_eq!(names(&anna), ["Dynamics 365"]);
        anna.licenses.insert("ENTERPRISEPACK".into());
        assert_eq!(
            names(&anna),
            ["Outlook", "OneDrive", "Word", "SharePoint", "Dynamics 365"]
        );
        anna.licenses.clear();
        anna.roles.insert(Role::GlobalAdministrator);
        assert_eq!(names(&anna), ["Admin", "Azure"]);
    }

    #[test]
    fn the_launcher_offers_nothing_that_would_refuse_a_guest() {
        let id = ObjectId::new(Uuid::nil());
        let mut rosa = Account::new(id, "rosa@contoso.com".parse().unwrap(), "Rosa");
        rosa.licenses.insert("DYN365".into());
        let guest = |home| AccountKind::Guest { home, pending: false };
        let elsewhere = TenantId::new(Uuid::nil());
        for (kind, offered) in [
            (AccountKind::Member, &["Office 365", "Dynamics 365"][..]),
            (guest(elsewhere), &["Office 365"]),
            (guest(TenantId::CONSUMERS), &[]),
            (AccountKind::Personal, &[]),
        ] {
            rosa.kind = kind.clone();
            let names: Vec<_> = launcher(&rosa).iter().map(|app| app.name).collect();
            assert_eq!(names, offered, "{kind:?}");
        }
    }
}
