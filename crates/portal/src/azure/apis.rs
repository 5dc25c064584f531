//! The APIs that a registration can ask permissions of (facts/identity.md 2.7): Microsoft's that are played here, and
//! the tenant's own.

use authority::Registrations;
use types::AppId;

use crate::text::shown;

/// An API.
pub(super) struct Api {
    pub(super) id: AppId,
    pub(super) name: String,
    /// Other names by which people search it, and what it is.
    pub(super) about: String,
    /// One of the tenant's own.
    pub(super) own: bool,
    pub(super) scopes: Vec<Scope>,
}

/// A delegated permission.
pub(super) struct Scope {
    pub(super) value: String,
    pub(super) about: String,
}

type Known = (
    AppId,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// Microsoft's. The words of permissions are unverified, but for Dataverse's scope (facts/identity.md 2.7).
const MICROSOFT: &[Known] = &[
    (
        AppId::GRAPH,
        "Microsoft Graph",
        "People, mail and files of Office 365, Enterprise Mobility + Security, and Windows",
        &[
            ("User.Read", "Sign in and read user profile"),
            ("User.ReadBasic.All", "Read all users’ basic profiles"),
            ("Mail.Read", "Read user mail"),
            ("Mail.Send", "Send mail as a user"),
            ("Directory.Read.All", "Read directory data"),
        ],
    ),
    (
        AppId::DATAVERSE,
        "Dynamics CRM",
        "Common Data Service, Dataverse: business software for sales and service; Dynamics 365 organizations",
        &[(
            "user_impersonation",
            "Access Common Data Service as organization users",
        )],
    ),
    (
        AppId::AZURE_MANAGEMENT,
        "Azure Service Management",
        "Programmatic access to much of the functionality of this portal",
        &[(
            "user_impersonation",
            "Access Azure Service Management as organization users",
        )],
    ),
];

/// Every API, Microsoft's first.
pub(super) fn all(here: &Registrations) -> Vec<Api> {
    let microsoft = MICROSOFT.iter().map(|(id, name, about, scopes)| Api {
        id: *id,
        name: (*name).to_owned(),
        about: (*about).to_owned(),
        own: false,
        scopes: scopes
            .iter()
            .map(|(value, about)| Scope {
                value: (*value).to_owned(),
                about: (*about).to_owned(),
            })
            .collect(),
    });
    let mut own: Vec<_> = here
        .apps()
        .filter(|app| !app.exposes.is_empty())
        .map(|app| Api {
            id: app.id,
            name: shown(&app.name),
            about: app
                .identifier_uris
                .first()
                .map_or_else(|| format!("api://{}", app.id), |uri| shown(uri)),
            own: true,
            scopes: app
                .exposes
                .iter()
                .map(|scope| Scope {
                    value: shown(scope),
                    about: format!("{} on {}", shown(scope), shown(&app.name)),
                })
                .collect(),
        })
        .collect();
    own.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    microsoft.chain(own).collect()
}

/// One of them.
pub(super) fn find(here: &Registrations, id: AppId) -> Option<Api> {
    all(here).into_iter().find(|api| api.id == id)
}

/// What an API is called; its id, where nobody knows it.
pub(super) fn name(here: &Registrations, id: AppId) -> String {
    match find(here, id) {
        Some(api) => api.name,
        None => here
            .app(id)
            .map_or_else(|| id.to_string(), |app| shown(&app.name)),
    }
}

/// What a permission means.
pub(super) fn about(here: &Registrations, id: AppId, scope: &str) -> String {
    let api = find(here, id);
    let found = api.and_then(|api| api.scopes.into_iter().find(|known| known.value == scope));
    found.map_or_else(String::new, |known| known.about)
}
