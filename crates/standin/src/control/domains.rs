//! Domains of a tenant. The first is the initial one and stays.

use directory::{Domain, DomainKind, KIND_SETTINGS, Tenant, bind_domains};
use serde::Deserialize;
use serde_json::json;
use types::Host;
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};

/// Every domain, the initial one first.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    let users = |domain: &Domain| {
        let of = |upn: &types::Upn| upn.domain().eq_ignore_ascii_case(&domain.name);
        tenant
            .accounts()
            .filter(|account| !account.deleted && of(&account.upn))
            .count()
    };
    let domains: Vec<_> = tenant
        .settings
        .domains
        .iter()
        .enumerate()
        .map(|(at, domain)| {
            json!({ "name": domain.name, "kind": domain.kind, "initial": at == 0, "default": domain.name == tenant.settings.domain_of_new_users(), "users": users(domain) })
        })
        .collect();
    ok(&json!({ "domains": domains }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    #[serde(default)]
    kind: DomainKind,
}

/// Adds one; that it is the tenant's own is taken on trust.
pub(crate) async fn add(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let new: New = asked.json()?;
    let domain = Domain {
        name: new.name.to_ascii_lowercase(),
        kind: new.kind,
    };
    if !domain.name.contains('.') || domain.name.parse::<Host>().is_err() {
        return Err(Problem::bad(
            format!("`{}` is not a domain", new.name),
            "write it like contoso.com",
        ));
    }
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let mut settings = tenant.settings.clone();
            if settings.domain(&domain.name).is_some() {
                return Err(Problem::conflict(
                    format!("{} is a domain of this tenant already", domain.name),
                    "nothing needs to be done",
                ));
            }
            settings.domains.push(domain.clone());
            bind_domains(&settings, changes);
            changes.put(KIND_SETTINGS, id, &settings);
            Ok(())
        })
        .await?;
    created(&domain)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    kind: Option<DomainKind>,
    /// Whether new users get a name of it; there is always one such domain, so only `true` changes anything.
    #[serde(default)]
    default: bool,
}

/// Managed or federated; the domain of new users.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let change: Change = asked.json()?;
    let name = asked.param("domain").to_ascii_lowercase();
    let domain = asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let mut settings = tenant.settings.clone();
            let Some(at) = settings.domains.iter().position(|domain| domain.name == name) else {
                return Err(Problem::not_found(format!("{name} is no domain of this tenant")));
            };
            if at == 0 && change.kind.as_ref().is_some_and(|kind| *kind != DomainKind::Managed) {
                return Err(Problem::conflict(
                    "the initial domain cannot be federated: its users are the way in when the federation server is down",
                    "federate another domain",
                ));
            }
            if let (Some(kind), Some(domain)) = (&change.kind, settings.domains.get_mut(at)) {
                domain.kind = kind.clone();
            }
            if change.default {
                settings.new_users_at = Some(name.clone());
            }
            changes.put(KIND_SETTINGS, id, &settings);
            Ok(settings.domain(&name).cloned())
        })
        .await?;
    ok(&domain)
}

/// Removes one that nobody uses.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let name = asked.param("domain").to_ascii_lowercase();
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let mut settings = tenant.settings.clone();
            let at = settings.domains.iter().position(|domain| domain.name == name);
            let Some(at) = at else {
                return Err(Problem::not_found(format!("{name} is no domain of this tenant")));
            };
            if at == 0 {
                return Err(Problem::conflict(
                    "the initial domain stays",
                    "remove another one",
                ));
            }
            let has_it = |upn: &types::Upn| upn.domain().eq_ignore_ascii_case(&name);
            let user = tenant.accounts().find(|account| {
                !account.deleted && (has_it(&account.upn) || account.aliases.iter().any(has_it))
            });
            if let Some(user) = user {
                return Err(Problem::conflict(
                    format!("{} still has a name of it", user.upn),
                    "rename the users first",
                ));
            }
            settings.domains.remove(at);
            settings.new_users_at = settings.new_users_at.filter(|known| *known != name);
            changes.unbind(format!("domain:{name}"));
            changes.put(KIND_SETTINGS, id, &settings);
            Ok(())
        })
        .await?;
    done()
}
