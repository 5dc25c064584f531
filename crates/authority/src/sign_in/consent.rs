//! The page that asks for consent: what is asked, by whom, and for whom (facts/identity.md 2.7 and 2.8).

use std::collections::BTreeSet;

use askama::Template;
use directory::{Tenant, audit};
use store::StoreError;
use types::{AppId, ObjectId};

use super::{Known, Scene, Shown};
use crate::{
    Consent, KIND_CONSENT, KIND_PRINCIPAL, Principal, Registrations, Service,
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

    /// Records consent, for everybody or for the person alone, and who gave it. Makes the service principal if this is
    /// the application's first in the tenant.
    pub(crate) async fn grant_consent(
        &self,
        caller: &Caller,
        known: &Known,
        for_all: bool,
        resource: &Resource,
        scopes: &BTreeSet<String>,
    ) -> Done<()> {
        let (tenant, chance) = (&known.located.tenant, &*self.parts.chance);
        let user = (!for_all).then_some(known.located.account.id);
        let fresh = ObjectId::new(chance.uuid());
        let names: Vec<_> = scopes.iter().map(String::as_str).collect();
        let asked = match names.as_slice() {
            [] => "to sign in".to_owned(),
            names => format!("{} of {}", names.join(", "), resource.name),
        };
        let whom = if for_all { "everybody" } else { "themselves" };
        let entry = audit::Entry {
            at: tenant.now(&*self.parts.clock),
            actor: known.person.upn.to_string(),
            operation: "grantConsent".to_owned(),
            target: caller.app.id.to_string(),
            what: format!("Consented for {whom} to '{}': {asked}", caller.app.name),
            done: true,
        };
        self.parts
            .store
            .update::<Registrations, _, StoreError>(tenant.id(), |here, changes| {
                if here.principal(caller.app.id).is_none() {
                    let principal = Principal {
                        app: caller.app.id,
                        id: fresh,
                        home: caller.home,
                        name: caller.app.name.clone(),
                        enabled: true,
                        assignment_required: false,
                        assigned: BTreeSet::new(),
                    };
                    changes.put(KIND_PRINCIPAL, caller.app.id, &principal);
                }
                let mut all = here.granted(caller.app.id, resource.app, user);
                all.extend(scopes.iter().cloned());
                let consent = Consent {
                    app: caller.app.id,
                    resource: resource.app,
                    user,
                    scopes: all,
                };
                changes.put(KIND_CONSENT, consent.key(), &consent);
                audit::append(changes, &entry, chance);
                Ok(())
            })
            .await?;
        Ok(())
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
