//! `/accept?token=`: somebody signed in, and it must be who was invited.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::Upn;

use super::{Invitation, read, redeem::without_link};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    visit::Visitor,
};

pub(crate) const PAGE: Page = Page {
    path: "/accept",
    about: "accept an invitation as who was invited",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "invitation/accept/template.html")]
struct View {
    frame: Frame,
    invitation: Invitation,
    /// The name somebody else signed in with.
    other: Option<String>,
    accepted: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let sent = ask.sent();
    let token = match sent {
        true => ask.field("link"),
        false => ask.query.get("token").unwrap_or_default(),
    };
    if token.is_empty() {
        return without_link(ask);
    }
    let invitation = read(ask, token).await??;
    if !is_invited(visitor, &invitation) {
        let typed = visitor.session.typed.to_string();
        let why = format!(
            "the invitation is for {}, and {typed} signed in",
            invitation.address
        );
        let decision = Decision::refused(why);
        return show(
            ask,
            StatusCode::FORBIDDEN,
            invitation,
            Some(typed),
            false,
            decision,
        );
    }
    if !sent {
        let decision = Decision::served("the page to accept an invitation");
        return show(ask, StatusCode::OK, invitation, None, false, decision);
    }
    let body = json!({ "token": token, "address": invitation.address });
    ask.act("acceptInvitation", &[], &body).await?;
    let why = format!(
        "{} accepted the invitation of {}",
        invitation.address, invitation.from
    );
    show(
        ask,
        StatusCode::OK,
        invitation,
        None,
        true,
        Decision::granted(why),
    )
}

/// By any of the account's names: the one that was typed does not matter.
fn is_invited(visitor: &Visitor, invitation: &Invitation) -> bool {
    let invited = invitation.address.parse::<Upn>();
    invited.is_ok_and(|address| visitor.account.answers_to(&address))
}

fn show(
    ask: &Ask<'_>,
    status: StatusCode,
    invitation: Invitation,
    other: Option<String>,
    accepted: bool,
    decision: Decision,
) -> Reply {
    let view = View {
        frame: ask.frame(),
        invitation,
        other,
        accepted,
    };
    shell::page(status, &view, decision)
}
