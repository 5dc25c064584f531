//! What the buttons of a person's page do. Each is an operation of the control API.

use directory::{Account, AccountKind, Role, licenses};
use serde_json::{Value, json};
use types::Upn;

use super::{MOST_NAME, account, address, temporary};
use crate::{
    admin::{once, rights},
    page::{Ask, Reply},
    stop::Stop,
};

/// Does what the pressed button says.
pub(super) async fn perform(ask: &Ask<'_>) -> Reply {
    let account = account(ask)?;
    let tenant = ask.tenant()?;
    let id = account.id.to_string();
    let mine = ask.visitor()?.account.id == account.id;
    let what = ask.field("do");
    rights::only(
        ask,
        match what {
            "unlock" | "sign-out" | "end-session" | "reset" => rights::helpers_of(account),
            _ => rights::MANAGE,
        },
    )?;
    if mine && matches!(what, "block" | "delete" | "erase") {
        return Err(Stop::wrong(
            "You cannot shut yourself out",
            "ask another Global Administrator to do it",
        ));
    }
    if matches!(what, "block" | "delete" | "erase") {
        rights::not_the_last(tenant, account)?;
    }
    let name = &account.upn;
    let change = |patch: Value| async move { Act("changeAccount", "", "").on(ask, &patch).await };
    let said = match what {
        "block" => {
            change(json!({ "enabled": false })).await?;
            format!("{name} can no longer sign in.")
        }
        "allow" => {
            change(json!({ "enabled": true })).await?;
            format!("{name} may sign in again.")
        }
        "unlock" => {
            Act("unlockAccount", "", "").on(ask, &Value::Null).await?;
            format!("{name} is no longer locked out.")
        }
        "sign-out" => {
            Act("revokeSessions", "", "").on(ask, &Value::Null).await?;
            format!("{name} was signed out everywhere.")
        }
        "end-session" => {
            Act("endSession", "session", ask.field("session"))
                .on(ask, &Value::Null)
                .await?;
            format!("{name} was signed out of that browser.")
        }
        "reset" => return reset(ask, account).await,
        "require" => {
            Act("requireSecondFactor", "", "").on(ask, &Value::Null).await?;
            format!("{name} must show a second factor at each sign-in.")
        }
        "waive" => {
            Act("waiveSecondFactor", "", "").on(ask, &Value::Null).await?;
            format!("{name} need no longer show a second factor.")
        }
        "enroll" => return enroll(ask, account).await,
        "unenroll" => {
            Act("removeAuthenticator", "", "").on(ask, &Value::Null).await?;
            format!("The second factor of {name} was removed.")
        }
        "give-license" | "take-license" => license(ask, account, what == "give-license").await?,
        "join" | "leave" => group(ask, account, what == "join").await?,
        "give-role" | "take-role" => role(ask, account, what == "give-role").await?,
        "rename" => rename(ask, account).await?,
        "delete" => {
            change(json!({ "deleted": true })).await?;
            let said = format!("{name} was deleted, and can be restored for thirty days.");
            return Ok(ask.done("/users", said));
        }
        "restore" => {
            change(json!({ "deleted": false })).await?;
            format!("{name} was restored.")
        }
        "erase" if !account.deleted => {
            return Err(Stop::wrong(
                "Only a deleted user can be erased",
                "delete the user first",
            ));
        }
        "erase" if ask.field("sure").is_empty() => {
            return Err(Stop::wrong(
                "Nothing was erased",
                "tick the box to say that you are sure",
            ));
        }
        "erase" => {
            Act("deleteAccount", "", "").on(ask, &Value::Null).await?;
            return Ok(ask.done("/users?state=deleted", format!("{name} was erased for good.")));
        }
        _ => return Err(Stop::no_button()),
    };
    Ok(ask.done(&format!("/users/{id}"), said))
}

/// An operation on the account of the path, with one more name in its path, where it has one.
struct Act<'a>(&'a str, &'a str, &'a str);

impl Act<'_> {
    async fn on(&self, ask: &Ask<'_>, body: &Value) -> Result<Value, Stop> {
        let tenant = ask.tenant()?.id().to_string();
        let account = account(ask)?.id.to_string();
        let named = [
            ("tenant", tenant.as_str()),
            ("account", account.as_str()),
            (self.1, self.2),
        ];
        let named = match self.1 {
            "" => &named[..2],
            _ => &named[..],
        };
        ask.act(self.0, named, body).await
    }
}

async fn reset(ask: &Ask<'_>, account: &Account) -> Reply {
    let made = Act("resetPassword", "", "").on(ask, &Value::Null).await?;
    let password = made["temporary_password"].as_str().unwrap_or_default();
    once::page(
        ask,
        "The password was reset",
        account,
        vec![("Temporary password", password.to_owned())],
        temporary(account),
    )
}

async fn enroll(ask: &Ask<'_>, account: &Account) -> Reply {
    let made = Act("enrollAuthenticator", "", "").on(ask, &Value::Null).await?;
    let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    once::page(
        ask,
        "An authenticator was registered",
        account,
        vec![
            ("Secret key", text("secret")),
            ("Address for the authenticator app", text("uri")),
        ],
        vec![
            "Type the key into an authenticator app (time-based, six digits), or open the address with it."
                .to_owned(),
            "An authenticator that was registered before shows wrong codes from now on.".to_owned(),
        ],
    )
}

async fn license(ask: &Ask<'_>, account: &Account, give: bool) -> Result<String, Stop> {
    let typed = ask.field("license");
    if typed.is_empty() {
        return Err(Stop::wrong("No license was chosen", "choose one from the list"));
    }
    let name = licenses::named(typed).map_or(typed, |sku| sku.name);
    match give {
        true => {
            Act("assignLicense", "license", typed)
                .on(ask, &Value::Null)
                .await?;
            Ok(format!("{} now has {name}.", account.upn))
        }
        // A license that a world made up has no operation of its own: it is taken from the list.
        false if licenses::named(typed).is_none() => {
            let kept: Vec<_> = account.licenses.iter().filter(|id| *id != typed).collect();
            Act("changeAccount", "", "")
                .on(ask, &json!({ "licenses": kept }))
                .await?;
            Ok(format!("{} no longer has {name}.", account.upn))
        }
        false => {
            Act("removeLicense", "license", typed)
                .on(ask, &Value::Null)
                .await?;
            Ok(format!("{} no longer has {name}.", account.upn))
        }
    }
}

async fn group(ask: &Ask<'_>, account: &Account, join: bool) -> Result<String, Stop> {
    let group = ask.field("group");
    if group.is_empty() {
        return Err(Stop::wrong("No group was named", "type the name of a group"));
    }
    let (operation, said) = match join {
        true => ("addMember", "is now a member of"),
        false => ("removeMember", "is no longer a member of"),
    };
    Act(operation, "group", group).on(ask, &Value::Null).await?;
    Ok(format!("{} {said} {group}.", account.upn))
}

async fn role(ask: &Ask<'_>, account: &Account, give: bool) -> Result<String, Stop> {
    let typed = ask.field("role").parse::<usize>().ok();
    let (role, name) = typed
        .and_then(|at| Role::ALL.get(at))
        .ok_or_else(|| Stop::wrong("There is no such role", "choose one from the list"))?;
    if account.kind == AccountKind::Personal {
        return Err(Stop::wrong(
            "A personal account has no roles",
            "choose somebody else",
        ));
    }
    let mut roles = account.roles.clone();
    match give {
        true => _ = roles.insert(*role),
        false => {
            if *role == Role::GlobalAdministrator {
                rights::not_the_last(ask.tenant()?, account)?;
            }
            roles.remove(role);
        }
    }
    Act("changeAccount", "", "")
        .on(ask, &json!({ "roles": roles }))
        .await?;
    Ok(match give {
        true => format!("{} is now {name}.", account.upn),
        false => format!("{} is no longer {name}.", account.upn),
    })
}

async fn rename(ask: &Ask<'_>, account: &Account) -> Result<String, Stop> {
    let name: String = ask.field("name").chars().take(MOST_NAME).collect();
    if name.is_empty() {
        return Err(Stop::wrong("A user needs a name", "type the display name"));
    }
    let contact = match ask.field("contact") {
        "" => None,
        typed => Some(address(typed)?),
    };
    let mut patch = json!({ "name": name, "contact": contact });
    // A guest's names are those of home.
    if account.kind == AccountKind::Member {
        let upn = own(ask, ask.field("upn"))?;
        let aliases = ask
            .field("aliases")
            .split_whitespace()
            .map(|text| own(ask, text))
            .collect::<Result<Vec<Upn>, Stop>>()?;
        patch["upn"] = json!(upn);
        patch["aliases"] = json!(
            aliases
                .into_iter()
                .filter(|alias| *alias != upn)
                .collect::<Vec<_>>()
        );
    }
    Act("changeAccount", "", "").on(ask, &patch).await?;
    Ok("The names were saved.".to_owned())
}

/// A user name at one of the organization's own domains: names elsewhere are other people's.
fn own(ask: &Ask<'_>, text: &str) -> Result<Upn, Stop> {
    let upn = address(text)?;
    match ask.tenant()?.settings.domain(upn.domain()) {
        Some(_) => Ok(upn),
        None => Err(Stop::wrong(
            format!("{} is no domain of this organization", upn.domain()),
            "use one of its own, or add the domain under Domains first",
        )),
    }
}
