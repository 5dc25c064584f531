//! Who comes in, and the page of who does not.

use std::sync::Arc;

use askama::Template;
use directory::Role;
use evidence::Decision;
use organization::{Org, Organizations, SystemUser, Turned, Visit};
use types::SystemUserId;

use super::trouble;
use crate::{
    frame::Frame,
    page::{Ask, Reply},
    shell,
    stop::Stop,
    text::shown,
};

/// Somebody who is in.
pub(super) struct Inside {
    all: Arc<Organizations>,
    user: SystemUserId,
}

impl Inside {
    /// Where, and as whom.
    ///
    /// # Errors
    /// A fault of ours.
    pub(super) fn here<'a>(&'a self, ask: &Ask<'_>) -> Result<(&'a Org, &'a SystemUser), Stop> {
        let org = self.all.at(&ask.call.host);
        org.and_then(|org| Some((org, org.user(self.user)?)))
            .ok_or_else(|| Stop::Broken("the user who came in is not there".into()))
    }
}

/// Opens for the visitor, or gives the page that says why not.
pub(super) async fn open(ask: &Ask<'_>) -> Result<Result<Inside, Reply>, Stop> {
    let visitor = ask.visitor()?;
    let (account, since) = (visitor.account.id, visitor.session.since);
    let organizations = &ask.portal.stage.organizations;
    let visit = organizations.visit(&ask.call.host, account, since, ask.call.peer);
    Ok(match visit.await? {
        Visit::In(all, user) => Ok(Inside { all, user }),
        Visit::Out(turned) => Err(refuse(ask, turned).await),
        Visit::Nowhere => Err(super::nowhere(ask).await),
    })
}

/// The Dynamics 365 admin center: its page of this organization's users and their security roles.
const ADMIN_CENTER: &str = "admin.powerplatform.microsoft.com";

#[derive(Template)]
#[template(path = "organization/door.html")]
struct View {
    frame: Frame,
    name: String,
    sentence: String,
    more: Option<String>,
    who: String,
    code: String,
    request: String,
    time: String,
    /// Who can cure it, and what they do.
    helpers: Vec<(String, String)>,
    cure: &'static str,
    roles: Option<String>,
    cause: Option<String>,
    again: String,
    help: &'static str,
}

async fn refuse(ask: &Ask<'_>, turned: Turned) -> Reply {
    let visitor = ask.visitor()?;
    let store = &ask.portal.stage.store;
    let all = store.view::<Organizations>(visitor.session.tenant).await?;
    let org = all.at(&ask.call.host);
    let inside = matches!(
        turned.cause,
        Some(
            "user-no-security-role"
                | "user-disabled-in-organization"
                | "user-access-mode-not-read-write"
                | "business-unit-disabled"
        )
    );
    let helpers = match (inside, org) {
        (true, Some(org)) => org
            .administrators()
            .map(|user| (user.full_name(), user.domain_name.clone()))
            .collect(),
        _ => environment_administrators(ask)?,
    };
    let cure = match turned.cause {
        Some("user-no-security-role") => {
            "Someone who can give security roles must give you one. These people can:"
        }
        Some("user-license-missing") => "You need a license for Dynamics 365. These people can give you one:",
        Some("user-not-in-security-group") => "These people can put you in the group:",
        Some("environment-admin-mode") => {
            "Only system administrators and customizers are let in for now. These people can end it:"
        }
        Some("organization-disabled") => "These people can switch it on:",
        _ => "These people can help:",
    };
    let more = match turned.cause {
        // The sentence of the real apps (facts/organization.md 6.5).
        Some("user-not-in-security-group") => Some(
            "You can't open apps in this environment. You are not a member of the environment's security group."
                .to_owned(),
        ),
        // In the administrator's own words.
        Some("environment-admin-mode") => org.and_then(|org| org.record.admin_mode_text.as_deref()).map(shown),
        _ => None,
    };
    let users = org.map(|org| format!("/organizations/{}/users", org.record.id));
    let view = View {
        frame: ask.frame(),
        name: org.map_or_else(|| ask.call.host.to_string(), |org| org.record.name.clone()),
        more,
        who: visitor.account.upn.to_string(),
        code: turned.code.clone().unwrap_or_default(),
        request: ask.call.request.to_string(),
        time: visitor.now.rfc3339_seconds(),
        helpers,
        cure,
        roles: users
            .filter(|_| inside)
            .map(|path| ask.address(ADMIN_CENTER, &path)),
        cause: turned.cause.map(|cause| ask.keyway(&format!("/causes/{cause}"))),
        again: ask.call.path.clone(),
        help: trouble::PATH,
        sentence: turned.sentence,
    };
    let decision = Decision::refused(turned.why).code(turned.code.unwrap_or_default());
    let decision = match turned.cause {
        Some(cause) => decision.cause(cause),
        None => decision,
    };
    shell::page(turned.status, &view, decision)
}

/// Those of the tenant who manage licenses, groups and environments.
fn environment_administrators(ask: &Ask<'_>) -> Result<Vec<(String, String)>, Stop> {
    let able = |role: &Role| {
        matches!(
            role,
            Role::GlobalAdministrator | Role::PowerPlatformAdministrator | Role::DynamicsAdministrator
        )
    };
    let people = ask.tenant()?.administrators().into_iter();
    Ok(people
        .filter(|one| one.roles.iter().any(able))
        .map(|one| (one.name, one.upn.to_string()))
        .collect())
}
