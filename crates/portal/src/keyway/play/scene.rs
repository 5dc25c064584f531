//! Who stands in the scene of a cause, in one tenant.

use catalog::{Play, Start};
use serde_json::{Value, Value::Null, json};
use types::TenantId;

use crate::{page::Ask, stop::Stop};

/// The organization that the demo world's connections lead to.
const ORGANIZATION: &str = "Contoso Europe";

/// The amendment of a cause as the control API takes it, and the tenant that is changed: the one of the scene, or where
/// Microsoft accounts live. None where nothing is amended.
///
/// # Errors
/// Somebody is missing in this tenant.
pub(super) async fn amendment(
    ask: &Ask<'_>,
    tenant: &str,
    play: &Play,
) -> Result<Option<(String, Value)>, Stop> {
    let Some(amendment) = &play.amend else {
        return Ok(None);
    };
    let all = ask.act("getTenant", &[("tenant", tenant)], &Null).await?;
    let (user, app) = play.cast();
    let user = match user {
        None => Null,
        Some(user) => {
            let fits = |one: &Value| {
                let upn = one["upn"].as_str().unwrap_or_default();
                upn.strip_prefix(user)
                    .is_some_and(|rest| rest.starts_with(['@', '_']))
            };
            found(&all["users"], fits).ok_or_else(|| missing("user", user))?["upn"].clone()
        }
    };
    let client = match found(&all["apps"], |one| one["name"] == app) {
        Some(own) => own["client_id"].clone(),
        // One of another tenant's, which this one uses as well.
        None => {
            let known = &ask.portal.stage.ready.tenants;
            let foreign = known
                .iter()
                .flat_map(|tenant| &tenant.apps)
                .find(|known| known.name == app);
            json!(foreign.ok_or_else(|| missing("application", app))?.client_id)
        }
    };
    let organization = found(&all["organizations"], |one| one["name"] == ORGANIZATION)
        .ok_or_else(|| missing("organization", ORGANIZATION))?;
    let personal = play.from == Start::MicrosoftAccount;
    let changed = match personal {
        true => TenantId::CONSUMERS.to_string(),
        false => tenant.to_owned(),
    };
    let amendment = json!({
        "amendment": amendment,
        "user": if personal { at_home(&user) } else { user },
        "app": client,
        "organization": organization["unique_name"],
        "with": play.with,
    });
    Ok(Some((changed, amendment)))
}

/// A guest's name at home.
fn at_home(upn: &Value) -> Value {
    let upn = upn.as_str().unwrap_or_default();
    let home = upn
        .split_once("#EXT#")
        .and_then(|(local, _)| local.rsplit_once('_'));
    json!(home.map_or_else(|| upn.to_owned(), |(name, domain)| format!("{name}@{domain}")))
}

fn found(list: &Value, fits: impl Fn(&Value) -> bool) -> Option<&Value> {
    list.as_array()?.iter().find(|one| fits(one))
}

fn missing(what: &str, name: &str) -> Stop {
    Stop::wrong(
        format!("The tenant has no {what} “{name}”, who stands in the scene of this cause."),
        "Play in a tenant of the demo world, or in a copy of its template contoso.",
    )
}
