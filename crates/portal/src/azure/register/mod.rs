//! `/apps/new`: the form of a new registration (rows 004-03 to 004-05).

use askama::Template;
use authority::{
    App, Audience,
    rules::{self, Writer},
};
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::json;
use types::{AppId, ObjectId, Uuid};

use super::desk::{self, AUDIENCES, Choice, PLATFORMS};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::{Stop, sentence},
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/new",
    about: "New registration: name, supported account types, redirect URI",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/register/template.html")]
struct View {
    frame: Frame,
    problem: Option<String>,
    name: String,
    audiences: Vec<Choice>,
    /// Value, words, chosen.
    platforms: Vec<(&'static str, &'static str, bool)>,
    uri: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    if let Some(why) = desk::hindrance_to_register(&visitor.tenant.settings, &visitor.account) {
        let people = desk::managers(visitor).join(", ");
        let next = match people.is_empty() {
            true => "Nobody in your organization can register it for you.".to_owned(),
            false => format!("Ask one of these people to register it for you: {people}."),
        };
        return Err(Stop::wrong(
            format!("Your account may not register applications: {why}"),
            next,
        ));
    }
    if ask.call.method != Method::POST {
        return show(ask, None);
    }
    let platform = PLATFORMS
        .iter()
        .find(|(value, ..)| *value == ask.field("platform"));
    let uri = ask.field("uri");
    let mut app = App::new(
        AppId::new(Uuid::nil()),
        ObjectId::new(Uuid::nil()),
        ask.field("name"),
    );
    app.audience = chosen(ask);
    let redirects = match (platform, uri.is_empty()) {
        (_, true) => json!({}),
        (None, false) => {
            let problem = "Choose a platform for the redirect URI, or leave both empty.";
            return show(ask, Some(problem.to_owned()));
        }
        (Some((value, ..)), false) => json!({ *value: [uri] }),
    };
    app.redirects = serde_json::from_value(redirects.clone())?;
    let tenant = &visitor.tenant;
    if let Err(bad) = rules::registration(&app, std::iter::empty(), tenant.id(), Writer::Portal) {
        return show(ask, Some(sentence(&bad.to_string())));
    }
    let body = json!({
        "name": app.name,
        "audience": app.audience,
        "redirects": redirects,
        "owners": [visitor.account.id],
    });
    match ask
        .act("createApp", &[("tenant", &tenant.id().to_string())], &body)
        .await
    {
        Ok(made) => {
            let id = made["id"].as_str().unwrap_or_default();
            Ok(ask.done(
                &format!("/apps/{id}"),
                format!("“{}” was registered. Next: add its permissions.", app.name),
            ))
        }
        Err(stop) => show(ask, Some(desk::refused(stop)?)),
    }
}

fn chosen(ask: &Ask<'_>) -> Audience {
    let sent = ask.field("audience");
    let found = AUDIENCES.iter().find(|(value, _)| *value == sent);
    found.map_or(Audience::default(), |(_, audience)| *audience)
}

fn show(ask: &Ask<'_>, problem: Option<String>) -> Reply {
    let status = match &problem {
        Some(_) => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    };
    let platform = ask.field("platform");
    let platforms = PLATFORMS
        .iter()
        .map(|(value, _, words)| (*value, *words, *value == platform));
    let decision = match &problem {
        Some(why) => Decision::refused(why.clone()),
        None => Decision::served("the form of a new registration"),
    };
    let view = View {
        frame: ask.frame(),
        problem,
        name: ask.field("name").to_owned(),
        audiences: desk::audience_choices(chosen(ask), &desk::organization(ask)?),
        platforms: platforms.collect(),
        uri: ask.field("uri").to_owned(),
    };
    shell::page(status, &view, decision)
}
