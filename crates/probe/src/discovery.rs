//! Global discovery: what it knows of an organization that did not let anybody in, or is not where it was looked for.

use std::time::Duration;

use evidence::{Findings, Kind, Seen};
use types::{RegionTable, Secret};
use wire::{
    address::{Address, Kind as What},
    instance::{INSTANCES, Instance, InstanceList},
};

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "discovery",
    about: "global discovery: the organization's state and region, renamed or moved addresses",
    needs: "a person's sign-in",
};

/// The discovery host that lists the organization at `url`, where there is one.
pub(crate) fn host(url: &str) -> Option<String> {
    match Address::read(url, &RegionTable::default()).kind {
        What::Online(online) => {
            let list = online.discovery()?;
            list.strip_suffix(INSTANCES).map(ToOwned::to_owned)
        }
        _ => None,
    }
}

/// Looks the organization at `url` up among those that are listed; `id` is the one it had when it last answered.
pub(crate) async fn look(
    world: &World<'_>,
    host: &str,
    url: &str,
    id: Option<&str>,
    token: &Secret,
    findings: &mut Findings,
) {
    let Some(all) = list(world, host, token, findings).await else {
        return;
    };
    let what = format!("find {} in discovery", bare(url));
    let (seen, fact) = judge(&all, url, id);
    findings.step(what, seen, Duration::ZERO);
    if let Some(fact) = fact {
        findings.see(Kind::State, fact);
    }
}

/// Every organization that is listed for the account.
pub(crate) async fn list(
    world: &World<'_>,
    host: &str,
    token: &Secret,
    findings: &mut Findings,
) -> Option<Vec<Instance>> {
    world.begins(&PROBE);
    let asked = format!("{}{INSTANCES}", host.trim_end_matches('/'));
    let response = ask::get(world, &asked, Some(token), findings).await?;
    if !response.status.is_success() {
        ask::refused(&response, findings);
        return None;
    }
    match serde_json::from_slice::<InstanceList>(&response.body) {
        Ok(list) => Some(list.value),
        Err(_) => {
            findings.see(Kind::Http, "garbled");
            None
        }
    }
}

fn judge(all: &[Instance], url: &str, id: Option<&str>) -> (Seen, Option<&'static str>) {
    let wanted = bare(url);
    let name = wanted.split('.').next().unwrap_or_default();
    if let Some(here) = all.iter().find(|instance| bare(&instance.url) == wanted) {
        return if here.is_enabled() {
            let text = format!("{} is listed and enabled, in {}", here.friendly_name, here.region);
            (Seen::Ok(text), None)
        } else {
            let text = format!("{} is listed and disabled", here.friendly_name);
            (Seen::Failed(text), Some("organization-disabled"))
        };
    }
    let same = |instance: &&Instance| id.is_some_and(|id| instance.id.to_string().eq_ignore_ascii_case(id));
    let moved = |instance: &&Instance| instance.unique_name.eq_ignore_ascii_case(name);
    let elsewhere = |instance: &&Instance| {
        let there = bare(&instance.url);
        there.split('.').next() == Some(name) && !name.is_empty()
    };
    if let Some(there) = all.iter().find(elsewhere) {
        let text = format!("{name} lives in {}, at {}", there.region, there.url);
        (Seen::Failed(text), Some("organization-elsewhere"))
    } else if let Some(there) = all.iter().find(same).or_else(|| all.iter().find(moved)) {
        let text = format!("{} has another address now: {}", there.friendly_name, there.url);
        (Seen::Failed(text), Some("organization-renamed"))
    } else if id.is_some() {
        let text = format!(
            "it is no longer among the {} that this account may enter",
            all.len()
        );
        (Seen::Failed(text), Some("organization-gone"))
    } else {
        let text = format!("it is not among the {} that this account may enter", all.len());
        (Seen::Failed(text), Some("organization-not-listed"))
    }
}

/// The host alone, as everybody writes it.
fn bare(url: &str) -> String {
    let url = types::Form::undress(url).to_ascii_lowercase();
    let behind = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    behind.split(['/', ':']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(unique: &str, url: &str, state: i32) -> Instance {
        let id = "00000001-0000-0000-0000-000000000000";
        let text = format!(
            r#"{{"Id":"{id}","UniqueName":"{unique}","FriendlyName":"X","UrlName":"x","Url":"{url}","State":{state},"Region":"EMEA"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_discovery_knows_tells_causes_apart() {
        let url = "https://contoso.crm4.dynamics.com.localhost:8443/";
        let id = Some("00000001-0000-0000-0000-000000000000");
        let one = |unique: &str, at: &str, state: i32, id: Option<&str>| {
            judge(&[instance(unique, at, state)], url, id).1
        };
        let here = "https://contoso.crm4.dynamics.com/";
        assert_eq!(one("contoso", here, 0, None), None);
        assert_eq!(one("contoso", here, 1, None), Some("organization-disabled"));
        let five = "https://contoso.crm5.dynamics.com/";
        assert_eq!(one("unq1", five, 0, None), Some("organization-elsewhere"));
        let renamed = "https://renamed.crm4.dynamics.com/";
        assert_eq!(one("contoso", renamed, 0, None), Some("organization-renamed"));
        assert_eq!(one("unq1", renamed, 0, id), Some("organization-renamed"));
        assert_eq!(one("unq1", renamed, 0, None), Some("organization-not-listed"));
        assert_eq!(judge(&[], url, id).1, Some("organization-gone"));
    }
}
