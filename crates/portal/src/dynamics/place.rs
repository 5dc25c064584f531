//! The organization a page is about, and who may be there.

use std::sync::Arc;

use directory::{Account, Role};
use organization::{Org, Organizations};
use serde_json::Value;
use types::OrganizationId;

use crate::{
    page::{Ask, Reply},
    stop::{Stop, helpers},
    text::shown,
};

/// The roles of the directory that administer every organization.
pub(super) const MANAGE: &[Role] = &[
    Role::GlobalAdministrator,
    Role::PowerPlatformAdministrator,
    Role::DynamicsAdministrator,
];

/// Whether the visitor administers every organization here.
pub(super) fn manages(ask: &Ask<'_>) -> bool {
    ask.guest()
        .is_some_and(|visitor| MANAGE.iter().any(|role| visitor.account.roles.contains(role)))
}

/// Whether an account is a System Administrator of the organization, one who can work there.
fn is_administrator(org: &Org, account: &Account) -> bool {
    org.administrators().any(|user| user.object == Some(account.id))
}

/// The organizations of the visitor's tenant that the visitor administers.
pub(super) async fn all(ask: &Ask<'_>) -> Result<(Arc<Organizations>, Vec<OrganizationId>), Stop> {
    let visitor = ask.visitor()?;
    let all = ask
        .portal
        .stage
        .store
        .view::<Organizations>(visitor.tenant.id())
        .await?;
    let mine = all
        .iter()
        .filter(|org| manages(ask) || is_administrator(org, &visitor.account))
        .map(|org| org.record.id)
        .collect::<Vec<_>>();
    match mine.is_empty() && !manages(ask) {
        true => Err(Stop::NoRole(MANAGE)),
        false => Ok((all, mine)),
    }
}

/// The organization of the path, in the view it was found in.
pub(super) struct Place {
    all: Arc<Organizations>,
    id: OrganizationId,
}

impl Place {
    /// By id or unique name. Only the visitor's own tenant is looked into, whatever the path says.
    ///
    /// # Errors
    /// There is none, or it is for other people (row 003-30: they are named).
    pub(super) async fn of(ask: &Ask<'_>) -> Result<Self, Stop> {
        let visitor = ask.visitor()?;
        let all = ask
            .portal
            .stage
            .store
            .view::<Organizations>(visitor.tenant.id())
            .await?;
        let missing = || Stop::Missing("There is no such organization in your tenant".into());
        let text = ask.param("organization");
        let by_id = text.parse().ok().and_then(|id| all.get(id));
        let by_name = || {
            all.iter()
                .find(|org| org.record.unique_name.eq_ignore_ascii_case(text))
        };
        let org = by_id.or_else(by_name).ok_or_else(missing)?;
        let id = org.record.id;
        if !manages(ask) && !is_administrator(org, &visitor.account) {
            let mut people: Vec<_> = org
                .administrators()
                .map(|user| format!("{} ({})", user.full_name(), user.domain_name))
                .chain(helpers(visitor, MANAGE))
                .collect();
            people.sort();
            people.dedup();
            return Err(Stop::NotYours(people));
        }
        Ok(Self { all, id })
    }

    /// The organization.
    ///
    /// # Errors
    /// It left the view it was found in, which cannot be.
    pub(super) fn org(&self) -> Result<&Org, Stop> {
        self.all
            .get(self.id)
            .ok_or_else(|| Stop::Broken("an organization left its own view".into()))
    }

    /// What its pages begin with.
    ///
    /// # Errors
    /// As [`Place::org`].
    pub(super) fn tabs(&self, ask: &Ask<'_>) -> Result<Tabs, Stop> {
        let root = format!("/organizations/{}", self.id);
        let tabs = TABS.iter().map(|(tail, name)| {
            let path = format!("{root}{tail}");
            let here = path == ask.call.path;
            (path, *name, here)
        });
        Ok(Tabs {
            organization: shown(&self.org()?.record.name),
            tabs: tabs.collect(),
            root,
        })
    }

    /// Performs an operation on it; `named` is what else stands in the operation's path.
    ///
    /// # Errors
    /// What the API says.
    pub(super) async fn act(
        &self,
        ask: &Ask<'_>,
        operation: &str,
        named: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, Stop> {
        let (tenant, id) = (ask.tenant()?.id().to_string(), self.id.to_string());
        let mut all = vec![("tenant", tenant.as_str()), ("organization", id.as_str())];
        all.extend_from_slice(named);
        ask.act(operation, &all, body).await
    }

    /// Back to a page of it after something was done.
    pub(super) fn done(&self, ask: &Ask<'_>, tail: &str, said: String) -> Reply {
        Ok(ask.done(&format!("/organizations/{}{tail}", self.id), said))
    }
}

/// The pages of an organization, as `tabs.html` shows them.
pub(super) struct Tabs {
    pub(super) organization: String,
    pub(super) root: String,
    /// Address, name, whether one is there.
    pub(super) tabs: Vec<(String, &'static str, bool)>,
}

const TABS: &[(&str, &str)] = &[
    ("", "Overview"),
    ("/users", "Users"),
    ("/applications", "Application users"),
    ("/roles", "Security roles"),
    ("/units", "Business units"),
];
