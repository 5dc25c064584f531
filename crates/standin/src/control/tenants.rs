//! Tenants: list, copy, delete, put back, set up.

use directory::{KIND_SETTINGS, Settings, Tenant, bind_domains};
use http::StatusCode;
use organization::Organizations;
use serde::Deserialize;
use serde_json::{Value, json};
use types::{Form, TenantId};
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};
use crate::{
    merge::merge,
    state::{CopyError, INITIAL},
    world::sheet::{region_of, state_of},
};

/// Every tenant, in short.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let mut tenants = Vec::new();
    for id in asked.state.store.tenants().await? {
        let tenant = asked.state.store.view::<Tenant>(id).await?;
        tenants.push(json!({
            "id": id,
            "name": tenant.settings.name,
            "domain": tenant.settings.default_domain(),
            "world": asked.state.ready.tenants.iter().any(|known| known.id == id),
        }));
    }
    ok(&json!({ "tenants": tenants }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    template: String,
}

/// A copy of a template. Its passwords and secrets are the template's, shown here and nowhere else.
pub(crate) async fn create(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let new: New = asked.json()?;
    match asked.state.copy(&new.template).await {
        Ok(sheet) => created(&sheet),
        Err(CopyError::Store(error)) => Err(error.into()),
        Err(error @ CopyError::Unknown { .. }) => Err(Problem::bad(error.to_string(), "name one of those")),
        Err(error) => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            error.to_string(),
            "try again; nothing was created",
        )),
    }
}

/// One tenant, without what is secret.
pub(crate) async fn get(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let tenant = asked.state.store.view::<Tenant>(id).await?;
    let registrations = asked.state.store.view::<authority::Registrations>(id).await?;
    let organizations = asked.state.store.view::<Organizations>(id).await?;
    let mut users: Vec<_> = tenant
        .accounts()
        .map(|account| json!({ "upn": account.upn, "id": account.id, "name": account.name }))
        .collect();
    users.sort_by_key(|user| user["upn"].to_string());
    let mut apps: Vec<_> = registrations
        .apps()
        .map(|app| json!({ "name": app.name, "client_id": app.id }))
        .collect();
    apps.sort_by_key(|app| app["name"].to_string());
    let organizations: Vec<_> = organizations
        .iter()
        .map(|org| organization(asked, id, &org.record))
        .collect();
    ok(&json!({
        "id": id,
        "domain": tenant.settings.default_domain(),
        "name": tenant.settings.name,
        "users": users,
        "apps": apps,
        "organizations": organizations,
    }))
}

/// An organization as the ready file shows it.
pub(super) fn organization(
    asked: &Asked<'_>,
    tenant: TenantId,
    record: &organization::Organization,
) -> Value {
    json!({
        "id": record.id,
        "unique_name": record.unique_name,
        "name": record.name,
        "url": Form::Localhost { port: asked.state.port }.url(&record.host, "/"),
        "true_url": Form::True.url(&record.host, "/"),
        "region": region_of(&asked.state.regions, &record.host),
        "state": state_of(record.state, record.admin_mode),
        "environment": record.environment,
        "kind": if record.sandbox { "sandbox" } else { "production" },
        "security_group": record.security_group,
        "session_rule": record.session_rule,
        "sessions": record.sessions,
        "tenant": tenant,
    })
}

/// Gone, with everything in it.
pub(crate) async fn delete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    asked.state.store.delete_tenant(asked.tenant().await?).await?;
    done()
}

/// As the world made it: accounts, applications, organizations, settings, clock; what was issued is gone.
pub(crate) async fn reset(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    put_back(asked, id, INITIAL).await
}

/// All of them.
pub(crate) async fn reset_all(asked: &Asked<'_>) -> Result<Answer, Problem> {
    for id in asked.state.store.tenants().await? {
        asked.state.store.restore(id, INITIAL).await?;
        asked.state.organizations.forget(id);
    }
    done()
}

/// The names of what is remembered.
pub(crate) async fn snapshots(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let names = asked.state.store.snapshots(asked.tenant().await?).await?;
    let shown: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    ok(&json!({ "snapshots": shown }))
}

/// Remembers.
pub(crate) async fn snapshot(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let name = asked.param("name");
    if name == INITIAL {
        return Err(Problem::conflict(
            "the snapshot `initial` is how the tenant was made, and stays",
            "choose another name",
        ));
    }
    if name.len() > 100 {
        return Err(Problem::bad(
            "the snapshot's name is longer than 100 characters",
            "choose a shorter one",
        ));
    }
    asked.state.store.snapshot(id, name).await?;
    done()
}

/// Puts back.
pub(crate) async fn restore(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    put_back(asked, id, asked.param("name")).await
}

async fn put_back(asked: &Asked<'_>, id: TenantId, name: &str) -> Result<Answer, Problem> {
    match asked.state.store.restore(id, name).await? {
        true => {
            asked.state.organizations.forget(id);
            done()
        }
        false => Err(Problem::not_found(format!(
            "there is no snapshot `{name}` of this tenant; PUT it first"
        ))),
    }
}

/// How it is set up.
pub(crate) async fn settings(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    ok(&tenant.settings)
}

/// Changes it.
pub(crate) async fn change_settings(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let patch: Value = asked.json()?;
    if patch.get("id").is_some() {
        return Err(Problem::bad("a tenant's id cannot be changed", "leave `id` out"));
    }
    let settings = asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let mut whole = serde_json::to_value(&tenant.settings)?;
            merge(&mut whole, &patch);
            let settings: Settings = serde_json::from_value(whole)?;
            for gone in &tenant.settings.domains {
                changes.unbind(format!("domain:{}", gone.name));
            }
            if let Some(bad) = settings
                .domains
                .iter()
                .find(|domain| domain.name != domain.name.to_ascii_lowercase())
            {
                return Err(Problem::bad(
                    format!("the domain `{}` is not in lower case", bad.name),
                    "write it in lower case",
                ));
            }
            bind_domains(&settings, changes);
            changes.put(KIND_SETTINGS, id, &settings);
            Ok(settings)
        })
        .await?;
    ok(&settings)
}
