//! `/sign-ins`: who came in, who did not, and why: the control API's sign-in log, of this tenant alone.

use askama::Template;
use catalog::Catalog;
use evidence::{Decision, Outcome};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use types::Timestamp;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    text::{moment, shown},
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
/// How many are searched, the newest ones.
const MOST: &str = "5000";
/// The longest reason that is shown, in characters.
const MOST_WHY: usize = 300;

/// What may be searched for: all of them, or those that ended so.
const RESULTS: [(&str, &str); 3] = [("", "All"), ("success", "Success"), ("failure", "Failure")];

/// What the operation answers.
#[derive(Deserialize)]
struct Log {
    sign_ins: Vec<SignIn>,
}

#[derive(Deserialize)]
struct SignIn {
    at: String,
    who: Option<String>,
    app: Option<String>,
    outcome: Outcome,
    code: Option<String>,
    cause: Option<String>,
    why: String,
    correlation: Option<String>,
    request: String,
}

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
    let tenant = ask.tenant()?.id().to_string();
    let search = ["who", "app", "code"].map(|name| ask.searched(name));
    let [who, app, code] = &search;
    let result = ask.query.get("result").unwrap_or_default();
    let result = RESULTS.iter().find(|(id, _)| *id == result);
    let result = result.map_or("", |(id, _)| id);
    let named = [
        ("tenant", tenant.as_str()),
        ("who", who),
        ("app", app),
        ("code", code),
        ("result", result),
        ("limit", MOST),
    ];
    let log: Log = serde_json::from_value(ask.act("listSignIns", &named, &Value::Null).await?)?;
    let (log, paging) = paged(ask, log.sign_ins, EACH);
    let view = View {
        frame: ask.frame(),
        search: search.map(|text| shown(&text)),
        results: RESULTS
            .iter()
            .map(|(id, name)| (*id, *name, *id == result))
            .collect(),
        rows: log.into_iter().map(|one| row(ask, &one)).collect(),
        paging,
    };
    shell::page(StatusCode::OK, &view, Decision::served("the sign-in log"))
}

fn row(ask: &Ask<'_>, one: &SignIn) -> Row {
    let catalog = Catalog::embedded();
    let cause = one.cause.as_deref().map(|id| {
        let known = catalog.get(id);
        let title = known.map_or_else(|| shown(id), |cause| cause.article.title.clone());
        (ask.keyway(&format!("/causes/{id}")), title)
    });
    let (result, good) = match one.outcome {
        Outcome::Granted => ("Success", true),
        Outcome::Refused | Outcome::Served => ("Failure", false),
        Outcome::Failed => ("The service failed", false),
    };
    let text = |text: &Option<String>| shown(text.as_deref().unwrap_or_default());
    Row {
        at: Timestamp::parse_rfc3339(&one.at).map(moment).unwrap_or_default(),
        who: text(&one.who),
        app: text(&one.app),
        result,
        good,
        code: text(&one.code),
        why: shown(&one.why.chars().take(MOST_WHY).collect::<String>()),
        cause,
        correlation: text(&one.correlation),
        request: shown(&one.request),
    }
}
