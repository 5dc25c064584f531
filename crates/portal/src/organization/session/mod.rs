//! `/_session.json`: how long the session lasts, for the page's script. `/_session/again`: to sign in again, with what was
//! typed kept.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use wire::Answer;

use super::{SITE, banner};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
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

#[derive(Template)]
#[template(path = "organization/session/template.html")]
struct View {
    frame: Frame,
    at: String,
    title: &'static str,
    text: String,
}

async fn again(ask: &Ask<'_>) -> Reply {
    let form = wire::form::Params::parse(&ask.call.body).unwrap_or_default();
    let asked = match ask.call.method.is_safe() {
        true => ask.query.get("at"),
        false => form.get("at"),
    };
    // Nowhere but to a page of this site.
    let known = |at: &&str| Page::at(&SITE, at).is_some_and(|page| page.needs == Needs::Visitor);
    let at = asked.filter(known).unwrap_or("/").to_owned();
    if ask.call.method.is_safe() {
        return offer(ask, at);
    }
    match (visit::keep(ask, &at).await?, ask.guest()) {
        (Some(kept), _) => visit::again(ask, kept).await,
        (None, None) => visit::again(ask, at).await,
        (None, Some(_)) => Err(Stop::wrong(
            "This form was not made for this browser, or its page was open for too long.",
            "Open the page again.",
        )),
    }
}

fn offer(ask: &Ask<'_>, at: String) -> Reply {
    let (title, text) = match (ask.guest(), ask.over()) {
        (Some(visitor), _) => {
            let left = banner::left(visitor.session.ends(), visitor.now);
            (
                "You are signed in",
                format!("Your session ends in {left}. Choose OK to sign in again and begin a new one."),
            )
        }
        (None, Some(_)) => ("Your session has ended", "Choose OK to sign in again.".to_owned()),
        (None, None) => ("You are not signed in", "Choose OK to sign in.".to_owned()),
    };
    let frame = ask.frame();
    let view = View {
        frame,
        at,
        title,
        text,
    };
    shell::page(StatusCode::OK, &view, Decision::served("to sign in again"))
}
