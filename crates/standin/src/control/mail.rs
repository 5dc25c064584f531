//! The outbox: find a mail, wait for one, remove it.

use std::time::Duration;

use directory::mail::{Delivery, Kind, Mail, Outbox, Search, forget};
use http::StatusCode;
use serde_json::{Value, json};
use types::{Stopwatch, TenantId, Timestamp, Uuid};
use wire::Answer;

use super::{Asked, done, ok, problem::Problem};

/// The parameters of a removal.
pub(super) const FILTER: &[(&str, &str)] = SEARCH.split_at(4).0;

/// The parameters of a list.
pub(super) const SEARCH: &[(&str, &str)] = &[
    ("to", "only mails to this address"),
    (
        "kind",
        "only mails of this kind: verification, reset, invitation, password-changed, alert",
    ),
    ("q", "only mails with this text in the subject or the address"),
    (
        "since",
        "only mails from this moment on (RFC 3339), by the tenant's clock",
    ),
    ("limit", "at most this many, the newest ones; 100 without it"),
    (
        "wait_seconds",
        "when there is none yet, wait so long for one; 50 at most",
    ),
];

/// As many as are given when nobody says how many.
const USUAL: u32 = 100;
/// An answer must be there before the edge gives it up.
const LONGEST: u32 = 50;
/// How often it is looked. The view is in memory, and another node may be the one that writes.
const LOOK: Duration = Duration::from_millis(100);

/// Of one tenant, newest first.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    found(asked, &[tenant]).await
}

/// Of all tenants.
pub(crate) async fn list_all(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenants = asked.state.store.tenants().await?;
    found(asked, &tenants).await
}

async fn found(asked: &Asked<'_>, tenants: &[TenantId]) -> Result<Answer, Problem> {
    let search = search(asked)?;
    let limit = asked.number("limit")?.unwrap_or(USUAL) as usize;
    let wait = Duration::from_secs(asked.number("wait_seconds")?.unwrap_or(0).min(LONGEST).into());
    let since = Stopwatch::start();
    loop {
        let mut mails = Vec::new();
        for tenant in tenants {
            let outbox = asked.state.store.view::<Outbox>(*tenant).await?;
            for mail in outbox.search(&search).take(limit) {
                mails.push((mail.at, shown(asked, *tenant, mail, false)?));
            }
        }
        if !mails.is_empty() || since.elapsed() >= wait {
            mails.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            mails.truncate(limit);
            let mails: Vec<Value> = mails.into_iter().map(|(_, mail)| mail).collect();
            return ok(&json!({ "mails": mails }));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// One, with both its parts.
pub(crate) async fn get(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, id) = (asked.tenant().await?, id(asked)?);
    let outbox = asked.state.store.view::<Outbox>(tenant).await?;
    ok(&shown(asked, tenant, outbox.mail(id).ok_or_else(missing)?, true)?)
}

/// Removes one.
pub(crate) async fn delete(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let (tenant, id) = (asked.tenant().await?, id(asked)?);
    asked
        .state
        .store
        .update::<Outbox, _, Problem>(tenant, |outbox, changes| {
            let mail = outbox.mail(id).ok_or_else(missing)?;
            changes.delete(directory::mail::KIND_MAIL, mail.id);
            Ok(())
        })
        .await?;
    done()
}

/// Removes those that a search finds; all of them without one.
pub(crate) async fn clear(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let removed = forget(&asked.state.store, tenant, &search(asked)?).await?;
    ok(&json!({ "removed": removed }))
}

fn missing() -> Problem {
    Problem::not_found("there is no such mail in this outbox; list it to see what there is")
}

fn id(asked: &Asked<'_>) -> Result<Uuid, Problem> {
    Uuid::try_parse(asked.param("mail")).map_err(|_| missing())
}

fn search(asked: &Asked<'_>) -> Result<Search, Problem> {
    let own = |name: &str| asked.query.some(name).map(ToOwned::to_owned);
    let kind = match asked.query.some("kind") {
        None => None,
        Some(text) => Some(
            Kind::ALL
                .into_iter()
                .find(|kind| kind.name() == text)
                .ok_or_else(|| {
                    let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                    Problem::bad(
                        format!("`{text}` is not a kind of mail"),
                        format!("the kinds are {}", known.join(", ")),
                    )
                })?,
        ),
    };
    Ok(Search {
        to: own("to"),
        kind,
        text: own("q"),
        since: asked.moment("since")?,
    })
}

/// A mail as it is read: its text and link, and on demand its HTML.
fn shown(asked: &Asked<'_>, tenant: TenantId, mail: &Mail, whole: bool) -> Result<Value, Problem> {
    let broken = |error: String| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the mail cannot be read: {error}"),
            "remove it, and let it be sent again",
        )
    };
    let letter = mail
        .open(&asked.state.keys.sealer)
        .map_err(|error| broken(error.to_string()))?;
    let rendered = letter
        .render(asked.form())
        .map_err(|error| broken(error.to_string()))?;
    let mut shown = json!({
        "id": mail.id,
        "tenant": tenant,
        "event": mail.event,
        "kind": mail.kind,
        "to": mail.to,
        "subject": mail.subject,
        "at": mail.at.rfc3339(),
        "delivery": delivery(&mail.delivery),
        "text": rendered.text,
        "link": rendered.link,
    });
    if whole {
        shown["html"] = json!(rendered.html);
    }
    Ok(shown)
}

fn delivery(delivery: &Delivery) -> Value {
    match delivery {
        Delivery::Waiting { tries, next, failed } => json!({
            "state": "waiting", "tries": tries, "next": next.map(Timestamp::rfc3339), "failed": failed,
        }),
        Delivery::Sending { tries, since } => {
            json!({ "state": "sending", "tries": tries, "since": since.rfc3339() })
        }
        Delivery::Sent { tries, at } => json!({ "state": "sent", "tries": tries, "at": at.rfc3339() }),
        Delivery::Failed { tries, at, why } => {
            json!({ "state": "failed", "tries": tries, "at": at.rfc3339(), "failed": why })
        }
    }
}
