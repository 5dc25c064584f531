//! `/enter`: where a control token is set, the pages that turn the stand-in need it too.
//!
//! It is shown once, and a cookie stands for it from then on. The cookie opens these pages and nothing else: the control
//! API takes the token alone, so that no page of another site can use it.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use standin::control::COOKIE_TESTER;
use types::Secret;

use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::query,
    visit::set_cookie,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/enter",
    about: "the control token, for the pages that turn the stand-in",
    needs: Needs::Form,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "keyway/enter/template.html")]
struct View {
    frame: Frame,
    to: String,
    /// Nothing needs to be shown.
    open: bool,
}

/// Instead of a page that needs the token.
///
/// # Errors
/// A form was sent, and would be lost.
pub(crate) fn instead(ask: &Ask<'_>) -> Reply {
    if !ask.call.method.is_safe() {
        return Err(Stop::wrong(
            "This page needs the control token, so nothing was changed.",
            "Open the page, show the token, and repeat what you did.",
        ));
    }
    let to = match ask.call.query.is_empty() {
        true => ask.call.path.clone(),
        false => format!("{}?{}", ask.call.path, ask.call.query),
    };
    let answer = shell::see_other(&format!("/enter?{}", query(&[("to", &to)])));
    Ok((answer, Decision::refused("the page needs the control token")))
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let to = match ask.sent() {
        true => ask.field("to"),
        false => ask.query.get("to").unwrap_or_default(),
    };
    let to = if is_ours(ask, to) { to } else { "/" };
    ask.form(async { enter(ask, to) }, async |wrong| show(ask, to, wrong))
        .await
}

fn enter(ask: &Ask<'_>, to: &str) -> Reply {
    ask.not_too_often()?;
    let pass = ask.portal.stage.acts.pass(&Secret::new(ask.field("control")))?;
    let answer = shell::see_other(to);
    let answer = set_cookie(answer, COOKIE_TESTER, pass.expose());
    Ok((answer, Decision::granted("a browser showed the control token")))
}

/// Whether it is a page here: nobody is sent elsewhere.
fn is_ours(ask: &Ask<'_>, to: &str) -> bool {
    let path = to.split('?').next().unwrap_or_default();
    !path.contains('\\') && Page::at(ask.site, path).is_some()
}

fn show(ask: &Ask<'_>, to: &str, wrong: Option<Wrong>) -> Reply {
    let view = View {
        frame: ask.frame().with(wrong),
        to: to.to_owned(),
        open: ask.portal.stage.acts.allow(ask.call).is_ok(),
    };
    let decision = Decision::served("the page that asks for the control token");
    shell::page(StatusCode::OK, &view, decision)
}
