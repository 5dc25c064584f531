//! What the stand-in plays: the world it was started with, what can be copied, and every tenant with where it is from.

use directory::Tenant;
use serde_json::{Value, json};
use types::TenantId;
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// The parameters of the list.
pub(super) const LEAF: &[(&str, &str)] = &[
    (
        "after",
        "only tenants after the one with this id, as `next` gave it",
    ),
    ("limit", "at most this many; 100 without it"),
];

/// As many tenants as are given when nobody says how many.
const USUAL: u32 = 100;

/// The tenants, by id.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let limit = asked.number("limit")?.unwrap_or(USUAL).max(1) as usize;
    let after = match asked.query.some("after") {
        None => None,
        Some(text) => Some(text.parse::<TenantId>().map_err(|_| {
            Problem::bad(
                format!("`{text}` is not a tenant's id"),
                "write `after` as `next` gave it",
            )
        })?),
    };
    let mut ids = asked.state.store.tenants().await?;
    ids.sort_unstable();
    ids.retain(|id| Some(*id) > after);
    let next = ids.get(limit - 1).filter(|_| ids.len() > limit).copied();
    ids.truncate(limit);
    let mut tenants = Vec::new();
    for id in ids {
        let tenant = asked.state.store.view::<Tenant>(id).await?;
        tenants.push(shown(asked, id, &tenant));
    }
    let mut templates: Vec<&String> = asked.state.templates.keys().collect();
    templates.sort_unstable();
    ok(&json!({
        "world": asked.state.ready.world,
        "templates": templates,
        "tenants": tenants,
        "next": next,
    }))
}

fn shown(asked: &Asked<'_>, id: TenantId, tenant: &Tenant) -> Value {
    let known = asked.state.ready.tenants.iter().find(|known| known.id == id);
    json!({
        "id": id,
        "name": tenant.settings.name,
        "domain": tenant.settings.default_domain(),
        "from": if known.is_some() { "world" } else { "copy" },
        "template": known.and_then(|known| known.template.as_deref()),
        "accounts": tenant.accounts().count(),
    })
}
