//! `/apps/{app}/authentication`: redirect URIs by platform, implicit grant, public client flows, supported account types
//! (row 004-05; facts/identity.md 2.3 and 2.4).

use askama::Template;
use authority::{
    App, Redirects,
    rules::{self, Writer},
};
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};

use super::desk::{self, AUDIENCES, Choice, Desk, Menu, PLATFORMS};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/authentication",
    about: "Authentication: redirect URIs by platform, implicit grant, public client flows",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How many redirect URIs stand on a page, of all platforms together.
const EACH: usize = 50;

#[derive(Template)]
#[template(path = "azure/authentication/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    platforms: Vec<Group>,
    paging: Paging,
    uri: String,
    logout: String,
    audiences: Vec<Choice>,
    access_tokens: bool,
    id_tokens: bool,
    public: bool,
}

/// The redirect URIs of one platform.
struct Group {
    value: &'static str,
    name: &'static str,
    /// The platform that the form was sent with.
    chosen: bool,
    /// How many there are in all.
    count: usize,
    /// On this page: as registered, and as shown.
    uris: Vec<(String, String)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(change(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

async fn change(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let (patch, notice) = match ask.field("what") {
        "add" => (
            added(ask, &desk.app)?,
            format!("The redirect URI {} was added.", ask.field("uri")),
        ),
        "remove" => (
            removed(ask, &desk.app)?,
            format!("The redirect URI {} was removed.", shown(ask.field("uri"))),
        ),
        "settings" => (
            settings(ask),
            "The authentication settings were saved.".to_owned(),
        ),
        _ => return Err(Stop::no_button()),
    };
    desk.act(ask, "changeApp", &patch).await?;
    Ok(ask.done(&desk.at("/authentication"), notice))
}

fn list<'r>(redirects: &'r mut Redirects, platform: &str) -> Option<&'r mut Vec<String>> {
    match platform {
        "web" => Some(&mut redirects.web),
        "spa" => Some(&mut redirects.spa),
        "public-client" => Some(&mut redirects.public_client),
        _ => None,
    }
}

/// The redirects with one more, by the form's rules.
fn added(ask: &Ask<'_>, app: &App) -> Result<Value, Stop> {
    let (platform, uri) = (ask.field("platform"), ask.field("uri"));
    let known = PLATFORMS.iter().find(|(value, ..)| *value == platform);
    let (_, judged, _) =
        known.ok_or_else(|| Stop::wrong("A redirect URI belongs to a platform", "Choose one."))?;
    rules::redirect(uri, *judged, app.audience, Writer::Portal).map_err(|bad| {
        Stop::wrong(
            format!("The redirect URI `{}` {bad}", shown(uri)),
            "Correct it and add it again.",
        )
    })?;
    let mut redirects = app.redirects.clone();
    if let Some(uris) = list(&mut redirects, platform) {
        uris.push(uri.to_owned());
    }
    Ok(json!({ "redirects": redirects }))
}

fn removed(ask: &Ask<'_>, app: &App) -> Result<Value, Stop> {
    let mut redirects = app.redirects.clone();
    // Exactly as it is registered, blanks included.
    let uri = ask.form.get("uri").unwrap_or_default();
    let uris = list(&mut redirects, ask.field("platform"));
    let at = uris.and_then(|uris| {
        let at = uris.iter().position(|known| known == uri)?;
        Some(uris.remove(at))
    });
    match at {
        Some(_) => Ok(json!({ "redirects": redirects })),
        None => Err(Stop::wrong(
            "This redirect URI is no longer registered.",
            "Open the page again to see what is.",
        )),
    }
}

fn settings(ask: &Ask<'_>) -> Value {
    let ticked = |name| ask.form.get(name).is_some();
    let sent = ask.field("audience");
    let mut patch = json!({
        "implicit_access_tokens": ticked("access_tokens"),
        "implicit_id_tokens": ticked("id_tokens"),
        "allow_public_client": ask.field("public") == "yes",
        "logout_url": Some(ask.field("logout")).filter(|url| !url.is_empty()),
    });
    if AUDIENCES.iter().any(|(value, _)| *value == sent) {
        patch["audience"] = json!(sent);
    }
    patch
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let app = &desk.app;
    let all: Vec<_> = app.redirects.each().collect();
    let (here, paging) = paged(ask, all.clone(), EACH);
    let platforms = PLATFORMS.iter().map(|(value, platform, name)| Group {
        value,
        name,
        chosen: *value == ask.field("platform"),
        count: all.iter().filter(|(_, of)| of == platform).count(),
        uris: here
            .iter()
            .filter(|(_, of)| of == platform)
            .map(|(uri, _)| ((*uri).to_owned(), shown(uri)))
            .collect(),
    });
    let view = View {
        menu: desk.menu("/authentication"),
        base: desk.at("/authentication"),
        uri: match &wrong {
            Some(_) => ask.field("uri").to_owned(),
            None => String::new(),
        },
        frame: ask.frame().with(wrong),
        platforms: platforms.collect(),
        paging,
        logout: {
            let typed = ask.form.get("logout");
            typed.or(app.logout_url.as_deref()).unwrap_or_default().to_owned()
        },
        audiences: desk::audience_choices(app.audience, &desk::organization(ask)?),
        access_tokens: app.implicit_access_tokens,
        id_tokens: app.implicit_id_tokens,
        public: app.allow_public_client,
    };
    let decision = Decision::served("a registration's redirect URIs");
    shell::page(StatusCode::OK, &view, decision)
}
