//! One token and no more, for whoever examines a connection instead of making one.

use evidence::Steps;
use types::Secret;

use crate::{
    ClientError, Endpoints, Outside, Plan, Realm, Ui,
    connect::{check, sign_in},
    preflight,
    signin::{self, Granted},
};

/// A token that was just granted, and what renews it.
pub struct Grant {
    /// The access token.
    pub token: Secret,
    /// What gets one for another resource without asking a person again.
    pub refresh_token: Option<Secret>,
}

/// Signs in as `plan` says and asks for a token for `resource`. What cannot work is not sent, and the realm of a user with
/// a password is not asked for where it is known.
///
/// # Errors
/// [`ClientError`]: what stood in the way.
pub async fn grant(
    outside: &Outside,
    endpoints: &Endpoints,
    (plan, realm): (&Plan, Option<&Realm>),
    resource: &str,
    ui: &dyn Ui,
    steps: &mut Steps,
) -> Result<Grant, ClientError> {
    check(plan)?;
    preflight::client_id(&plan.client_id, Some(&endpoints.authority.tenant))?;
    Ok(of(sign_in(
        outside,
        endpoints,
        (plan, realm),
        resource,
        ui,
        steps,
    )
    .await?))
}

/// A token for another `resource` out of a sign-in that was just made.
pub async fn regrant(
    outside: &Outside,
    endpoints: &Endpoints,
    client_id: &str,
    refresh_token: &Secret,
    resource: &str,
    steps: &mut Steps,
) -> Result<Grant, ClientError> {
    Ok(of(signin::refresh(
        outside,
        endpoints,
        client_id,
        refresh_token,
        resource,
        steps,
    )
    .await?))
}

fn of(granted: Granted) -> Grant {
    Grant {
        token: granted.tokens.access_token.0,
        refresh_token: granted.tokens.refresh_token.map(|token| token.0),
    }
}
