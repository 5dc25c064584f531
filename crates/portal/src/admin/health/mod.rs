//! `/health`: the Service Health Dashboard, which is looked at before anything else (row 003-03).
//!
//! On Microsoft's page nobody but Microsoft reports an incident. Here an administrator can, to rehearse one; the page
//! says so.

use std::collections::BTreeMap;

use askama::Template;
use directory::health::{Class, Health, Incident, State};
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    stop::Stop,
    text::{moment, shown},
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/health",
    about: "service health: incidents that are open, and those that were",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How many of the past stand on a page.
const EACH: usize = 20;
/// Older messages of an incident are left out.
const MOST_MESSAGES: usize = 6;
/// The longest text that is taken, in characters.
const MOST_TEXT: usize = 1000;
/// More of a text is not shown, in characters.
const MOST_SHOWN: usize = 300;
/// How many that are open are shown.
const MOST_OPEN: usize = 10;

/// Where an incident can stand: value, name.
const STATES: &[(&str, State, &str)] = &[
    ("investigating", State::Investigating, "Investigating"),
    (
        "service-degradation",
        State::ServiceDegradation,
        "Service degradation",
    ),
    (
        "service-interruption",
        State::ServiceInterruption,
        "Service interruption",
    ),
    ("restoring-service", State::RestoringService, "Restoring service"),
    ("service-restored", State::ServiceRestored, "Service restored"),
    ("false-positive", State::FalsePositive, "False positive"),
];
/// What sort of trouble there is: value, name.
const CLASSES: &[(&str, Class, &str)] = &[
    ("incident", Class::Incident, "Incident"),
    ("advisory", Class::Advisory, "Advisory"),
    ("maintenance", Class::Maintenance, "Maintenance"),
];
/// The services that are watched; others can be typed.
const SERVICES: &[&str] = &[
    "Dynamics 365",
    "Identity Service",
    "Exchange Online",
    "Office Portal",
];

#[derive(Template)]
#[template(path = "admin/health/template.html")]
struct View {
    frame: Frame,
    open: Vec<Shown>,
    past: Vec<Shown>,
    paging: Paging,
    /// Each service, with how many of its incidents are open.
    services: Vec<(String, usize)>,
    states: &'static [(&'static str, State, &'static str)],
    classes: &'static [(&'static str, Class, &'static str)],
    typed: [String; 3],
    may_manage: bool,
}

struct Shown {
    id: String,
    service: String,
    title: String,
    class: &'static str,
    state: &'static str,
    started: String,
    ended: String,
    messages: Vec<(String, &'static str, String)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(change(ask), |wrong| show(ask, wrong)).await
}

async fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let now = ask.visitor()?.now;
    let id = ask.tenant()?.id();
    let health = ask.portal.stage.store.view::<Health>(id).await?;
    let open: Vec<&Incident> = health.open(now).collect();
    let past = health
        .incidents()
        .filter(|incident| open.iter().all(|other| other.id != incident.id));
    let (past, paging) = paged(ask, past.collect(), EACH);
    let mut services: BTreeMap<&str, usize> = SERVICES.iter().map(|name| (*name, 0)).collect();
    for incident in &open {
        *services.entry(&incident.service).or_default() += 1;
    }
    let view = View {
        services: services
            .into_iter()
            .map(|(name, open)| (short(name), open))
            .collect(),
        open: open.iter().copied().take(MOST_OPEN).map(as_shown).collect(),
        past: past.into_iter().map(as_shown).collect(),
        paging,
        states: STATES,
        classes: CLASSES,
        typed: ["service", "title", "message"].map(|name| shown(ask.field(name))),
        may_manage: rights::has(ask, rights::MANAGE),
        frame: ask.frame().with(wrong),
    };
    shell::page(StatusCode::OK, &view, Decision::served("service health"))
}

fn as_shown(incident: &Incident) -> Shown {
    let state = |state: State| {
        let found = STATES.iter().find(|(_, known, _)| *known == state);
        found.map_or("", |(.., name)| *name)
    };
    let class = CLASSES.iter().find(|(_, known, _)| *known == incident.class);
    Shown {
        id: incident.id.to_string(),
        service: short(&incident.service),
        title: short(&incident.title),
        class: class.map_or("", |(.., name)| *name),
        state: state(incident.state),
        started: moment(incident.started),
        ended: incident.ended.map(moment).unwrap_or_default(),
        messages: incident
            .messages
            .iter()
            .rev()
            .take(MOST_MESSAGES)
            .map(|message| (moment(message.at), state(message.state), short(&message.text)))
            .collect(),
    }
}

fn short(text: &str) -> String {
    shown(&text.chars().take(MOST_SHOWN).collect::<String>())
}

async fn change(ask: &Ask<'_>) -> Reply {
    rights::only(ask, rights::MANAGE)?;
    let tenant = ask.tenant()?.id().to_string();
    let id = ask.field("incident");
    let needed = |name: &'static str| -> Result<String, Stop> {
        let text: String = ask.field(name).chars().take(MOST_TEXT).collect();
        match text.is_empty() {
            true => Err(Stop::wrong(
                format!("The {name} is empty."),
                "Fill it in and send the form again.",
            )),
            false => Ok(text),
        }
    };
    let said = match ask.field("do") {
        "raise" => {
            let body = json!({
                "service": needed("service")?,
                "title": needed("title")?,
                "class": ask.field("class"),
                "state": ask.field("state"),
                "message": needed("message")?,
            });
            ask.act("raiseIncident", &[("tenant", &tenant)], &body).await?;
            "The incident was reported."
        }
        "update" => {
            let body = json!({ "state": ask.field("state"), "message": needed("message")? });
            let named = [("tenant", tenant.as_str()), ("incident", id)];
            ask.act("updateIncident", &named, &body).await?;
            "The incident’s history was continued."
        }
        "resolve" => {
            let body = json!({ "state": "service-restored", "message": "The service works again." });
            let named = [("tenant", tenant.as_str()), ("incident", id)];
            ask.act("updateIncident", &named, &body).await?;
            "The incident is over."
        }
        _ => {
            return Err(Stop::no_button());
        }
    };
    Ok(ask.done("/health", said))
}
