//! The page that asks for consent: what is asked, by whom, and for whom (facts/identity.md 2.7 and 2.8).

use std::collections::BTreeSet;

use askama::Template;
use directory::Tenant;
use types::AppId;

use super::{Known, Scene, Shown};
use crate::{
    Service,
    application::Caller,
    first_party,
    pages::Sheet,
    resource::{Reserved, Resource},
    stop::Done,
};

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    sheet: Sheet,
    permissions: &'a [Permission],
    publisher: &'a str,
    verified: bool,
    id: AppId,
    back: Option<String>,
    organization: &'a str,
    for_all: bool,
    may_choose_all: bool,
}

/// One permission in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) title: String,
    pub(crate) detail: String,
}

/// What consent is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) permissions: &'a [Permission],
    /// For everybody in the tenant, whatever is ticked.
    pub(crate) for_all: bool,
    /// The person may tick it.
    pub(crate) may_choose_all: bool,
}

/// Who stands behind an application.
pub(crate) struct Publisher {
    pub(crate) name: String,
    /// Only Microsoft's own are known to be whose they say.
    pub(crate) verified: bool,
}

impl Service {
    /// The tenant that keeps the application.
    pub(crate) async fn publisher(&self, caller: &Caller) -> Done<Publisher> {
        if first_party::site(caller.app.id).is_some() {
            return Ok(Publisher {
                name: "Microsoft".to_owned(),
                verified: true,
            });
        }
        let home = self.parts.store.view::<Tenant>(caller.home).await?;
        let (name, domain) = (&home.settings.name, home.settings.default_domain());
        Ok(Publisher {
            name: format!("{name}, {domain}"),
            verified: false,
        })
    }

    /// The page.
    pub(crate) async fn consent_page(
        &self,
        scene: &Scene<'_>,
        known: &Known,
        wanted: &Wanted<'_>,
    ) -> Done<Shown> {
        let publisher = self.publisher(scene.caller).await?;
        let (sheet, opened) = self.sheet(scene, Some(known), None)?;
        let page = ConsentPage {
            sheet,
            permissions: wanted.permissions,
            publisher: &publisher.name,
            verified: publisher.verified,
            id: scene.caller.app.id,
            back: scene.target.map(crate::redirect::Target::origin),
            organization: &known.located.tenant.settings.name,
            for_all: wanted.for_all,
            may_choose_all: wanted.may_choose_all && !wanted.for_all,
        };
        let (upn, app) = (&known.person.upn, &scene.caller.app.name);
        self.shown(scene, &page, &opened, None, || {
            format!("{upn} is asked to consent to '{app}'")
        })
    }
}

fn words(title: impl Into<String>, detail: &str) -> Permission {
    Permission {
        title: title.into(),
        detail: detail.to_owned(),
    }
}

/// Permissions in words; the wording of the service is unverified (facts/identity.md 2.7).
pub(crate) fn permissions(
    resource: &Resource,
    scopes: &BTreeSet<String>,
    reserved: Reserved,
) -> Vec<Permission> {
    let profile = words(
        "Sign you in and read your profile",
        "The app can sign you in and read your name and your work address.",
    );
    let mut all: Vec<Permission> = scopes
        .iter()
        .map(|scope| match (resource.app, scope.as_str()) {
            (AppId::DATAVERSE, "user_impersonation") => words(
                "Access Common Data Service as organization users",
                "The app can read and change what you can in Dynamics 365, with the security roles that you have.",
            ),
            (AppId::GRAPH, "User.Read") => profile.clone(),
            (_, scope) => words(format!("{scope} on {}", resource.name), ""),
        })
        .collect();
    if reserved.offline_access {
        all.push(words(
            "Maintain access to data you have given it access to",
            "The app keeps its access also when you are not using it.",
        ));
    }
    if all.is_empty() {
        all.push(profile);
    }
    all
}
