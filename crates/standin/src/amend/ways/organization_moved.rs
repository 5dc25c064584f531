//! An organization's address is another one: renamed, or moved to another region.

use types::Host;

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "organization-moved",
    about: "the organization's address is changed",
    takes: &[
        ("label", "what is put behind the first part of its address"),
        ("region", "the region's suffix: `crm5.dynamics.com`"),
    ],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let label: Option<String> = draft.given("label")?;
    let region: Option<String> = draft.given("region")?;
    let (_, place) = draft.place()?;
    let (old_label, old_region) = place.host.as_str().split_once('.').unwrap_or_default();
    let label = label.map_or_else(|| old_label.to_owned(), |more| format!("{old_label}-{more}"));
    let host: Host = format!("{label}.{}", region.as_deref().unwrap_or(old_region))
        .parse()
        .map_err(|why| Misfit::Parameter(format!("the new address is none: {why}")))?;
    if draft.around.regions.of_host(&host).is_none() {
        return Err(Misfit::Parameter(format!("{host} is in no region")));
    }
    draft.name(format!("host:{}", place.host), false);
    draft.name(format!("host:{host}"), true);
    draft.organization(|organization| organization.host = host)
}
