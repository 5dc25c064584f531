//! What keeps a page from being made, and the page that says so.

use std::{borrow::Cow, time::Duration};

use askama::Template;
use directory::{Account, Role};
use evidence::Decision;
use http::StatusCode;
use standin::control::Problem;
pub(crate) use standin::control::sentence;
use store::StoreError;
use wire::Answer;

use crate::{frame::Frame, page::Ask, shell};

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Stop {
    /// There is nothing here.
    Missing(Cow<'static, str>),
    /// What was asked cannot be done: what happened, and the next step.
    Wrong(Cow<'static, str>, Cow<'static, str>),
    /// Too many such forms came from one place: how long to wait.
    TooOften(Duration),
    /// It was done by nobody because an operation refused.
    Refused(Problem),
    /// The page is for people with one of these roles.
    NoRole(&'static [Role]),
    /// The page is for other people: who.
    NotYours(Vec<String>),
    /// The state cannot be read.
    Store(StoreError),
    /// A fault of ours.
    Broken(Cow<'static, str>),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(format!("what was kept cannot be read: {error}").into())
    }
}

impl From<askama::Error> for Stop {
    fn from(error: askama::Error) -> Self {
        Self::Broken(format!("a template could not be filled in: {error}").into())
    }
}

#[derive(Template)]
#[template(path = "stop.html")]
struct View {
    frame: Frame,
    title: String,
    next: String,
    people: Vec<String>,
}

impl Stop {
    /// What was asked cannot be done: what happened, and the next step.
    pub(crate) fn wrong(what: impl Into<Cow<'static, str>>, next: impl Into<Cow<'static, str>>) -> Self {
        Self::Wrong(what.into(), next.into())
    }

    /// A form says what no button of its page says.
    pub(crate) fn no_button() -> Self {
        Self::wrong("This page has no such button", "Open the page again")
    }

    /// The page that says it.
    pub(crate) fn page(self, ask: &Ask<'_>) -> (Answer, Decision) {
        let (status, title, next, people) = match self {
            Self::Missing(what) => {
                let next = "Check the address, or begin again at the start page.";
                (
                    StatusCode::NOT_FOUND,
                    what.into_owned(),
                    next.to_owned(),
                    Vec::new(),
                )
            }
            Self::Wrong(what, next) => (
                StatusCode::BAD_REQUEST,
                what.into_owned(),
                next.into_owned(),
                Vec::new(),
            ),
            Self::TooOften(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                TOO_OFTEN.to_owned(),
                again(wait),
                Vec::new(),
            ),
            Self::Refused(problem) => (
                problem.status(),
                problem.message().to_owned(),
                problem.next().to_owned(),
                Vec::new(),
            ),
            Self::NoRole(roles) => {
                let people = ask
                    .guest()
                    .map_or_else(Vec::new, |visitor| helpers(visitor, roles));
                forbidden(ask, people)
            }
            Self::NotYours(people) => forbidden(ask, people),
            Self::Store(error) => return broken(&error.to_string()),
            Self::Broken(why) => return broken(&why),
        };
        let decision = Decision::refused(title.clone());
        let view = View {
            frame: ask.frame(),
            title: sentence(&title),
            next: sentence(&next),
            people,
        };
        shell::page(status, &view, decision)
            .unwrap_or_else(|_| broken("the page of a refusal could not be made"))
    }
}

/// For other people than the visitor.
fn forbidden(ask: &Ask<'_>, people: Vec<String>) -> (StatusCode, String, String, Vec<String>) {
    let next = match people.is_empty() {
        true => "Nobody in your organization may.",
        false => "These people in your organization may:",
    };
    let title = match ask.sent() {
        true => "You don’t have permission to do this, and nothing was changed",
        false => "You don’t have permission to see this page",
    };
    (StatusCode::FORBIDDEN, title.to_owned(), next.to_owned(), people)
}

pub(crate) fn helpers(visitor: &crate::visit::Visitor, roles: &[Role]) -> Vec<String> {
    let may = |account: &&Account| {
        account.enabled && !account.deleted && roles.iter().any(|role| account.roles.contains(role))
    };
    let mut people: Vec<_> = visitor
        .tenant
        .accounts()
        .filter(may)
        .map(|account| format!("{} ({})", account.name, account.upn))
        .collect();
    people.sort();
    people
}

fn broken(why: &str) -> (Answer, Decision) {
    let (answer, _) = shell::plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the page could not be made; the stand-in's journal says why (keyway journal)",
    );
    (answer, Decision::failed(why))
}

/// What is said to who sends too many forms.
pub(crate) const TOO_OFTEN: &str = "Too many requests came from here.";

/// When to come again, in whole seconds.
pub(crate) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + 1
}

/// The same, as a sentence.
pub(crate) fn again(wait: Duration) -> String {
    format!("Wait {} seconds, then try again.", seconds(wait))
}
