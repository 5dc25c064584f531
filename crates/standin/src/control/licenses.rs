//! Licenses: what there is, who has what, and what it gives.

use directory::{
    Account, KIND_ACCOUNT, Tenant,
    licenses::{SKUS, Service, Sku, named},
};
use serde_json::{Value, json};
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// Everything that can be assigned.
pub(crate) async fn list(_: &Asked<'_>) -> Result<Answer, Problem> {
    ok(&json!({ "licenses": SKUS }))
}

/// What an account holds, and what that gives it.
pub(crate) async fn of_account(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, id) = asked.account().await?;
    let tenant = asked.state.store.view::<Tenant>(tenant).await?;
    let account = tenant.account(id).ok_or_else(gone)?;
    ok(&shown(account))
}

/// Gives one.
pub(crate) async fn assign(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let sku = sku(asked)?;
    change(asked, |account| {
        account.licenses.insert(sku.id.to_owned());
        Ok(())
    })
    .await
}

/// Takes one away.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let sku = sku(asked)?;
    change(asked, |account| match account.licenses.remove(sku.id) {
        true => Ok(()),
        false => Err(Problem::conflict(
            format!("{} does not hold {}", account.upn, sku.name),
            "nothing needs to be done",
        )),
    })
    .await
}

fn gone() -> Problem {
    Problem::not_found("the account was removed meanwhile")
}

fn sku(asked: &Asked<'_>) -> Result<&'static Sku, Problem> {
    let text = asked.param("license");
    named(text).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no license `{text}`; GET /_keyway/v1/licenses lists them"
        ))
    })
}

async fn change(
    asked: &Asked<'_>,
    change: impl Fn(&mut Account) -> Result<(), Problem>,
) -> Result<Answer, Problem> {
    let (tenant, id) = asked.account().await?;
    let account = asked
        .state
        .store
        .update::<Tenant, _, Problem>(tenant, |tenant, changes| {
            let mut account = tenant.account(id).ok_or_else(gone)?.clone();
            change(&mut account)?;
            changes.put(KIND_ACCOUNT, id, &account);
            Ok(account)
        })
        .await?;
    ok(&shown(&account))
}

fn shown(account: &Account) -> Value {
    let service =
        |service: &Service| json!({ "id": service, "name": service.name(), "tile": service.has_tile() });
    let services: Vec<Value> = account.services().iter().map(service).collect();
    let licenses: Vec<Value> = account
        .licenses
        .iter()
        .map(|id| json!({ "id": id, "name": named(id).map(|sku| sku.name) }))
        .collect();
    json!({ "upn": account.upn, "licenses": licenses, "services": services })
}
