//! `/verify?token=`: the link of the mail (rows 000-17, 000-21 and 000-22).
//!
//! Following it verifies, at once, without another button, as the real one does: that is what the mail promises and what
//! rows 000-21 and 000-22 ask. The price is that a mail scanner which follows links verifies too; that harms nobody who
//! waits, because a second visit says that the address may be verified already, and gives nothing to whoever did not
//! sign up, because the password is still needed. Looking without opening (HEAD) verifies nothing.

use askama::Template;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::json;
use types::{ObjectId, TenantId};
use wire::Answer;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::{Stop, sentence},
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/verify",
    about: "the link of the mail: the address is verified",
    needs: Needs::Form,
    most_body: 0,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "live/verify/template.html")]
struct View {
    frame: Frame,
    /// Whose address; none when the link is of no use.
    address: Option<String>,
    problem: Option<(String, String)>,
    /// Where a sign-in waits.
    resume: Option<String>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    if ask.call.method == Method::HEAD {
        let why = "a verification link was looked at, not followed";
        return Ok((Answer::empty(StatusCode::OK).no_store(), Decision::served(why)));
    }
    let token = ask.query.get("token").unwrap_or_default();
    if token.is_empty() {
        let view = View {
            frame: ask.frame(),
            address: None,
            problem: None,
            resume: None,
        };
        let decision = Decision::served("the page of a verification link, without a link");
        return shell::page(StatusCode::OK, &view, decision);
    }
    let account = match ask.act("verifyAddress", &[], &json!({ "token": token })).await {
        Ok(account) => account,
        Err(Stop::Refused(problem)) => {
            let view = View {
                frame: ask.frame(),
                address: None,
                problem: Some((sentence(problem.message()), sentence(problem.next()))),
                resume: None,
            };
            let why = format!("a verification link: {}", problem.message());
            return shell::page(problem.status(), &view, Decision::refused(why));
        }
        Err(other) => return Err(other),
    };
    let id: ObjectId = serde_json::from_value(account["id"].clone())?;
    let address = account["upn"].as_str().unwrap_or_default();
    let waiting = ask.portal.stage.authority.waiting(id).await?;
    let view = View {
        frame: ask.frame(),
        address: Some(shown(address)),
        problem: None,
        resume: waiting.map(|url| ask.call.form.dress(&url)),
    };
    let decision = Decision::granted(format!("{address} is verified"))
        .tenant(TenantId::CONSUMERS)
        .subject(address);
    shell::page(StatusCode::OK, &view, decision)
}
