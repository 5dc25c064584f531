//! `/_help`: trouble with signing in: how long one stays signed in, what to do when one goes round in a circle, and
//! where to turn (rows 003-27, 003-32 and 003-37).

use std::time::Duration;

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{Organizations, SessionRule, Term};

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(super) const PATH: &str = "/_help";

pub(super) const PAGE: Page = Page {
    path: PATH,
    about: "trouble with signing in: sessions, circles, passwords, and where to turn",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "organization/trouble/template.html")]
struct View {
    frame: Frame,
    rule: String,
    can_change: bool,
    people: Vec<(String, String)>,
    office: String,
    home: String,
    reset: String,
    live: String,
    health: String,
}

/// How long one stays signed in, in a sentence or two.
pub(super) fn rule(term: &Term) -> String {
    let warned = term.length.saturating_sub(term.warned_after);
    let mut text = format!(
        "You stay signed in for {}, and are warned {} before the end.",
        said(term.length),
        said(warned)
    );
    if let Some(idle) = term.idle {
        text.push_str(&format!(" A session that nobody uses for {} ends.", said(idle)));
    }
    text
}

fn said(time: Duration) -> String {
    match time.as_secs() / 60 {
        60 => "an hour".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} hours", minutes / 60),
        minutes => format!("{minutes} minutes"),
    }
}

async fn show(ask: &Ask<'_>) -> Reply {
    let store = &ask.portal.stage.store;
    let Some(tenant) = store.tenant_of(&format!("host:{}", ask.call.host)).await? else {
        return super::nowhere(ask).await;
    };
    let all = store.view::<Organizations>(tenant).await?;
    let Some(org) = all.at(&ask.call.host) else {
        return super::nowhere(ask).await;
    };
    let term = Term::of(org.record.session_rule, &org.record.sessions);
    let can_change = org.record.session_rule == SessionRule::Configurable;
    // To nobody but those who belong here, who the administrators are.
    let people = match ask.guest() {
        Some(visitor) => visitor.tenant.administrators(),
        None => Vec::new(),
    };
    let view = View {
        frame: ask.frame(),
        rule: rule(&term),
        can_change,
        people: people
            .into_iter()
            .map(|one| (one.name, one.upn.to_string()))
            .collect(),
        office: ask.address("portal.office.com", "/"),
        home: ask.address("home.dynamics.com", "/"),
        reset: ask.address("passwordreset.microsoftonline.com", "/"),
        live: ask.address("account.live.com", "/"),
        health: ask.address("admin.microsoft.com", "/"),
    };
    shell::page(StatusCode::OK, &view, Decision::served("help with signing in"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_said_as_it_is() {
        assert_eq!(
            rule(&Term::default()),
            "You stay signed in for 8 hours, and are warned 20 minutes before the end."
        );
        let term = Term {
            length: Duration::from_secs(90 * 60),
            warned_after: Duration::from_secs(30 * 60),
            idle: Some(Duration::from_secs(300)),
        };
        assert_eq!(
            rule(&term),
            "You stay signed in for 90 minutes, and are warned an hour before the end. A session that nobody uses for 5 minutes ends."
        );
    }
}
