//! `/users/new`: a new user, with a temporary password.

use askama::Template;
use directory::{Account, Role, licenses::SKUS};
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::{once, rights};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/users/new",
    about: "a new user, with a temporary password",
    needs: Needs::Role(rights::MANAGE),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "admin/new/template.html")]
struct View {
    frame: Frame,
    name: String,
    local: String,
    contact: String,
    domains: Vec<(String, bool)>,
    licenses: Vec<(&'static str, &'static str, bool)>,
    roles: Vec<(usize, &'static str, bool)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(create(ask), async |wrong| show(ask, wrong)).await
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let settings = &ask.tenant()?.settings;
    let chosen = match ask.field("domain") {
        "" => settings.domain_of_new_users(),
        typed => typed.to_owned(),
    };
    let ticked = |field: String| ask.form.get(&field).is_some();
    let view = View {
        frame: ask.frame().with(wrong),
        name: shown(ask.field("name")),
        local: shown(ask.field("local")),
        contact: shown(ask.field("contact")),
        domains: settings
            .domains
            .iter()
            .map(|domain| (domain.name.clone(), domain.name == chosen))
            .collect(),
        licenses: SKUS
            .iter()
            .map(|sku| (sku.id, sku.name, ticked(format!("license.{}", sku.id))))
            .collect(),
        roles: Role::ALL
            .iter()
            .enumerate()
            .map(|(at, (_, name))| (at, *name, ticked(format!("role.{at}"))))
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the form for a new user"))
}

async fn create(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?;
    let id = tenant.id().to_string();
    let domain = tenant.settings.domain(ask.field("domain")).ok_or_else(|| {
        Stop::wrong(
            "That domain is not one of this organization’s.",
            "Choose one from the list, or add it under Domains first.",
        )
    })?;
    let upn = format!("{}@{}", ask.field("local"), domain.name);
    if ask.field("name").is_empty() {
        return Err(Stop::wrong("A user needs a name.", "Type the display name."));
    }
    let roles: Vec<Role> = Role::ALL
        .iter()
        .enumerate()
        .filter(|(at, _)| ask.form.get(&format!("role.{at}")).is_some())
        .map(|(_, (role, _))| *role)
        .collect();
    let licenses: Vec<&str> = SKUS
        .iter()
        .map(|sku| sku.id)
        .filter(|id| ask.form.get(&format!("license.{id}")).is_some())
        .collect();
    let name: String = ask.field("name").chars().take(super::user::MOST_NAME).collect();
    let mut body = json!({ "upn": upn, "name": name, "licenses": licenses, "roles": roles });
    if !ask.field("contact").is_empty() {
        body["contact"] = json!(super::user::address(ask.field("contact"))?);
    }
    let made = ask.act("createAccount", &[("tenant", &id)], &body).await?;
    let account = made["id"].as_str().unwrap_or_default();
    // Where a federation server keeps the passwords, there is none to give here.
    if domain.kind != directory::DomainKind::Managed {
        let notice = format!(
            "{upn} was created. The password is kept by the federation server of {}.",
            domain.name
        );
        return Ok(ask.done(&format!("/users/{account}"), notice));
    }
    let reset = ask
        .act(
            "resetPassword",
            &[("tenant", &id), ("account", account)],
            &json!(null),
        )
        .await?;
    let view = ask
        .portal
        .stage
        .store
        .view::<directory::Tenant>(tenant.id())
        .await?;
    let made: Option<&Account> = account.parse().ok().and_then(|id| view.account(id));
    let made = made.ok_or_else(|| Stop::Missing("The user was removed meanwhile".into()))?;
    let password = reset["temporary_password"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    once::page(
        ask,
        "The user was created",
        made,
        vec![("Temporary password", password)],
        super::user::temporary(made),
    )
}
