//! Which tenant a page is about: the one that was chosen, or the one the world begins with.

use std::sync::Arc;

use directory::Tenant;
use types::TenantId;

use crate::{page::Ask, stop::Stop};

/// More are not listed to choose from, so that pages stay light; each takes any tenant by id or domain in its address.
const MOST: usize = 50;

/// A tenant to choose.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) chosen: bool,
    pub(super) tenant: Arc<Tenant>,
}

/// Every tenant, the world's first.
pub(super) async fn choices(ask: &Ask<'_>, chosen: Option<TenantId>) -> Result<Vec<Choice>, Stop> {
    let stage = &ask.portal.stage;
    let mut ids = stage.store.tenants().await?;
    let place = |id: &TenantId| stage.ready.tenants.iter().position(|known| known.id == *id);
    ids.sort_by_key(|id| (place(id).unwrap_or(usize::MAX), *id));
    let listed = ids.iter().take(MOST).copied();
    // Whatever was chosen is among them.
    let beyond = ids.iter().skip(MOST).copied().filter(|id| Some(*id) == chosen);
    let mut found = Vec::new();
    for id in listed.chain(beyond) {
        let tenant = stage.store.view::<Tenant>(id).await?;
        found.push(Choice {
            id: id.to_string(),
            name: tenant.settings.name.clone(),
            domain: tenant.settings.default_domain(),
            chosen: Some(id) == chosen,
            tenant,
        });
    }
    Ok(found)
}

/// The tenant of that id or domain; the one the world begins with for an empty text.
///
/// # Errors
/// There is none.
pub(super) async fn find(ask: &Ask<'_>, text: &str) -> Result<TenantId, Stop> {
    let stage = &ask.portal.stage;
    let known = stage.store.tenants().await?;
    let found = match text.trim() {
        "" => stage
            .ready
            .default_tenant()
            .filter(|id| known.contains(id))
            .or_else(|| known.first().copied()),
        text => match text.parse::<TenantId>() {
            Ok(id) => Some(id).filter(|id| known.contains(id)),
            Err(_) => {
                let name = format!("domain:{}", text.to_ascii_lowercase());
                stage.store.tenant_of(&name).await?
            }
        },
    };
    found.ok_or_else(|| Stop::Missing("There is no such tenant".into()))
}
