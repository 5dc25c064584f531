//! `/_session`: how long the session lasts, for the page's script. `/_session/again`: to sign in again, with what was
//! typed kept.

use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use wire::Answer;

use super::{SITE, banner};
use crate::{
    page::{Ask, FORM, Needs, Page, Reply},
    stop::Stop,
    visit,
};

pub(super) const LOOK: Page = Page {
    path: visit::LOOK,
    about: "how long the session lasts, as JSON; `active=1` says that somebody is there",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(async move { look(ask) }),
};

pub(super) const AGAIN: Page = Page {
    path: "/_session/again",
    about: "to sign in again before or after the session's end; what was typed is kept",
    needs: Needs::Nothing,
    most_body: FORM,
    handle: |ask| Box::pin(again(ask)),
};

/// How often a page looks at most, in seconds: the clock of a tenant can be turned meanwhile.
const OFTEN: u64 = 15;

fn look(ask: &Ask<'_>) -> Reply {
    let body = match (ask.guest(), ask.over()) {
        (Some(visitor), _) => {
            let (session, now) = (&visitor.session, visitor.now);
            let warned = session.is_warned(now);
            let next = match warned {
                true => session.ends(),
                false => session.ends().min(session.since + session.term.warned_after),
            };
            json!({
                "state": if warned { "warned" } else { "live" },
                "since": session.since,
                "ends": session.ends(),
                "remaining_seconds": session.ends().since(now).as_secs(),
                "look_again_seconds": next.since(now).as_secs().clamp(1, OFTEN),
                "title": "Your session is about to expire.",
                "text": banner::warning(session.ends(), now),
            })
        }
        (None, Some(over)) => json!({
            "state": "over",
            "ends": over.session.ends(),
            "remaining_seconds": 0,
            "look_again_seconds": OFTEN,
            "title": "Your session has ended.",
            "text": "Nothing you typed is lost while this page stays open.",
        }),
        (None, None) => json!({
            "state": "signed-out",
            "remaining_seconds": 0,
            "look_again_seconds": OFTEN,
            "title": "You have signed out.",
            "text": "It was in another tab or window.",
        }),
    };
    let answer = Answer::json(StatusCode::OK, &body).no_store();
    Ok((answer, Decision::served("how long the session lasts")))
}

async fn again(ask: &Ask<'_>) -> Reply {
    let asked = match ask.call.method.is_safe() {
        true => ask.query.get("at").unwrap_or_default().to_owned(),
        false => wire::form::Params::parse(&ask.call.body)
            .ok()
            .and_then(|form| form.get("at").map(ToOwned::to_owned))
            .unwrap_or_default(),
    };
    // Nowhere but to a page of this site.
    let at = match Page::at(&SITE, &asked) {
        Some(page) if page.needs == Needs::Visitor => asked,
        _ => "/".to_owned(),
    };
    if ask.call.method.is_safe() {
        return visit::again(ask, at).await;
    }
    match (visit::keep(ask, &at).await?, ask.guest()) {
        (Some(kept), _) => visit::again(ask, kept).await,
        (None, None) => visit::again(ask, at).await,
        (None, Some(_)) => Err(Stop::Wrong(
            "This form was not made for this browser, or its page was open for too long.".into(),
            "Open the page again.".into(),
        )),
    }
}
