//! `/app/{solution}/`: a solution, for the people of its tenant who have a license.

use askama::Template;
use directory::licenses::Service;
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(super) const PAGE: Page = Page {
    path: "/app/{solution}/",
    about: "a solution of Social Engagement, for its people",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

/// The same address without its last slash.
pub(super) const BARE: Page = Page {
    path: "/app/{solution}",
    about: "the same address without its last slash",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(async move { add_slash(ask) }),
};

#[derive(Template)]
#[template(path = "engagement/solution/template.html")]
struct View {
    frame: Frame,
    user: String,
    typed: String,
    /// Why it does not open.
    refused: Option<&'static str>,
    people: Vec<(String, String)>,
}

fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let own = super::address(visitor.session.tenant) == ask.call.path;
    let refused = match (own, visitor.account.may_use(Service::SocialEngagement)) {
        (false, _) => Some("This address is not your organization’s: look into the invitation again."),
        (true, false) => Some("You have no license for Microsoft Social Engagement."),
        (true, true) => None,
    };
    let people = visitor.tenant.administrators().into_iter();
    let view = View {
        frame: ask.frame(),
        user: visitor.account.name.clone(),
        typed: visitor.session.typed.to_string(),
        refused,
        people: people.map(|one| (one.name, one.upn.to_string())).collect(),
    };
    match (refused, own) {
        (None, _) => shell::page(
            StatusCode::OK,
            &view,
            Decision::granted("a Social Engagement solution"),
        ),
        (Some(why), true) => {
            let decision = Decision::refused(why).cause("user-license-missing");
            shell::page(StatusCode::FORBIDDEN, &view, decision)
        }
        (Some(why), false) => shell::page(StatusCode::NOT_FOUND, &view, Decision::refused(why)),
    }
}

fn add_slash(ask: &Ask<'_>) -> Reply {
    let to = ask.call.url(&format!("{}/", ask.call.path));
    Ok((
        shell::see_other(&to),
        Decision::served("to the solution's whole address"),
    ))
}
