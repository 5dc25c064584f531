//! The link of the mail: the new password, twice, and the code where two methods are needed.

use askama::Template;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use standin::control::Problem;

use super::Place;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::{Stop, sentence},
    text::shown,
};

pub(crate) const WORK: Page = Page {
    path: "/reset",
    about: "the link of the mail: a new password",
    needs: Needs::Form,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "reset/link/template.html")]
struct View {
    frame: Frame,
    path: &'static str,
    again: &'static str,
    link: String,
    /// Whose password; none when the link is of no use.
    user: Option<String>,
    /// Whether a code must be shown as well.
    code: bool,
    /// Fewer kinds of characters are asked of a Microsoft account's.
    personal: bool,
    problem: Option<(String, String)>,
}

/// The page, or what its form does.
pub(crate) async fn answer(ask: &Ask<'_>) -> Reply {
    let place = Place::of(ask);
    let sent = ask.call.method == Method::POST;
    let link = match sent {
        true => ask.field("link"),
        false => ask.query.get("token").unwrap_or_default(),
    };
    if link.is_empty() {
        return nothing(ask, place);
    }
    let read = match ask.act("readReset", &[], &json!({ "token": link })).await {
        Ok(read) => read,
        Err(Stop::Refused(problem)) => return useless(ask, place, &problem),
        Err(other) => return Err(other),
    };
    if !sent {
        return show(ask, place, link, &read, None);
    }
    let password = ask.form.get("password").unwrap_or_default();
    if password != ask.form.get("again").unwrap_or_default() {
        let problem = ("The two passwords are not the same.", "Type both again.");
        return show(ask, place, link, &read, Some(problem));
    }
    let mut body = json!({ "token": link, "password": password });
    if let Some(code) = Some(ask.field("code")).filter(|code| !code.is_empty()) {
        body["code"] = json!(code);
    }
    match ask.act("completeReset", &[], &body).await {
        Ok(_) => {
            let user = read["user"].as_str().unwrap_or_default();
            Ok(ask.done(place.paths()[3], format!("The password of {user} was changed.")))
        }
        Err(Stop::Refused(problem)) if is_link(&problem) => useless(ask, place, &problem),
        Err(Stop::Refused(problem)) => {
            let told = (problem.message(), problem.next());
            show(ask, place, link, &read, Some(told))
        }
        Err(other) => Err(other),
    }
}

fn is_link(problem: &Problem) -> bool {
    matches!(problem.status(), StatusCode::GONE | StatusCode::NOT_FOUND)
}

fn show(ask: &Ask<'_>, place: Place, link: &str, read: &Value, problem: Option<(&str, &str)>) -> Reply {
    let [again, _, path, _] = place.paths();
    let user = read["user"].as_str().unwrap_or_default();
    let told = problem.map(|(says, next)| (sentence(says), sentence(next)));
    let decision = match &told {
        None => Decision::served("the page of a reset link"),
        Some((says, _)) => Decision::refused(format!("no new password: {says}")),
    };
    let view = View {
        frame: ask.frame(),
        path,
        again,
        link: link.to_owned(),
        user: Some(shown(user)),
        code: read["code"] == true,
        personal: place == Place::Personal,
        problem: told,
    };
    shell::page(StatusCode::OK, &view, decision.subject(user))
}

/// The address without a link's value, typed or bookmarked.
fn nothing(ask: &Ask<'_>, place: Place) -> Reply {
    let [again, _, path, _] = place.paths();
    let view = View {
        frame: ask.frame(),
        path,
        again,
        link: String::new(),
        user: None,
        code: false,
        personal: false,
        problem: None,
    };
    let decision = Decision::served("the page of a reset link, without a link");
    shell::page(StatusCode::OK, &view, decision)
}

/// A link that leads nowhere, and where another one comes from.
fn useless(ask: &Ask<'_>, place: Place, problem: &Problem) -> Reply {
    let [again, _, path, _] = place.paths();
    let view = View {
        frame: ask.frame(),
        path,
        again,
        link: String::new(),
        user: None,
        code: false,
        personal: false,
        problem: Some((sentence(problem.message()), sentence(problem.next()))),
    };
    let why = format!("a reset link: {}", problem.message());
    shell::page(problem.status(), &view, Decision::refused(why))
}
