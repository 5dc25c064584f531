//! How the journal is shown.

use askama::Template;
use catalog::Catalog;
use evidence::{JournalLine, Outcome};

use super::{OUTCOMES, SHOWN, name};
use crate::{
    frame::Frame,
    keyway::tenants::Choice,
    text::{query, shown},
};

/// What was asked of the list.
pub(super) struct Typed {
    pub(super) tenant: String,
    pub(super) outcome: String,
    pub(super) code: String,
    pub(super) host: String,
    pub(super) subject: String,
    /// With the requests of Keyway's own pages and control API.
    pub(super) own: bool,
    pub(super) skip: u32,
}

#[derive(Template)]
#[template(path = "keyway/journal/list.html")]
pub(super) struct List {
    frame: Frame,
    tenants: Vec<Choice>,
    outcomes: Vec<(&'static str, bool)>,
    code: String,
    host: String,
    subject: String,
    own: bool,
    lines: Vec<Row>,
    /// The queries of the page before and after, and of this one.
    newer: Option<String>,
    older: Option<String>,
    here: String,
}

struct Row {
    time: String,
    request: String,
    what: String,
    status: u16,
    outcome: &'static str,
    tone: &'static str,
    code: String,
    subject: String,
    why: String,
}

fn tone(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Granted => "good",
        Outcome::Refused => "maybe",
        Outcome::Failed => "bad",
        Outcome::Served => "",
    }
}

impl Row {
    fn of(line: JournalLine) -> Self {
        Self {
            time: line.time.rfc3339(),
            request: line.request.to_string(),
            what: brief(&format!("{} {}{}", line.method, line.host, line.path)),
            status: line.status,
            outcome: name(line.outcome),
            tone: tone(line.outcome),
            code: line.code.unwrap_or_default(),
            subject: shown(&line.subject.unwrap_or_default()),
            why: brief(&line.why),
        }
    }
}

/// What fits into a list; the line's own page has all of it.
fn brief(text: &str) -> String {
    const MOST: usize = 200;
    let mut brief: String = text.chars().take(MOST).collect();
    if brief.len() < text.len() {
        brief.push('…');
    }
    shown(&brief)
}

impl List {
    pub(super) fn of(
        frame: Frame,
        typed: &Typed,
        lines: Vec<JournalLine>,
        more: bool,
        tenants: Vec<Choice>,
    ) -> Self {
        let newer = (typed.skip > 0).then(|| typed.query(typed.skip.saturating_sub(SHOWN)));
        Self {
            frame,
            tenants,
            outcomes: OUTCOMES
                .into_iter()
                .map(|(name, _)| (name, name == typed.outcome))
                .collect(),
            code: shown(&typed.code),
            host: shown(&typed.host),
            subject: shown(&typed.subject),
            own: typed.own,
            lines: lines.into_iter().map(Row::of).collect(),
            newer,
            older: more.then(|| typed.query(typed.skip + SHOWN)),
            here: typed.query(typed.skip),
        }
    }
}

impl Typed {
    fn query(&self, skip: u32) -> String {
        let skip = skip.to_string();
        let pairs = [
            ("tenant", self.tenant.as_str()),
            ("outcome", &self.outcome),
            ("code", &self.code),
            ("host", &self.host),
            ("subject", &self.subject),
            ("own", if self.own { "yes" } else { "" }),
            ("skip", if skip == "0" { "" } else { &skip }),
        ];
        let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        query(&given)
    }
}

#[derive(Template)]
#[template(path = "keyway/journal/one.html")]
pub(super) struct One<'c> {
    frame: Frame,
    lines: Vec<Whole<'c>>,
}

/// Everything a line holds.
struct Whole<'c> {
    title: String,
    tone: &'static str,
    why: String,
    cause: Option<(&'c str, &'c str)>,
    details: Vec<(&'static str, String)>,
}

impl<'c> One<'c> {
    pub(super) fn of(frame: Frame, catalog: &'c Catalog, lines: &[JournalLine]) -> Self {
        Self {
            frame,
            lines: lines.iter().map(|line| Whole::of(catalog, line)).collect(),
        }
    }
}

impl<'c> Whole<'c> {
    fn of(catalog: &'c Catalog, line: &JournalLine) -> Self {
        let cause = line.cause.as_deref().and_then(|id| catalog.get(id));
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let details = [
            ("Time", line.time.rfc3339()),
            ("Request", line.request.to_string()),
            (
                "Correlation",
                line.correlation.map(|id| id.to_string()).unwrap_or_default(),
            ),
            ("Method", line.method.clone()),
            ("Host", line.host.clone()),
            ("Path", line.path.clone()),
            ("Status", line.status.to_string()),
            ("Code", text(&line.code)),
            ("Sentence", text(&line.grade)),
            ("Subject", text(&line.subject)),
            (
                "Application",
                line.app.map(|id| id.to_string()).unwrap_or_default(),
            ),
            ("Client", text(&line.client)),
            ("Tenant", line.tenant.map(|id| id.to_string()).unwrap_or_default()),
            ("Cause", text(&line.cause)),
            ("Took", format!("{} µs", line.micros)),
        ];
        Self {
            title: format!("{} {}", line.status, name(line.outcome)),
            tone: tone(line.outcome),
            why: shown(&line.why),
            cause: cause.map(|cause| (cause.id.as_str(), cause.article.title.as_str())),
            details: details
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name, shown(&value)))
                .collect(),
        }
    }
}
