//! `/domains`: the ends of user names, and who keeps the passwords behind each.

use askama::Template;
use directory::{Domain, DomainKind};
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};
use types::Host;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/domains",
    about: "the organization’s domains: managed or federated, the default one",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How many stand on a page.
const EACH: usize = 50;

#[derive(Template)]
#[template(path = "admin/domains/template.html")]
struct View {
    frame: Frame,
    rows: Vec<Row>,
    paging: Paging,
    typed: String,
    may_manage: bool,
}

struct Row {
    name: String,
    /// The federation server; none is managed.
    federated: Option<String>,
    initial: bool,
    is_default: bool,
    users: usize,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(change(ask), async |wrong| show(ask, wrong)).await
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let tenant = ask.tenant()?;
    let default = tenant.settings.domain_of_new_users();
    let users = |domain: &Domain| {
        tenant
            .accounts()
            .filter(|account| !account.deleted && account.upn.domain().eq_ignore_ascii_case(&domain.name))
            .count()
    };
    let all = tenant.settings.domains.iter().enumerate().collect();
    let (found, paging) = paged(ask, all, EACH);
    let rows = found.into_iter().map(|(at, domain)| Row {
        name: shown(&domain.name),
        federated: match &domain.kind {
            DomainKind::Managed => None,
            DomainKind::Federated { sts } => {
                Some(sts.as_deref().map_or_else(|| "no server named".to_owned(), shown))
            }
        },
        initial: at == 0,
        is_default: domain.name == default,
        users: users(domain),
    });
    let view = View {
        rows: rows.collect(),
        paging,
        typed: shown(ask.field("name")),
        may_manage: rights::has(ask, rights::MANAGE),
        frame: ask.frame().with(wrong),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the list of domains"))
}

async fn change(ask: &Ask<'_>) -> Reply {
    rights::only(ask, rights::MANAGE)?;
    let tenant = ask.tenant()?.id().to_string();
    let domain = ask.field("domain");
    let of_domain = [("tenant", tenant.as_str()), ("domain", domain)];
    let said = match ask.field("do") {
        "add" => {
            let name = ask.field("name");
            ask.act("addDomain", &of_domain[..1], &json!({ "name": name }))
                .await?;
            format!("{name} was added. That it is yours is taken on trust here.")
        }
        "remove" => {
            ask.act("removeDomain", &of_domain, &Value::Null).await?;
            format!("{domain} was removed.")
        }
        "default" => {
            ask.act("changeDomain", &of_domain, &json!({ "default": true }))
                .await?;
            format!("New users now get a name at {domain}.")
        }
        "managed" => {
            ask.act("changeDomain", &of_domain, &json!({ "kind": "managed" }))
                .await?;
            format!("The passwords of {domain} are kept here now.")
        }
        "federated" => {
            let sts: Host = ask.field("sts").parse().map_err(|_| {
                Stop::wrong(
                    format!("“{}” is not the name of a server.", ask.field("sts")),
                    "Write it like sts.contoso.com.",
                )
            })?;
            let kind = json!({ "kind": { "federated": { "sts": sts.as_str() } } });
            ask.act("changeDomain", &of_domain, &kind).await?;
            format!("The passwords of {domain} are kept by {sts} now.")
        }
        _ => {
            return Err(Stop::no_button());
        }
    };
    Ok(ask.done("/domains", said))
}
