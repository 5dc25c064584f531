//! The link of the mail: the new password, twice, and the code where two methods are needed.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};
use standin::control::Problem;

use super::Place;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::{Stop, sentence},
    text::shown,
    wrong::Wrong,
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
    /// Why the link is of no use, and the next step.
    useless: Option<(String, String)>,
}

/// The page, or what its form does.
pub(crate) async fn answer(ask: &Ask<'_>) -> Reply {
    let place = Place::of(ask);
    let link = match ask.sent() {
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
    ask.form(change(ask, place, link, &read), async |wrong| {
        show(ask, place, link, &read, wrong)
    })
    .await
}

async fn change(ask: &Ask<'_>, place: Place, link: &str, read: &Value) -> Reply {
    let password = ask.form.get("password").unwrap_or_default();
    if password != ask.form.get("again").unwrap_or_default() {
        return Err(Stop::wrong(
            "The two passwords are not the same.",
            "Type both again.",
        ));
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
        Err(other) => Err(other),
    }
}

fn is_link(problem: &Problem) -> bool {
    matches!(problem.status(), StatusCode::GONE | StatusCode::NOT_FOUND)
}

fn show(ask: &Ask<'_>, place: Place, link: &str, read: &Value, wrong: Option<Wrong>) -> Reply {
    let [again, _, path, _] = place.paths();
    let user = read["user"].as_str().unwrap_or_default();
    let view = View {
        frame: ask.frame().with(wrong),
        path,
        again,
        link: link.to_owned(),
        user: Some(shown(user)),
        code: read["code"] == true,
        personal: place == Place::Personal,
        useless: None,
    };
    let decision = Decision::served("the page of a reset link").subject(user);
    shell::page(StatusCode::OK, &view, decision)
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
        useless: None,
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
        useless: Some((sentence(problem.message()), sentence(problem.next()))),
    };
    let why = format!("a reset link: {}", problem.message());
    shell::page(problem.status(), &view, Decision::refused(why))
}
