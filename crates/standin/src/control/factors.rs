//! The second factor of an account.

use directory::{KIND_ACCOUNT, Mfa, Tenant};
use serde_json::json;
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};

/// Registers an authenticator; what it needs is shown once.
pub(crate) async fn enroll(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let made = asked.people().enroll(tenant, account).await?;
    created(&json!({ "secret": made.secret.expose(), "uri": made.uri.expose() }))
}

/// What the authenticator shows now.
pub(crate) async fn code(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let code = asked
        .people()
        .code_now(tenant, account, &*asked.state.clock)
        .await?;
    ok(&json!({ "code": code.expose() }))
}

/// Takes it away.
pub(crate) async fn remove(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, id) = asked.account().await?;
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(tenant, |tenant, changes| {
            if let Some(account) = tenant.account(id) {
                let mut account = account.clone();
                account.mfa = Mfa::None;
                changes.put(KIND_ACCOUNT, id, &account);
            }
            Ok(())
        })
        .await?;
    done()
}
