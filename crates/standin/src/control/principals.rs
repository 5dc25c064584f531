//! Enterprise applications and consents: how a tenant uses applications, its own and others'.

use std::collections::BTreeSet;

use authority::{Consent, KIND_CONSENT, KIND_PRINCIPAL, Principal, Registrations};
use directory::Tenant;
use serde::Deserialize;
use serde_json::{Value, json};
use types::{AppId, ObjectId, TenantId, Upn};
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};
use crate::merge::merge;

/// Every enterprise application.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let records = asked.state.store.records(asked.tenant().await?).await?;
    let principals: Vec<Principal> = records
        .iter()
        .filter(|record| record.kind == KIND_PRINCIPAL)
        .map(store::Record::read)
        .collect::<Result<_, _>>()?;
    ok(&json!({ "principals": principals }))
}

/// Makes one, for an application that lives in any tenant.
pub(crate) async fn add(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let id = app(asked, tenant, asked.param("app")).await?;
    let (home, name) = if id == AppId::DATAVERSE {
        (TenantId::MICROSOFT, "Common Data Service".to_owned())
    } else {
        let home = asked.state.store.tenant_of(&format!("app:{id}")).await?;
        let home = home.ok_or_else(|| unknown_app(asked.param("app")))?;
        let there = asked.state.store.view::<Registrations>(home).await?;
        (
            home,
            there
                .app(id)
                .ok_or_else(|| unknown_app(asked.param("app")))?
                .name
                .clone(),
        )
    };
    let fresh = ObjectId::new(asked.state.chance.uuid());
    let principal = asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |registrations, changes| {
            if let Some(known) = registrations.principal(id) {
                return Ok(known.clone());
            }
            let (app, name) = (id, name.clone());
            let principal = Principal {
                app,
                id: fresh,
                home,
                name,
                enabled: true,
                assignment_required: false,
                assigned: BTreeSet::new(),
            };
            changes.put(KIND_PRINCIPAL, id, &principal);
            Ok(principal)
        })
        .await?;
    ok(&principal)
}

/// Changes one.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let id = app(asked, tenant, asked.param("app")).await?;
    let mut patch: Value = asked.json()?;
    for fixed in ["app", "id", "home"] {
        if patch.get(fixed).is_some() {
            return Err(Problem::bad(
                format!("`{fixed}` cannot be changed"),
                "leave it out",
            ));
        }
    }
    let people = asked.state.store.view::<Tenant>(tenant).await?;
    for name in patch
        .get_mut("assigned")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        // People are known by their object id; what is no name of an account is a group.
        let account = name
            .as_str()
            .and_then(|text| text.parse::<Upn>().ok())
            .and_then(|upn| people.account_named(&upn));
        if let Some(account) = account {
            *name = json!(account.id);
        }
    }
    let principal = asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |registrations, changes| {
            let before = registrations
                .principal(id)
                .ok_or_else(|| not_here(asked.param("app")))?;
            let mut whole = serde_json::to_value(before)?;
            merge(&mut whole, &patch);
            let principal: Principal = serde_json::from_value(whole)?;
            changes.put(KIND_PRINCIPAL, id, &principal);
            Ok(principal)
        })
        .await?;
    ok(&principal)
}

/// Deletes one, and what was granted to it.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let id = app(asked, tenant, asked.param("app")).await?;
    asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |registrations, changes| {
            registrations
                .principal(id)
                .ok_or_else(|| not_here(asked.param("app")))?;
            registrations.remove_principal(id, changes);
            Ok(())
        })
        .await?;
    done()
}

/// Every consent, with the id that revokes it.
pub(crate) async fn consents(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let granted = granted(asked, asked.tenant().await?).await?;
    ok(&json!({ "consents": granted.iter().map(shown).collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    /// The client: an id or a name.
    app: String,
    /// `dataverse`, `graph`, `azure-management`, an id or a name.
    resource: String,
    scopes: BTreeSet<String>,
    /// A user by object id or UPN; for all without one.
    #[serde(default)]
    user: Option<String>,
}

/// Grants.
pub(crate) async fn grant(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let grant: Grant = asked.json()?;
    let client = app(asked, tenant, &grant.app).await?;
    let resource = app(asked, tenant, &grant.resource).await?;
    let people = asked.state.store.view::<Tenant>(tenant).await?;
    let user = match &grant.user {
        None => None,
        Some(text) => {
            let by_name = || text.parse().ok().and_then(|upn| people.account_named(&upn));
            let account = text
                .parse()
                .ok()
                .and_then(|id| people.account(id))
                .or_else(by_name);
            Some(
                account
                    .ok_or_else(|| {
                        Problem::bad(
                            format!("there is no account `{text}` here"),
                            "name one by object id or UPN",
                        )
                    })?
                    .id,
            )
        }
    };
    let consent = Consent {
        app: client,
        resource,
        user,
        scopes: grant.scopes,
    };
    asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |_, changes| {
            changes.put(KIND_CONSENT, consent.key(), &consent);
            Ok(())
        })
        .await?;
    created(&shown(&consent))
}

/// Takes back.
pub(crate) async fn revoke(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let key = asked.param("consent");
    if granted(asked, tenant)
        .await?
        .iter()
        .all(|consent| consent.key() != key)
    {
        return Err(Problem::not_found(format!(
            "there is no consent `{key}`; GET the list for the ids"
        )));
    }
    asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |_, changes| {
            changes.delete(KIND_CONSENT, key);
            Ok(())
        })
        .await?;
    done()
}

async fn granted(asked: &Asked<'_>, tenant: TenantId) -> Result<Vec<Consent>, Problem> {
    let records = asked.state.store.records(tenant).await?;
    let consents = records
        .iter()
        .filter(|record| record.kind == KIND_CONSENT)
        .map(store::Record::read);
    Ok(consents.collect::<Result<_, _>>()?)
}

fn shown(consent: &Consent) -> Value {
    json!({
        "id": consent.key(),
        "app": consent.app,
        "resource": consent.resource,
        "user": consent.user,
        "scopes": consent.scopes,
    })
}

fn unknown_app(text: &str) -> Problem {
    Problem::not_found(format!("there is no application `{text}` in any tenant here"))
}

fn not_here(text: &str) -> Problem {
    Problem::not_found(format!(
        "this tenant has no enterprise application `{text}`; PUT it first"
    ))
}

/// An application by a well-known word, client id, or the name it has in this tenant.
pub(super) async fn app(asked: &Asked<'_>, tenant: TenantId, text: &str) -> Result<AppId, Problem> {
    match text {
        "dataverse" => return Ok(AppId::DATAVERSE),
        "graph" => return Ok(AppId::GRAPH),
        "azure-management" => return Ok(AppId::AZURE_MANAGEMENT),
        _ => {}
    }
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let registrations = asked.state.store.view::<Registrations>(tenant).await?;
    if let Some(app) = registrations
        .apps()
        .find(|app| app.name.eq_ignore_ascii_case(text))
    {
        return Ok(app.id);
    }
    let records = asked.state.store.records(tenant).await?;
    for record in records.iter().filter(|record| record.kind == KIND_PRINCIPAL) {
        let principal: Principal = record.read()?;
        if principal.name.eq_ignore_ascii_case(text) {
            return Ok(principal.app);
        }
    }
    Err(unknown_app(text))
}
