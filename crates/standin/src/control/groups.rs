//! Security groups. A group is there while it has a member.

use std::collections::BTreeMap;

use directory::{Account, KIND_ACCOUNT, Tenant};
use serde_json::json;
use wire::Answer;

use super::{Asked, done, ok, problem::Problem};

/// Every group with its members.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for account in tenant.accounts().filter(|account| !account.deleted) {
        for group in &account.groups {
            groups.entry(group).or_default().push(account.upn.as_str());
        }
    }
    let groups: Vec<_> = groups
        .into_iter()
        .map(|(name, mut members)| {
            members.sort_unstable();
            json!({ "name": name, "members": members })
        })
        .collect();
    ok(&json!({ "groups": groups }))
}

/// Adds a member.
pub(crate) async fn add(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let group = asked.param("group").to_owned();
    if group.chars().count() > 256 {
        return Err(Problem::bad(
            "the group's name is longer than 256 characters",
            "choose a shorter one",
        ));
    }
    change(asked, |account| {
        account.groups.insert(group.clone());
        Ok(())
    })
    .await
}

/// Removes a member.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let group = asked.param("group").to_owned();
    change(asked, |account| match account.groups.remove(&group) {
        true => Ok(()),
        false => Err(Problem::not_found(format!(
            "{} is no member of `{group}`",
            account.upn
        ))),
    })
    .await
}

async fn change(
    asked: &Asked<'_>,
    change: impl Fn(&mut Account) -> Result<(), Problem>,
) -> Result<Answer, Problem> {
    let (tenant, id) = asked.account().await?;
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(tenant, |tenant, changes| {
            let missing = || Problem::not_found("the account was removed meanwhile");
            let mut account = tenant.account(id).ok_or_else(missing)?.clone();
            change(&mut account)?;
            changes.put(KIND_ACCOUNT, id, &account);
            Ok(())
        })
        .await?;
    done()
}
