//! `/apps/{app}/check`: *Check my settings*: what a platform was given, held against the registration and the organization
//! before anybody tries (rows 004-10, 004-12 to 004-15, 004-19, 004-20).
//!
//! The page performs the operation of the control API; what is looked at stands in `standin::check`.

use std::sync::Arc;

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{Org, Organizations};
use serde::Deserialize;
use serde_json::json;

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/check",
    about: "Check my settings: contradictions found before anything is sent",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// What the operation answers.
#[derive(Deserialize)]
struct Found {
    failing: usize,
    risks: usize,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    level: String,
    what: String,
    fix: String,
    cause: Option<String>,
}

#[derive(Template)]
#[template(path = "azure/check/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    /// Value, name, chosen.
    organizations: Vec<(String, String, bool)>,
    by_itself: bool,
    client_id: String,
    redirect: String,
    authorize: String,
    token: String,
    endpoints: String,
    /// None before the button was pressed.
    found: Option<Vec<Row>>,
    failing: usize,
    risks: usize,
}

struct Row {
    class: &'static str,
    word: &'static str,
    what: String,
    fix: String,
    cause: Option<String>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let visitor = ask.visitor()?;
    let stage = &ask.portal.stage;
    let organizations: Arc<Organizations> = stage.store.view(visitor.tenant.id()).await?;
    let mut orgs: Vec<&Org> = organizations.iter().collect();
    orgs.sort_by(|a, b| a.record.name.cmp(&b.record.name));
    let asked = ask.sent();
    let first = orgs.first().map(|org| org.record.id.to_string());
    let first = first.as_deref().unwrap_or_default();
    let chosen = match asked {
        true => ask.field("organization"),
        false => first,
    };
    let known = orgs.iter().any(|org| org.record.id.to_string() == chosen);
    let by_itself = ask.field("flow") == "program";
    let mut found = None;
    if asked {
        let (tenant, app) = (visitor.tenant.id().to_string(), desk.app.id.to_string());
        let body = json!({
            "flow": if by_itself { "program" } else { "person" },
            "organization": known.then_some(chosen),
            "client_id": ask.field("client_id"),
            "secret": ask.form.get("secret").unwrap_or_default(),
            "redirect": ask.field("redirect"),
            "authorize": ask.field("authorize"),
            "token_endpoint": ask.field("token_endpoint"),
        });
        let named = [("tenant", tenant.as_str()), ("app", app.as_str())];
        let answer = ask.act("checkSettings", &named, &body).await?;
        found = Some(serde_json::from_value::<Found>(answer)?);
    }
    let (failing, risks) = found
        .as_ref()
        .map_or((0, 0), |found| (found.failing, found.risks));
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/check"),
        base: desk.at("/check"),
        organizations: orgs
            .iter()
            .map(|org| {
                let id = org.record.id.to_string();
                let name = shown(&format!("{} ({})", org.record.name, org.record.host));
                let is = id == chosen;
                (id, name, is)
            })
            .collect(),
        by_itself,
        client_id: match asked {
            true => ask.field("client_id").to_owned(),
            false => desk.app.id.to_string(),
        },
        redirect: ask.field("redirect").to_owned(),
        authorize: ask.field("authorize").to_owned(),
        token: ask.field("token_endpoint").to_owned(),
        endpoints: desk.at("/endpoints"),
        found: found.map(|found| {
            found
                .findings
                .iter()
                .map(|finding| Row::of(ask, finding))
                .collect()
        }),
        failing,
        risks,
    };
    let why = match asked {
        true => format!("settings were checked: {failing} will fail, {risks} may"),
        false => "the form that checks settings".to_owned(),
    };
    shell::page(StatusCode::OK, &view, Decision::served(why))
}

impl Row {
    fn of(ask: &Ask<'_>, finding: &Finding) -> Self {
        let (class, word) = match finding.level.as_str() {
            "fails" => ("bad", "Will fail"),
            "risk" => ("maybe", "Look at it"),
            _ => ("good", "Fine"),
        };
        Self {
            class,
            word,
            what: shown(&finding.what),
            fix: shown(&finding.fix),
            cause: finding.cause.as_deref().map(|cause| ask.cause(cause)),
        }
    }
}
