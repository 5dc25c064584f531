//! Application registrations, with their secrets and certificates.

use authority::{
    App, KIND_APP, KIND_PRINCIPAL, KeyCredential, Principal, Registrations,
    rules::{self, Writer},
};
use directory::Tenant;
use serde::Deserialize;
use serde_json::{Value, json};
use types::{AppId, ObjectId, TenantId, Timestamp, Uuid};
use wire::Answer;

use super::{Asked, created, done, ok, owners::may_own, problem::Problem};
use crate::{merge::merge, world::When};

/// Every application, by name.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let registrations = asked
        .state
        .store
        .view::<Registrations>(asked.tenant().await?)
        .await?;
    let mut apps: Vec<&App> = registrations.apps().collect();
    apps.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let apps: Vec<Value> = apps.into_iter().map(shown).collect::<Result<_, _>>()?;
    ok(&json!({ "apps": apps }))
}

/// One application.
pub(crate) async fn get(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let registrations = asked
        .state
        .store
        .view::<Registrations>(asked.tenant().await?)
        .await?;
    ok(&shown(find(&registrations, asked.param("app"))?)?)
}

/// A new registration, with its enterprise application, as the portal makes both.
pub(crate) async fn create(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let body: Value = asked.json()?;
    for name in ["secrets", "certificates"] {
        if body.get(name).is_some() {
            return Err(Problem::bad(
                format!("`{name}` cannot be given here"),
                format!("POST to the application's {name}"),
            ));
        }
    }
    let app = App::new(
        AppId::new(asked.state.chance.uuid()),
        ObjectId::new(asked.state.chance.uuid()),
        String::new(),
    );
    let mut whole = serde_json::to_value(&app)?;
    if let Some(whole) = whole.as_object_mut() {
        whole.remove("name");
    }
    merge(&mut whole, &body);
    let app: App = serde_json::from_value(whole)?;
    let people = asked.state.store.view::<Tenant>(tenant).await?;
    keeps_the_rules(&people, &app, &body)?;
    for owner in &app.owners {
        may_own(&people, &owner.to_string())?;
    }
    let principal = Principal {
        app: app.id,
        id: ObjectId::new(asked.state.chance.uuid()),
        home: tenant,
        name: app.name.clone(),
        enabled: true,
        assignment_required: false,
        assigned: std::collections::BTreeSet::new(),
    };
    asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |registrations, changes| {
            if registrations.app(app.id).is_some() {
                return Err(Problem::conflict(
                    format!("the application {} exists already", app.id),
                    "change that one",
                ));
            }
            changes
                .bind(format!("app:{}", app.id))
                .put(KIND_APP, app.id, &app)
                .put(KIND_PRINCIPAL, app.id, &principal);
            Ok(())
        })
        .await?;
    created(&shown(&app)?)
}

/// Changes a registration.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let patch: Value = asked.json()?;
    for fixed in ["id", "object_id", "secrets", "certificates"] {
        if patch.get(fixed).is_some() {
            return Err(Problem::bad(
                format!("`{fixed}` cannot be changed like this"),
                "leave it out; secrets and certificates have addresses of their own",
            ));
        }
    }
    let people = asked.state.store.view::<Tenant>(tenant).await?;
    let app = edit(asked, tenant, |app| {
        let mut whole = serde_json::to_value(&*app)?;
        merge(&mut whole, &patch);
        let before = std::mem::replace(app, serde_json::from_value(whole)?);
        keeps_the_rules(&people, app, &patch)?;
        for owner in app.owners.difference(&before.owners) {
            may_own(&people, &owner.to_string())?;
        }
        Ok(app.clone())
    })
    .await?;
    ok(&shown(&app)?)
}

/// Entra's rules, for what is asked to be changed: a world may hold what nobody could register.
fn keeps_the_rules(people: &Tenant, app: &App, asked: &Value) -> Result<(), Problem> {
    let mut judged = app.clone();
    if asked.get("redirects").is_none() && asked.get("audience").is_none() {
        judged.redirects = authority::Redirects::default();
    }
    if asked.get("logout_url").is_none() {
        judged.logout_url = None;
    }
    if asked.get("optional_claims").is_none() {
        judged.optional_claims.clear();
    }
    if asked.get("identifier_uris").is_none() {
        judged.identifier_uris.clear();
    }
    let domains = people.settings.domains.iter().map(|domain| domain.name.as_str());
    rules::registration(&judged, domains, people.id(), Writer::Manifest)
        .map_err(|bad| Problem::bad(bad.to_string(), "keep to the rule, which is Entra's own"))
}

/// Deletes a registration, with what was granted to it here.
pub(crate) async fn delete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |registrations, changes| {
            let id = find(registrations, asked.param("app"))?.id;
            registrations.remove_app(id, changes);
            Ok(())
        })
        .await?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSecret {
    name: String,
    /// 24 months from now without it.
    #[serde(default = "longest")]
    ends: When,
    /// A value of one's own; fresh without it.
    #[serde(default)]
    value: Option<String>,
}

fn longest() -> When {
    When::FromNow(730 * 86_400)
}

/// A new secret. Its value stands in this answer and nowhere else.
pub(crate) async fn add_secret(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: NewSecret = asked.json()?;
    let now = asked.state.now(tenant).await?;
    let ends: Timestamp = new.ends.at(now);
    let chance = &*asked.state.chance;
    let (id, value) = edit(asked, tenant, |app| {
        if app.audience.takes_personal() && app.secrets.len() >= rules::MOST_SECRETS_PERSONAL {
            return Err(Problem::conflict(
                "an application that takes personal accounts may have two client secrets, and it has them",
                "remove the one that nothing uses",
            ));
        }
        let added = match &new.value {
            Some(value) => {
                let value = types::Secret::new(value);
                app.add_secret_value(chance, &new.name, &value, now, ends)
                    .map(|id| (id, value))
            }
            None => app.add_secret(chance, &new.name, now, ends),
        };
        added.map_err(|error| Problem::bad(error.to_string(), "keep to the limit, which is Entra's own"))
    })
    .await?;
    created(&json!({ "id": id, "name": new.name, "value": value.expose(), "ends": ends.rfc3339() }))
}

/// Removes a secret.
pub(crate) async fn remove_secret(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    edit(asked, tenant, |app| {
        let before = app.secrets.len();
        app.secrets
            .retain(|secret| secret.id.to_string() != asked.param("secret"));
        removed(before != app.secrets.len(), "secret", asked.param("secret"))
    })
    .await?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCertificate {
    name: String,
    certificate: String,
}

/// Registers a certificate.
pub(crate) async fn add_certificate(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: NewCertificate = asked.json()?;
    let read = crypt::Certificate::read(new.certificate.as_bytes())
        .map_err(|error| Problem::bad(error.to_string(), "send PEM, or base64 of DER"))?;
    let id: Uuid = asked.state.chance.uuid();
    edit(asked, tenant, |app| {
        let (name, certificate) = (new.name.clone(), new.certificate.clone());
        app.certificates.push(KeyCredential {
            id,
            name,
            certificate,
        });
        Ok(())
    })
    .await?;
    created(&json!({ "id": id, "name": new.name, "thumbprint": read.thumbprint() }))
}

/// Removes a certificate.
pub(crate) async fn remove_certificate(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    edit(asked, tenant, |app| {
        let before = app.certificates.len();
        app.certificates
            .retain(|certificate| certificate.id.to_string() != asked.param("certificate"));
        removed(
            before != app.certificates.len(),
            "certificate",
            asked.param("certificate"),
        )
    })
    .await?;
    done()
}

fn removed(any: bool, what: &str, id: &str) -> Result<(), Problem> {
    if any {
        return Ok(());
    }
    Err(Problem::not_found(format!(
        "the application has no {what} with the id `{id}`; GET it to see the ids"
    )))
}

pub(super) async fn edit<T>(
    asked: &Asked<'_>,
    tenant: TenantId,
    mut change: impl FnMut(&mut App) -> Result<T, Problem>,
) -> Result<T, Problem> {
    asked
        .state
        .store
        .update::<Registrations, _, Problem>(tenant, |registrations, changes| {
            let mut app = find(registrations, asked.param("app"))?.clone();
            let made = change(&mut app)?;
            changes.put(KIND_APP, app.id, &app);
            Ok(made)
        })
        .await
}

/// By client id or by name.
pub(super) fn find<'r>(registrations: &'r Registrations, text: &str) -> Result<&'r App, Problem> {
    let found = match text.parse() {
        Ok(id) => registrations.app(id),
        Err(_) => registrations
            .apps()
            .find(|app| app.name.eq_ignore_ascii_case(text)),
    };
    found.ok_or_else(|| Problem::not_found(format!("no application `{text}` lives in this tenant")))
}

/// An application without the digests of its secrets.
fn shown(app: &App) -> Result<Value, Problem> {
    let mut shown = serde_json::to_value(app)?;
    for secret in shown["secrets"].as_array_mut().into_iter().flatten() {
        if let Some(secret) = secret.as_object_mut() {
            secret.remove("digest");
        }
    }
    Ok(shown)
}
