//! `/journal`: what was asked, what was decided, and why; and `/journal?request=ID`, one line with everything.

mod view;

use catalog::Catalog;
use evidence::{Decision, JournalLine, Outcome};
use http::StatusCode;
use store::JournalFilter;
use types::Uuid;

use super::tenants;
use crate::{
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::Stop,
};
use view::{List, One, Typed};

pub(crate) const PAGE: Page = Page {
    path: "/journal",
    about: "what was asked, what was decided, and why",
    needs: Needs::Tester,
    most_body: 0,
    handle: |ask| Box::pin(answer(ask)),
};

/// Lines on a page.
const SHOWN: u32 = 30;
/// Further back nobody leafs: a filter finds it sooner.
const FURTHEST: u32 = 10_000;

async fn answer(ask: &Ask<'_>) -> Reply {
    let typed = |name: &str| ask.query.get(name).unwrap_or_default().trim().to_owned();
    let request = typed("request");
    if !request.is_empty() {
        return one(ask, &request).await;
    }
    let typed = Typed {
        tenant: typed("tenant"),
        outcome: typed("outcome"),
        code: typed("code"),
        host: typed("host"),
        subject: typed("subject"),
        own: ask.query.get("own").is_some(),
        skip: typed("skip").parse().unwrap_or(0).min(FURTHEST),
    };
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let tenant = match typed.tenant.is_empty() {
        true => None,
        false => Some(tenants::find(ask, &typed.tenant).await?),
    };
    let filter = JournalFilter {
        tenant,
        code: some(&typed.code),
        outcome: outcome(&typed.outcome),
        host: some(&typed.host),
        subject: some(&typed.subject),
        not_own: !typed.own,
        limit: Some(typed.skip + SHOWN + 1),
        ..JournalFilter::default()
    };
    let mut lines = ask.portal.stage.store.journal(&filter).await?;
    lines.reverse();
    let rest = lines.split_off(lines.len().min(typed.skip as usize));
    let more = rest.len() > SHOWN as usize;
    let lines: Vec<JournalLine> = rest.into_iter().take(SHOWN as usize).collect();
    let choices = tenants::choices(ask, tenant).await?;
    let view = List::of(ask.frame(), &typed, lines, more, choices);
    shell::page(StatusCode::OK, &view, Decision::served("the journal"))
}

/// The line of a request, or of each with that correlation id.
async fn one(ask: &Ask<'_>, request: &str) -> Reply {
    let id = Uuid::try_parse(request).map_err(|_| {
        Stop::wrong(
            "That is not the id of a request.",
            "Copy it whole from the error page or from the answer's x-ms-request-id.",
        )
    })?;
    let filter = JournalFilter {
        request: Some(id),
        limit: Some(SHOWN),
        ..JournalFilter::default()
    };
    let lines = ask.portal.stage.store.journal(&filter).await?;
    if lines.is_empty() {
        return Err(Stop::Missing(
            "The journal has no line of that request, or no longer".into(),
        ));
    }
    let view = One::of(ask.frame(), Catalog::embedded(), &lines);
    shell::page(StatusCode::OK, &view, Decision::served("a line of the journal"))
}

const OUTCOMES: [(&str, Outcome); 4] = [
    ("granted", Outcome::Granted),
    ("refused", Outcome::Refused),
    ("served", Outcome::Served),
    ("failed", Outcome::Failed),
];

fn outcome(text: &str) -> Option<Outcome> {
    OUTCOMES
        .into_iter()
        .find(|(name, _)| *name == text)
        .map(|(_, outcome)| outcome)
}

fn name(outcome: Outcome) -> &'static str {
    OUTCOMES
        .into_iter()
        .find(|(_, known)| *known == outcome)
        .map_or("", |(name, _)| name)
}
