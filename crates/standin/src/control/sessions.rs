//! What holds an account back, or keeps it in: lockout ended, sessions seen and ended.

use directory::{Account, KIND_ACCOUNT, Lockout, Tenant};
use serde_json::{Value, json};
use wire::Answer;

use super::{Asked, accounts, done, ok, problem::Problem};
use crate::visits::SignIn;

/// What may stay when all others end.
pub(super) const EXCEPT: &[(&str, &str)] = &[("except", "the id of one that stays")];

/// Where a person is signed in with a browser.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let shown = |one: &SignIn| {
        let sites = one.sites.iter();
        json!({
            "id": one.id,
            "browser": one.browser,
            "since": one.since.rfc3339(),
            "last_used": one.last_used.rfc3339(),
            "sites": sites.map(|(host, name)| json!({ "host": host, "name": name })).collect::<Vec<_>>(),
        })
    };
    let all: Vec<Value> = sign_ins(asked).await?.iter().map(shown).collect();
    ok(&json!({ "sessions": all }))
}

/// Ends one.
pub(crate) async fn end(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.param("session");
    if sign_ins(asked).await?.iter().all(|one| one.id != id) {
        return Err(Problem::not_found(format!(
            "the account has no session `{id}`; GET the list for the ids"
        )));
    }
    end_those(asked, |one| one == id).await
}

/// Ends all, or all others.
pub(crate) async fn end_all(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let kept = asked.query.get("except");
    end_those(asked, |one| Some(one) != kept).await
}

async fn sign_ins(asked: &Asked<'_>) -> Result<Vec<SignIn>, Problem> {
    let store = &asked.state.store;
    let tenant = store.view::<Tenant>(asked.tenant().await?).await?;
    let account = accounts::find(&tenant, asked.param("account"))?;
    Ok(SignIn::all(store, &tenant, account, tenant.now(&*asked.state.clock)).await?)
}

async fn end_those(asked: &Asked<'_>, meant: impl Fn(&str) -> bool) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let now = asked.state.now(tenant).await?;
    SignIn::end(&asked.state.store, tenant, account, now, meant).await?;
    done()
}

/// Smart lockout forgets: who waits need not wait.
pub(crate) async fn unlock(asked: &Asked<'_>) -> Result<Answer, Problem> {
    change(asked, |account| account.lockout = Lockout::default()).await
}

/// Every session and every refresh token from before this moment is worth nothing.
pub(crate) async fn revoke(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let now = asked.state.now(asked.tenant().await?).await?;
    change(asked, |account| account.tokens_valid_from = Some(now)).await
}

async fn change(asked: &Asked<'_>, change: impl Fn(&mut Account)) -> Result<Answer, Problem> {
    let (tenant, id) = asked.account().await?;
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(tenant, |tenant, changes| {
            let missing = || Problem::not_found("the account was removed meanwhile");
            let mut account = tenant.account(id).ok_or_else(missing)?.clone();
            change(&mut account);
            changes.put(KIND_ACCOUNT, id, &account);
            Ok(())
        })
        .await?;
    done()
}
