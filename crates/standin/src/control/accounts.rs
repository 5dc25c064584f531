//! Accounts. What a test needs most: disable, delete, new password, license gone.

use authority::Registrations;
use directory::{Account, KIND_ACCOUNT, Lockout, Password, Tenant, bind_account};
use serde_json::{Value, json};
use store::Changes;
use types::{ObjectId, Secret, Timestamp};
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};
use crate::{merge::merge, state::State};

/// Every account, by name.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    let mut accounts: Vec<&Account> = tenant.accounts().collect();
    accounts.sort_by_key(|account| (account.upn.key(), account.deleted));
    let accounts: Vec<Value> = accounts.into_iter().map(shown).collect::<Result<_, _>>()?;
    ok(&json!({ "accounts": accounts }))
}

/// One account.
pub(crate) async fn get(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.state.store.view::<Tenant>(asked.tenant().await?).await?;
    ok(&shown(find(&tenant, asked.param("account"))?)?)
}

/// A new account: whatever an account has, of which `upn` and `name` are needed.
pub(crate) async fn create(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let mut body: Value = asked.json()?;
    let password = take_password(&mut body)?;
    let fresh = json!({ "id": asked.state.chance.uuid(), "enabled": true });
    let now = asked.state.now(id).await?;
    let account = asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let mut whole = fresh.clone();
            merge(&mut whole, &body);
            let mut account: Account = serde_json::from_value(whole)?;
            if tenant.account(account.id).is_some() {
                return Err(taken(&account.id.to_string()));
            }
            set_password(asked.state, &mut account, &password, now)?;
            put(tenant, &account, changes)?;
            Ok(account)
        })
        .await?;
    created(&shown(&account)?)
}

/// Changes an account.
pub(crate) async fn change(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let mut patch: Value = asked.json()?;
    if patch.get("id").is_some() {
        return Err(Problem::bad(
            "an account's id cannot be changed",
            "leave `id` out",
        ));
    }
    let password = take_password(&mut patch)?;
    let now = asked.state.now(id).await?;
    let account = asked
        .state
        .store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let before = find(tenant, asked.param("account"))?;
            let mut whole = serde_json::to_value(before)?;
            merge(&mut whole, &patch);
            let mut account: Account = serde_json::from_value(whole)?;
            set_password(asked.state, &mut account, &password, now)?;
            unbind(before, changes);
            put(tenant, &account, changes)?;
            Ok(account)
        })
        .await?;
    ok(&shown(&account)?)
}

/// Removes an account for good, with what it granted and owned. To delete it as Entra does, which can be undone, set
/// `deleted`.
pub(crate) async fn delete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let id = asked.tenant().await?;
    let store = &asked.state.store;
    let gone = store
        .update::<Tenant, _, Problem>(id, |tenant, changes| {
            let account = find(tenant, asked.param("account"))?;
            unbind(account, changes);
            changes.delete(KIND_ACCOUNT, account.id);
            Ok(account.id)
        })
        .await?;
    // The account first: whoever is gone grants nothing more.
    store
        .update::<Registrations, _, Problem>(id, |registrations, changes| {
            registrations.forget_account(gone, changes);
            Ok(())
        })
        .await?;
    done()
}

pub(super) fn find<'t>(tenant: &'t Tenant, text: &str) -> Result<&'t Account, Problem> {
    let found = match text.parse::<ObjectId>() {
        Ok(id) => tenant.account(id),
        Err(_) => text.parse().ok().and_then(|upn| tenant.account_named(&upn)),
    };
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no account `{text}` in {}",
            tenant.settings.name
        ))
    })
}

fn taken(what: &str) -> Problem {
    Problem::conflict(
        format!("{what} belongs to another account"),
        "choose another, or change that account",
    )
}

fn put(tenant: &Tenant, account: &Account, changes: &mut Changes) -> Result<(), Problem> {
    for name in std::iter::once(&account.upn).chain(&account.aliases) {
        let other = tenant
            .account_named(name)
            .filter(|other| other.id != account.id && !other.deleted);
        if other.is_some() && !account.deleted {
            return Err(taken(name.as_str()));
        }
    }
    bind_account(account, changes);
    changes.put(KIND_ACCOUNT, account.id, account);
    Ok(())
}

/// What `bind_account` of an earlier version bound; names that stay are bound again afterwards.
fn unbind(account: &Account, changes: &mut Changes) {
    for name in std::iter::once(&account.upn).chain(&account.aliases) {
        changes.unbind(format!("user:{}", name.key()));
    }
}

/// What is asked about the password.
enum NewPassword {
    Keep,
    Remove,
    Set { value: Secret },
}

struct PasswordChange {
    password: NewPassword,
    must_change: Option<bool>,
    expired_on_premises: Option<bool>,
}

/// `"password": "text"`, `null`, or an object with `value`, `must_change` and `expired_on_premises`.
fn take_password(body: &mut Value) -> Result<PasswordChange, Problem> {
    let wrong = || {
        Problem::bad(
            "`password` must be a text, null, or an object with value, must_change and expired_on_premises",
            "see the example in /_keyway/v1/openapi.json",
        )
    };
    let Some(body) = body.as_object_mut() else {
        return Err(Problem::bad("the body is not a JSON object", "send an object"));
    };
    let mut change = PasswordChange {
        password: NewPassword::Keep,
        must_change: None,
        expired_on_premises: None,
    };
    match body.remove("password") {
        None => {}
        Some(Value::Null) => change.password = NewPassword::Remove,
        Some(Value::String(value)) => {
            change.password = NewPassword::Set {
                value: Secret::new(value),
            }
        }
        Some(Value::Object(parts)) => {
            for (name, value) in parts {
                match (name.as_str(), value) {
                    ("value", Value::String(value)) => {
                        change.password = NewPassword::Set {
                            value: Secret::new(value),
                        }
                    }
                    ("must_change", Value::Bool(on)) => change.must_change = Some(on),
                    ("expired_on_premises", Value::Bool(on)) => change.expired_on_premises = Some(on),
                    // As it is shown by GET: taken back without effect.
                    ("changed", _) => {}
                    _ => return Err(wrong()),
                }
            }
        }
        Some(_) => return Err(wrong()),
    }
    Ok(change)
}

fn set_password(
    state: &State,
    account: &mut Account,
    change: &PasswordChange,
    now: Timestamp,
) -> Result<(), Problem> {
    match &change.password {
        NewPassword::Keep => {}
        NewPassword::Remove => account.password = None,
        NewPassword::Set { value } => {
            let password = Password::seal(value, &state.keys.sealer, &*state.chance, now)
                .map_err(|error| Problem::bad(error.to_string(), "choose a shorter password"))?;
            // A first password revokes nothing.
            match account.password {
                Some(_) => account.set_password(password),
                None => {
                    account.password = Some(password);
                    account.lockout = Lockout::default();
                }
            }
        }
    }
    if let Some(password) = &mut account.password {
        password.must_change = change.must_change.unwrap_or(password.must_change);
        password.expired_on_premises = change.expired_on_premises.unwrap_or(password.expired_on_premises);
    }
    Ok(())
}

/// An account without what stands for its password.
pub(super) fn shown(account: &Account) -> Result<Value, Problem> {
    let mut shown = serde_json::to_value(account)?;
    if let Some(password) = shown["password"].as_object_mut() {
        password.remove("stored");
    }
    if let Some(factor) = shown.pointer_mut("/mfa/totp").and_then(Value::as_object_mut) {
        factor.remove("secret");
    }
    if let Some(lockout) = shown["lockout"].as_object_mut() {
        lockout.remove("recent");
    }
    Ok(shown)
}
