//! `/sign-ins`: who came in, who did not, and why: the journal's lines of the sign-in service, of this tenant alone.

use askama::Template;
use authority::Registrations;
use catalog::Catalog;
use evidence::{Decision, JournalLine, Outcome};
use http::StatusCode;
use store::JournalFilter;
use types::AppId;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::{has, moment, shown},
};

pub(crate) const PAGE: Page = Page {
    path: "/sign-ins",
    about: "who signed in to what, who was refused, and why",
    needs: Needs::Role(rights::ANY),
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

/// How many stand on a page.
const EACH: usize = 30;
/// How far back the journal is read, in lines.
const MOST_LINES: u32 = 5000;
/// The longest reason that is shown, in characters.
const MOST_WHY: usize = 300;

#[derive(Template)]
#[template(path = "admin/sign_ins/template.html")]
struct View {
    frame: Frame,
    /// What was searched for: who, application, code.
    search: [String; 3],
    results: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    paging: Paging,
}

struct Row {
    at: String,
    who: String,
    app: String,
    result: &'static str,
    good: bool,
    code: String,
    why: String,
    /// The page of the cause, with how to mend it: its address and name.
    cause: Option<(String, String)>,
    correlation: String,
    request: String,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?;
    let store = &ask.portal.stage.store;
    let registrations = store.view::<Registrations>(tenant.id()).await?;
    let lines = store
        .journal(&JournalFilter {
            tenant: Some(tenant.id()),
            limit: Some(MOST_LINES),
            ..JournalFilter::default()
        })
        .await?;
    let search = ["who", "app", "code"].map(|name| ask.searched(name));
    let [who, app, code] = &search;
    let result = ask.query.get("result").unwrap_or_default();
    let rows: Vec<Row> = lines
        .iter()
        .rev()
        .filter(|line| is_sign_in(line))
        .filter(|line| match result {
            "success" => line.outcome == Outcome::Granted,
            "failure" => line.outcome != Outcome::Granted,
            _ => true,
        })
        .map(|line| row(ask, &registrations, line))
        .filter(|row| has(&row.who, who) && has(&row.app, app) && has(&row.code, code))
        .collect();
    let (rows, paging) = paged(ask, rows, EACH);
    let view = View {
        frame: ask.frame(),
        search: search.map(|text| shown(&text)),
        results: [("", "All"), ("success", "Success"), ("failure", "Failure")]
            .map(|(id, name)| (id, name, id == result))
            .to_vec(),
        rows,
        paging,
    };
    shell::page(StatusCode::OK, &view, Decision::served("the sign-in log"))
}

/// Whether a line decided about somebody: documents and pages on the way decide nothing.
fn is_sign_in(line: &JournalLine) -> bool {
    let host = line.host.parse().ok();
    host.is_some_and(|host| authority::signs_in(&host)) && line.outcome != Outcome::Served
}

fn row(ask: &Ask<'_>, registrations: &Registrations, line: &JournalLine) -> Row {
    let catalog = Catalog::embedded();
    let cause = line.cause.as_deref().map(|id| {
        let known = catalog.causes().iter().find(|cause| cause.id == id);
        let title = known.map_or_else(|| shown(id), |cause| cause.article.title.clone());
        (ask.keyway(&format!("/causes/{id}")), title)
    });
    let (result, good) = match line.outcome {
        Outcome::Granted => ("Success", true),
        Outcome::Refused | Outcome::Served => ("Failure", false),
        Outcome::Failed => ("The service failed", false),
    };
    Row {
        at: moment(line.time),
        who: shown(line.subject.as_deref().unwrap_or_default()),
        app: line
            .app
            .map_or_else(String::new, |app| shown(&app_name(registrations, app))),
        result,
        good,
        code: shown(line.code.as_deref().unwrap_or_default()),
        why: shown(&line.why.chars().take(MOST_WHY).collect::<String>()),
        cause,
        correlation: line.correlation.map(|id| id.to_string()).unwrap_or_default(),
        request: line.request.to_string(),
    }
}

/// What this tenant calls an application; its id, where it knows no name.
fn app_name(registrations: &Registrations, app: AppId) -> String {
    let site = || {
        let site = authority::SITES.iter().find(|site| site.app == app);
        site.map(|site| site.name.to_owned())
    };
    let own = registrations.app(app).map(|known| known.name.clone());
    own.or_else(site)
        .or_else(|| registrations.principal(app).map(|known| known.name.clone()))
        .unwrap_or_else(|| app.to_string())
}
