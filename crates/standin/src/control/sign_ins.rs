//! The sign-in log: who came in, who did not, and why: the journal's lines of the sign-in service, of one tenant.

use authority::Registrations;
use evidence::{JournalLine, Outcome};
use serde_json::{Value, json};
use store::JournalFilter;
use types::AppId;
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// The parameters of the list.
pub(super) const SEARCH: &[(&str, &str)] = &[
    (
        "since",
        "only sign-ins from this moment on (RFC 3339), by the tenant's clock",
    ),
    ("who", "only sign-ins of somebody with this in the name"),
    (
        "app",
        "only sign-ins to an application with this in its name or id",
    ),
    ("code", "only sign-ins that ended with a code with this in it"),
    ("cause", "only sign-ins that failed for this cause of the catalog"),
    ("result", "only these: success, failure"),
    ("limit", "at most this many, the newest ones; 1000 without it"),
];

/// As many sign-ins as are given when nobody says how many.
const USUAL: u32 = 1000;
/// How far back the journal is read, in lines.
const MOST_LINES: u32 = 5000;

/// The sign-ins, newest first.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let limit = asked.number("limit")?.unwrap_or(USUAL) as usize;
    let granted = match asked.query.some("result") {
        None => None,
        Some("success") => Some(true),
        Some("failure") => Some(false),
        Some(other) => {
            return Err(Problem::bad(
                format!("`{other}` is not a result of a sign-in"),
                "write success or failure",
            ));
        }
    };
    let filter = JournalFilter {
        tenant: Some(tenant),
        since: asked.moment("since")?,
        limit: Some(MOST_LINES),
        ..JournalFilter::default()
    };
    let registrations = asked.state.store.view::<Registrations>(tenant).await?;
    let lines = asked.state.store.journal(&filter).await?;
    let has = |name: &str, value: &str| {
        let searched = asked.query.some(name).map(str::to_lowercase);
        searched.is_none_or(|searched| value.to_lowercase().contains(&searched))
    };
    let shown: Vec<Value> = lines
        .iter()
        .rev()
        .filter(|line| is_sign_in(line))
        .filter(|line| granted.is_none_or(|granted| (line.outcome == Outcome::Granted) == granted))
        .filter(|line| has("who", line.subject.as_deref().unwrap_or_default()))
        .filter(|line| has("code", line.code.as_deref().unwrap_or_default()))
        .filter(|line| {
            let wanted = asked.query.some("cause");
            wanted.is_none_or(|wanted| line.cause.as_deref() == Some(wanted))
        })
        .map(|line| (line, line.app.map(|app| name(&registrations, app))))
        .filter(|(line, app)| {
            has("app", app.as_deref().unwrap_or_default())
                || line.app.is_some_and(|id| has("app", &id.to_string()))
        })
        .take(limit)
        .map(|(line, app)| shown(line, app.as_deref()))
        .collect();
    ok(&json!({ "sign_ins": shown }))
}

/// Whether a line decided about somebody: documents and pages on the way decide nothing.
fn is_sign_in(line: &JournalLine) -> bool {
    let host = line.host.parse().ok();
    host.is_some_and(|host| authority::signs_in(&host)) && line.outcome != Outcome::Served
}

fn shown(line: &JournalLine, app: Option<&str>) -> Value {
    json!({
        "at": line.time.rfc3339(),
        "who": line.subject,
        "app": app,
        "client_id": line.app,
        "outcome": line.outcome,
        "code": line.code,
        "cause": line.cause,
        "why": line.why,
        "correlation": line.correlation,
        "request": line.request,
    })
}

/// What this tenant calls an application; its id, where it knows no name.
fn name(registrations: &Registrations, app: AppId) -> String {
    let site = || {
        let site = authority::SITES.iter().find(|site| site.app == app);
        site.map(|site| site.name.to_owned())
    };
    let own = registrations.app(app).map(|known| known.name.clone());
    own.or_else(site)
        .or_else(|| registrations.principal(app).map(|known| known.name.clone()))
        .unwrap_or_else(|| app.to_string())
}
