//! The second factor of an account.

use directory::{Control, KIND_ACCOUNT, KIND_SETTINGS, Mfa, Rule, Tenant};
use serde_json::json;
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};

/// Registers an authenticator; what it needs is shown once.
pub(crate) async fn enroll(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, account) = asked.account().await?;
    let clock = &*asked.state.clock;
    let made = asked.people().enroll(tenant, account, clock).await?;
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

/// A rule of Conditional Access for this person alone.
pub(crate) async fn require(asked: &Asked<'_>) -> Result<Answer, Problem> {
    change_rules(asked, |rules, upn| {
        if !rules.iter().any(|rule| is_own(rule, upn)) {
            rules.push(Rule {
                name: format!("A second factor for {upn}"),
                users: vec![upn.to_owned()],
                apps: Vec::new(),
                control: Control::Mfa { max_age: None },
            });
        }
    })
    .await
}

/// Without that rule again. What other rules demand stays.
pub(crate) async fn waive(asked: &Asked<'_>) -> Result<Answer, Problem> {
    change_rules(asked, |rules, upn| rules.retain(|rule| !is_own(rule, upn))).await
}

/// Whether a rule demands a second factor of this person and of nobody else.
fn is_own(rule: &Rule, upn: &str) -> bool {
    matches!(rule.control, Control::Mfa { .. })
        && rule.apps.is_empty()
        && matches!(rule.users.as_slice(), [only] if only.eq_ignore_ascii_case(upn))
}

async fn change_rules(asked: &Asked<'_>, change: impl Fn(&mut Vec<Rule>, &str)) -> Result<Answer, Problem> {
    let (tenant, id) = asked.account().await?;
    asked
        .state
        .store
        .update::<Tenant, _, Problem>(tenant, |view, changes| {
            let missing = || Problem::not_found("the account was removed meanwhile");
            let account = view.account(id).ok_or_else(missing)?;
            let mut settings = view.settings.clone();
            change(&mut settings.conditional_access, account.upn.as_str());
            changes.put(KIND_SETTINGS, tenant, &settings);
            Ok(())
        })
        .await?;
    done()
}
