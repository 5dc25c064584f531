//! What holds an account back, or keeps it in: lockout ended, sessions ended.

use directory::{Account, KIND_ACCOUNT, Lockout, Tenant};
use wire::Answer;

use super::{Asked, done, problem::Problem};

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
