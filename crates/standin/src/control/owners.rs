//! Who owns a registration, and so may edit it without an administrator's role.

use authority::{App, Registrations};
use directory::Tenant;
use serde_json::{Value, json};
use types::ObjectId;
use wire::Answer;

use super::{Asked, accounts, apps, ok, problem::Problem};

/// Its owners.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let store = &asked.state.store;
    let registrations = store.view::<Registrations>(tenant).await?;
    let people = store.view::<Tenant>(tenant).await?;
    ok(&shown(apps::find(&registrations, asked.param("app"))?, &people))
}

/// Makes an account one of them.
pub(crate) async fn add(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let people = asked.state.store.view::<Tenant>(tenant).await?;
    let id = may_own(&people, asked.param("account"))?;
    let app = apps::edit(asked, tenant, |app| {
        app.owners.insert(id);
        Ok(app.clone())
    })
    .await?;
    ok(&shown(&app, &people))
}

/// The account of that name or id, if it can own anything.
pub(super) fn may_own(people: &Tenant, text: &str) -> Result<ObjectId, Problem> {
    let account = accounts::find(people, text)?;
    if account.deleted {
        return Err(Problem::conflict(
            format!("{} is deleted, and would own nothing", account.upn),
            "restore the account, or name another",
        ));
    }
    Ok(account.id)
}

/// Makes it none of them; also an id that nobody has any more.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let people = asked.state.store.view::<Tenant>(tenant).await?;
    let text = asked.param("account");
    let id: ObjectId = match accounts::find(&people, text) {
        Ok(account) => account.id,
        Err(missing) => text.parse().map_err(|_| missing)?,
    };
    let app = apps::edit(asked, tenant, |app| match app.owners.remove(&id) {
        true => Ok(app.clone()),
        false => Err(Problem::not_found(format!(
            "`{text}` is no owner of {}",
            app.name
        ))),
    })
    .await?;
    ok(&shown(&app, &people))
}

fn shown(app: &App, people: &Tenant) -> Value {
    let owners = app.owners.iter().map(|id| {
        let account = people.account(*id);
        json!({
            "id": id,
            "upn": account.map(|account| &account.upn),
            "name": account.map(|account| &account.name),
        })
    });
    json!({ "owners": owners.collect::<Vec<_>>() })
}
