//! `/apps/new`: the form of a new registration (rows 004-03 to 004-05).

use askama::Template;
use authority::{
    App, Audience,
    rules::{self, Writer},
};
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::{AppId, ObjectId, Uuid};

use super::desk::{self, AUDIENCES, Choice, PLATFORMS};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
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
    ask.form(register(ask), async |wrong| show(ask, wrong)).await
}

async fn register(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
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
            return Err(Stop::wrong(
                "A redirect URI belongs to a platform",
                "Choose one, or leave both empty.",
            ));
        }
        (Some((value, ..)), false) => json!({ *value: [uri] }),
    };
    app.redirects = serde_json::from_value(redirects.clone())?;
    let tenant = &visitor.tenant;
    rules::registration(&app, std::iter::empty(), tenant.id(), Writer::Portal)
        .map_err(|bad| Stop::wrong(shown(&bad.to_string()), "Correct it and register again."))?;
    let body = json!({
        "name": app.name,
        "audience": app.audience,
        "redirects": redirects,
        "owners": [visitor.account.id],
    });
    let made = ask
        .act("createApp", &[("tenant", &tenant.id().to_string())], &body)
        .await?;
    let id = made["id"].as_str().unwrap_or_default();
    Ok(ask.done(
        &format!("/apps/{id}"),
        format!("“{}” was registered. Next: add its permissions.", app.name),
    ))
}

fn chosen(ask: &Ask<'_>) -> Audience {
    let sent = ask.field("audience");
    let found = AUDIENCES.iter().find(|(value, _)| *value == sent);
    found.map_or(Audience::default(), |(_, audience)| *audience)
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let platform = ask.field("platform");
    let platforms = PLATFORMS
        .iter()
        .map(|(value, _, words)| (*value, *words, *value == platform));
    let view = View {
        frame: ask.frame().with(wrong),
        name: ask.field("name").to_owned(),
        audiences: desk::audience_choices(chosen(ask), &desk::organization(ask)?),
        platforms: platforms.collect(),
        uri: ask.field("uri").to_owned(),
    };
    let decision = Decision::served("the form of a new registration");
    shell::page(StatusCode::OK, &view, decision)
}
