//! Finding an organization by id or name, among those the account may enter (facts/organization.md 1.5 and 3.1).

use evidence::Steps;
use types::Secret;
use wire::instance::{INSTANCES, Instance, InstanceList};

use crate::{ClientError, Outside, whoami::get};

/// Every organization that global discovery at `host` (`https://globaldisco…`) lists for the token's account.
pub async fn instances(
    outside: &Outside,
    host: &str,
    token: &Secret,
    steps: &mut Steps,
) -> Result<Vec<Instance>, ClientError> {
    let list: InstanceList = get(
        outside,
        &format!("{}{INSTANCES}", host.trim_end_matches('/')),
        token,
        steps,
    )
    .await?;
    Ok(list.value)
}

/// Picks the one that `wanted` names: by id of environment or organization, else by unique name, friendly name
/// or URL name (in this order, as the official client does), else by a part of any of them; never by case.
pub fn pick<'i>(instances: &'i [Instance], wanted: &str) -> Result<&'i Instance, ClientError> {
    let key = wanted.trim().to_lowercase();
    let exact: [fn(&Instance) -> String; 6] = [
        |i| i.environment_id.clone().unwrap_or_default(),
        |i| i.id.to_string(),
        |i| i.unique_name.clone(),
        |i| i.friendly_name.clone(),
        |i| i.url_name.clone(),
        |i| i.url.trim_end_matches('/').to_owned(),
    ];
    let whole = key.trim_end_matches('/');
    for field in exact {
        let same = |i: &&Instance| !whole.is_empty() && field(i).to_lowercase() == whole;
        let found: Vec<&Instance> = instances.iter().filter(same).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            many => return Err(ambiguous(wanted, many)),
        }
    }
    let part_of = |i: &Instance| {
        [&i.unique_name, &i.friendly_name, &i.url_name]
            .iter()
            .any(|name| name.to_lowercase().contains(&key))
    };
    let found: Vec<&Instance> = instances
        .iter()
        .filter(|i| !whole.is_empty() && part_of(i))
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let known = instances.iter().map(describe).collect();
            Err(ClientError::NoOrganization {
                wanted: wanted.to_owned(),
                known,
            })
        }
        many => Err(ambiguous(wanted, many)),
    }
}

fn ambiguous(wanted: &str, found: &[&Instance]) -> ClientError {
    ClientError::Ambiguous {
        wanted: wanted.to_owned(),
        candidates: found.iter().map(|i| describe(i)).collect(),
    }
}

fn describe(instance: &Instance) -> String {
    format!(
        "{} ({}, {})",
        instance.friendly_name, instance.unique_name, instance.url
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Instance> {
        let one = |n: u8, unique: &str, friendly: &str, url: &str| {
            let text = format!(
                r#"{{"Id":"0000000{n}-0000-0000-0000-000000000000","EnvironmentId":"e{n}","UniqueName":"{unique}",
                "FriendlyName":"{friendly}","UrlName":"{url}","Url":"https://{url}.crm4.dynamics.com/"}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        vec![
            one(1, "unq1", "Contoso", "contoso"),
            one(2, "unq2", "Contoso Sandbox", "contoso-test"),
            one(3, "unq3", "Fabrikam", "fabrikam"),
            one(4, "unq4", "Fabrikam", "fabrikam2"),
        ]
    }

    #[test]
    fn by_id_by_name_by_part() {
        let all = some();
        for (wanted, unique) in [
            ("00000002-0000-0000-0000-000000000000", "unq2"),
            ("E3", "unq3"),
            ("UNQ4", "unq4"),
            ("contoso", "unq1"),
            ("sandbox", "unq2"),
            ("fabrikam2", "unq4"),
            ("https://fabrikam.crm4.dynamics.com/", "unq3"),
        ] {
            assert_eq!(pick(&all, wanted).unwrap().unique_name, unique, "{wanted}");
        }
    }

    #[test]
    fn several_are_listed_and_none_names_what_there_is() {
        let all = some();
        for wanted in ["Fabrikam", "unq"] {
            let error = pick(&all, wanted).unwrap_err();
            assert!(
                matches!(error, ClientError::Ambiguous { ref candidates, .. } if candidates.len() > 1),
                "{wanted}"
            );
            assert!(error.hint().contains("fabrikam2.crm4"), "{}", error.hint());
        }
        for nothing in ["nowhere", "", "  "] {
            let error = pick(&all, nothing).unwrap_err();
            assert!(
                matches!(error, ClientError::NoOrganization { ref known, .. } if known.len() == 4),
                "{nothing}"
            );
        }
    }
}
