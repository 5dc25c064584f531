//! `/worlds`: the tenants, and what is in each: people with their passwords, applications, organizations. A tenant is put
//! back, remembered, or copied here.

mod tenant;

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value::Null, json};

use super::tenants;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    text::query,
};

pub(crate) const LIST: Page = Page {
    path: "/worlds",
    about: "every tenant; a new one from a template",
    needs: Needs::Tester,
    most_body: FORM,
    handle: |ask| Box::pin(list(ask)),
};

pub(crate) const TENANT: Page = Page {
    path: "/worlds/{tenant}",
    about: "a tenant: people with passwords, applications, organizations; reset, snapshots",
    needs: Needs::Tester,
    most_body: FORM,
    handle: |ask| Box::pin(tenant::answer(ask)),
};

#[derive(Template)]
#[template(path = "keyway/worlds/template.html")]
struct View {
    frame: Frame,
    world: String,
    tenants: Vec<Row>,
    templates: Vec<String>,
}

struct Row {
    id: String,
    name: String,
    domain: String,
    from: &'static str,
    people: usize,
}

async fn list(ask: &Ask<'_>) -> Reply {
    if ask.sent() {
        if ask.field("do") == "reset" {
            ask.act("resetAll", &[], &Null).await?;
            return Ok(ask.done("/worlds", "Every tenant is as it was made."));
        }
        let template = ask.field("template");
        let made = ask
            .act("createTenant", &[], &json!({ "template": template }))
            .await?;
        let path = format!("/worlds/{}", made["id"].as_str().unwrap_or_default());
        let query = query(&[("like", template)]);
        let domain = made["domain"].as_str().unwrap_or_default();
        let notice = format!("The tenant {domain} was made. Its passwords are the template’s.");
        return Ok(ask.done(&format!("{path}?{query}"), notice));
    }
    let ready = &ask.portal.stage.ready;
    let row = |choice: tenants::Choice| {
        let known = ready.tenants.iter().any(|one| one.id == choice.tenant.id());
        Row {
            from: if known { "the world" } else { "a copy" },
            people: choice.tenant.accounts().count(),
            id: choice.id,
            name: choice.name,
            domain: choice.domain,
        }
    };
    let view = View {
        frame: ask.frame(),
        world: ready.world.clone(),
        tenants: tenants::choices(ask, None).await?.into_iter().map(row).collect(),
        templates: ready
            .tenants
            .iter()
            .filter_map(|one| one.template.clone())
            .collect(),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the tenants"))
}
