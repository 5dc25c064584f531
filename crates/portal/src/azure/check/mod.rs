//! `/apps/{app}/check`: *Check my settings*: what a platform was given, held against the registration and the organization
//! before anybody tries (rows 004-10, 004-12 to 004-15, 004-19, 004-20).
//!
//! It asks nobody and sends nothing: the contradictions among settings are those that the doctor's preflight finds
//! (`client::mistakes`), the others follow from the state. Nothing that was typed is kept, and a secret is not shown
//! again. To add a check: in [`state`] when the registration decides it, in [`pasted`] when what was pasted does.

mod pasted;
mod state;

use std::sync::Arc;

use askama::Template;
use authority::{App, Registrations};
use directory::Tenant;
use evidence::Decision;
use http::StatusCode;
use organization::{Org, Organizations};
use types::{Form, Host, RegionTable, Secret, Timestamp};

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

/// How bad a finding is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// It will not work.
    Fails,
    /// It may not, or not for long.
    Risk,
    /// It is right.
    Fine,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    level: Level,
    what: String,
    /// The next step; empty where there is none.
    fix: String,
    /// The catalog's cause.
    cause: Option<&'static str>,
}

impl Finding {
    fn fails(cause: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            level: Level::Fails,
            what: what.into(),
            fix: fix.into(),
            cause: Some(cause),
        }
    }

    fn risk(cause: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            level: Level::Risk,
            ..Self::fails(cause, what, fix)
        }
    }

    fn fine(what: impl Into<String>) -> Self {
        Self {
            level: Level::Fine,
            what: what.into(),
            fix: String::new(),
            cause: None,
        }
    }
}

/// What was typed into the form; addresses in their true names.
struct Given {
    /// The program signs in by itself, without a person.
    by_itself: bool,
    client_id: String,
    secret: Secret,
    redirect: String,
    authorize: String,
    token: String,
}

/// What is known here.
struct Known<'k> {
    app: &'k App,
    here: &'k Registrations,
    tenant: &'k Tenant,
    /// The organization that was chosen.
    org: Option<&'k Org>,
    now: Timestamp,
    regions: &'k RegionTable,
    /// Whether a host is a sign-in service's.
    is_sign_in: &'k (dyn Fn(&Host) -> bool + Sync),
}

/// Everything there is to say, the worst first.
fn findings(given: &Given, known: &Known<'_>) -> Vec<Finding> {
    let mut all = state::look(given, known);
    all.extend(pasted::look(given, known));
    all.sort_by_key(|finding| finding.level);
    all
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
    let org = orgs
        .iter()
        .find(|org| org.record.id.to_string() == chosen)
        .copied();
    let found = asked.then(|| {
        let given = Given {
            by_itself: ask.field("flow") == "program",
            client_id: ask.field("client_id").to_owned(),
            secret: Secret::new(ask.form.get("secret").unwrap_or_default()),
            redirect: ask.field("redirect").to_owned(),
            authorize: Form::undress(ask.field("authorize")),
            token: Form::undress(ask.field("token_endpoint")),
        };
        let known = Known {
            app: &desk.app,
            here: &desk.here,
            tenant: &visitor.tenant,
            org,
            now: visitor.now,
            regions: &stage.regions,
            is_sign_in: &|host| stage.authority.owns(host),
        };
        findings(&given, &known)
    });
    let count = |level| {
        let all = found.iter().flatten();
        all.filter(|finding| finding.level == level).count()
    };
    let (failing, risks) = (count(Level::Fails), count(Level::Risk));
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
        by_itself: ask.field("flow") == "program",
        client_id: match asked {
            true => ask.field("client_id").to_owned(),
            false => desk.app.id.to_string(),
        },
        redirect: ask.field("redirect").to_owned(),
        authorize: ask.field("authorize").to_owned(),
        token: ask.field("token_endpoint").to_owned(),
        endpoints: desk.at("/endpoints"),
        found: found.map(|all| all.iter().map(|finding| Row::of(ask, finding)).collect()),
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
        let (class, word) = match finding.level {
            Level::Fails => ("bad", "Will fail"),
            Level::Risk => ("maybe", "Look at it"),
            Level::Fine => ("good", "Fine"),
        };
        Self {
            class,
            word,
            what: shown(&finding.what),
            fix: shown(&finding.fix),
            cause: finding.cause.map(|cause| ask.cause(cause)),
        }
    }
}
