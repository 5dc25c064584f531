//! Microsoft's own sites, as applications of the sign-in service: nobody registers them, nobody consents to them,
//! and each takes its visitors back at one address of its own host.
//!
//! To add a site: its line in [`SITES`].

use std::sync::Arc;

use types::{AppId, Form, Host, ObjectId, TenantId, Uuid};
use wire::{Call, form::Params};

use crate::{App, Audience, Principal, Redirects, Registrations, Service, application::Caller, stop::Done};

/// Where every site takes its visitors back.
pub const CALLBACK: &str = "/signin-oidc";

/// A site whose visitors sign in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its client id. Only Dataverse's is sourced (facts/identity.md 2.7); the others are ours.
    pub app: AppId,
    /// What the sign-in page calls it.
    pub name: &'static str,
    /// Its host; none is every organization's own.
    pub host: Option<&'static str>,
    /// Whose accounts it takes.
    pub audience: Audience,
}

const fn id(value: u128) -> AppId {
    AppId::new(Uuid::from_u128(value))
}

/// Every site.
pub const SITES: &[Site] = &[
    Site {
        app: AppId::DATAVERSE,
        name: "Dynamics 365",
        host: None,
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000001),
        name: "Office 365",
        host: Some("portal.office.com"),
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000002),
        name: "Dynamics 365 home",
        host: Some("home.dynamics.com"),
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000003),
        name: "Office 365 Admin Center",
        host: Some("admin.microsoft.com"),
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000004),
        name: "Dynamics 365 admin center",
        host: Some("admin.powerplatform.microsoft.com"),
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000005),
        name: "Azure Portal",
        host: Some("portal.azure.com"),
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000006),
        name: "Microsoft Social Engagement",
        host: Some("listening.microsoft.com"),
        audience: Audience::AzureADMultipleOrgs,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000007),
        name: "Microsoft account",
        host: Some("account.live.com"),
        audience: Audience::PersonalMicrosoftAccount,
    },
    Site {
        app: id(0x6b657977_6179_8001_8000_000000000008),
        name: "Invitations",
        host: Some("invitations.microsoft.com"),
        audience: Audience::AzureADandPersonalMicrosoftAccount,
    },
];

/// The site with this client id.
pub(crate) fn site(app: AppId) -> Option<&'static Site> {
    SITES.iter().find(|site| site.app == app)
}

impl Service {
    /// The site behind a client id, with the one address it may be answered at.
    pub(crate) async fn first_party(&self, call: &Call, app: AppId) -> Done<Option<Caller>> {
        let Some(site) = site(app) else {
            return Ok(None);
        };
        let host = match site.host {
            Some(host) => Some(host.to_owned()),
            None => self.organization_asking(call).await?,
        };
        let mut app = App::new(site.app, ObjectId::new(site.app.uuid()), site.name);
        app.audience = site.audience;
        app.redirects = Redirects {
            public_client: host
                .map(|host| format!("https://{host}{CALLBACK}"))
                .into_iter()
                .collect(),
            ..Redirects::default()
        };
        Ok(Some(Caller {
            app: Arc::new(app),
            home: TenantId::MICROSOFT,
            registrations: Arc::new(Registrations::default()),
        }))
    }

    /// The organization that sent the browser here, if there is one at the redirect URI's host.
    async fn organization_asking(&self, call: &Call) -> Done<Option<String>> {
        let sent = [call.query.as_bytes(), call.body.as_ref()]
            .into_iter()
            .filter_map(|text| Params::parse(text).ok())
            .find_map(|params| params.some("redirect_uri").map(Form::undress));
        let host = sent
            .and_then(|uri| url::Url::parse(&uri).ok())
            .and_then(|uri| uri.host_str()?.parse::<Host>().ok());
        let Some(host) = host else { return Ok(None) };
        let known = self.parts.store.tenant_of(&format!("host:{host}")).await?;
        Ok(known.map(|_| host.to_string()))
    }
}

/// A site as a tenant uses it that has no record of it: every tenant does, from the beginning.
pub(crate) fn principal(caller: &Caller) -> Option<Arc<Principal>> {
    let site = site(caller.app.id)?;
    Some(Arc::new(Principal {
        app: site.app,
        id: ObjectId::new(site.app.uuid()),
        home: TenantId::MICROSOFT,
        name: site.name.to_owned(),
        enabled: true,
        assignment_required: false,
        assigned: std::collections::BTreeSet::new(),
    }))
}
