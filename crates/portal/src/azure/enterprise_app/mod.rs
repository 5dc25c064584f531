//! `/enterprise/{app}`: one application as this tenant uses it: who may sign in to it (facts/identity.md 2.1).

use askama::Template;
use authority::{Principal, Registrations};
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};
use types::{AppId, Upn};

use super::desk::{self, MANAGERS};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/enterprise/{app}",
    about: "an enterprise application: sign-in, assignment, who is assigned",
    needs: Needs::Role(MANAGERS),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/enterprise_app/template.html")]
struct View {
    frame: Frame,
    base: String,
    name: String,
    id: String,
    object: String,
    registration: bool,
    /// The tenant uses it; nothing but making it can be done where it does not.
    exists: bool,
    enabled: bool,
    assignment: bool,
    /// As kept, and as shown.
    assigned: Vec<(String, String)>,
    typed: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let missing = || Stop::Missing("There is no such enterprise application in this directory".into());
    let id: AppId = ask.param("app").parse().map_err(|_| missing())?;
    let here = desk::registrations(ask).await?;
    let principal = here.principal(id);
    // Of a registration of this tenant it can be made again.
    let name = match (principal, here.app(id)) {
        (Some(principal), _) => shown(&principal.name),
        (None, Some(app)) => shown(&app.name),
        (None, None) => return Err(missing()),
    };
    ask.form(change(ask, id, principal), async |wrong| {
        show(ask, &here, id, name, wrong)
    })
    .await
}

fn show(ask: &Ask<'_>, here: &Registrations, id: AppId, name: String, wrong: Option<Wrong>) -> Reply {
    let principal = here.principal(id);
    let tenant = ask.tenant()?;
    let assigned = principal.into_iter().flat_map(|principal| &principal.assigned);
    let assigned = assigned.map(|who| {
        let account = who.parse().ok().and_then(|id| tenant.account(id));
        let words = account.map_or_else(
            || format!("Group {who}"),
            |account| format!("{} ({})", account.name, account.upn),
        );
        (who.clone(), shown(&words))
    });
    let view = View {
        base: format!("/enterprise/{id}"),
        name,
        id: id.to_string(),
        object: principal
            .map(|principal| principal.id.to_string())
            .unwrap_or_default(),
        registration: here.app(id).is_some(),
        exists: principal.is_some(),
        enabled: principal.is_some_and(|principal| principal.enabled),
        assignment: principal.is_some_and(|principal| principal.assignment_required),
        assigned: assigned.collect(),
        typed: match &wrong {
            Some(_) => ask.field("who").to_owned(),
            None => String::new(),
        },
        frame: ask.frame().with(wrong),
    };
    let decision = Decision::served("an enterprise application");
    shell::page(StatusCode::OK, &view, decision)
}

/// What the form asks for.
async fn change(ask: &Ask<'_>, id: AppId, principal: Option<&Principal>) -> Reply {
    let tenant = ask.tenant()?;
    let who = ask.field("who");
    let mut assigned = principal
        .map(|principal| principal.assigned.clone())
        .unwrap_or_default();
    let (operation, body, notice) = match ask.field("what") {
        "make" => (
            "addPrincipal",
            Value::Null,
            "The enterprise application was made.".to_owned(),
        ),
        "switches" => {
            let body = json!({
                "enabled": ask.field("enabled") == "yes",
                "assignment_required": ask.field("assignment") == "yes",
            });
            (
                "changePrincipal",
                body,
                "The enterprise application was saved.".to_owned(),
            )
        }
        "unassign" => {
            assigned.remove(who);
            (
                "changePrincipal",
                json!({ "assigned": assigned }),
                "The assignment was removed.".to_owned(),
            )
        }
        _ => {
            let account = who.parse::<Upn>().ok().and_then(|upn| tenant.account_named(&upn));
            let group = tenant.accounts().any(|account| account.groups.contains(who));
            match (account, group) {
                (Some(account), _) => assigned.insert(account.id.to_string()),
                (None, true) => assigned.insert(who.to_owned()),
                (None, false) => {
                    return Err(Stop::wrong(
                        format!(
                            "There is neither a user nor a group “{}” in this directory",
                            shown(who)
                        ),
                        "Give a user name like anna@contoso.com, or a group’s name.",
                    ));
                }
            };
            let body = json!({ "assigned": assigned });
            (
                "changePrincipal",
                body,
                format!("{} is assigned now.", shown(who)),
            )
        }
    };
    let (tenant, app) = (tenant.id().to_string(), id.to_string());
    ask.act(operation, &[("tenant", &tenant), ("app", &app)], &body)
        .await?;
    Ok(ask.done(&format!("/enterprise/{id}"), notice))
}
