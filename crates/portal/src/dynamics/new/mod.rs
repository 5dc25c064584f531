//! `/new`: a new organization.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::{Host, Region};

use super::place;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/new",
    about: "a new organization, in a region of one’s choice",
    needs: Needs::Role(place::MANAGE),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// The longest name of an organization, in characters.
pub(super) const MOST_NAME: usize = 100;

#[derive(Template)]
#[template(path = "dynamics/new/template.html")]
struct View {
    frame: Frame,
    name: String,
    label: String,
    group: String,
    sandbox: bool,
    /// Suffix, name, chosen.
    regions: Vec<(String, String, bool)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(create(ask), async |wrong| show(ask, wrong)).await
}

/// The regions that Microsoft lists for customers.
fn offered<'a>(ask: &'a Ask<'_>) -> impl Iterator<Item = &'a Region> {
    ask.portal.stage.regions.iter().filter(|region| region.listed)
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let chosen = ask.field("region");
    let regions = offered(ask).map(|region| {
        let suffix = region.suffix.to_string();
        let is_chosen = suffix == chosen;
        (suffix, region.name.to_string(), is_chosen)
    });
    let view = View {
        regions: regions.collect(),
        name: shown(ask.field("name")),
        label: shown(ask.field("label")),
        group: shown(ask.field("group")),
        sandbox: ask.field("kind") == "sandbox",
        frame: ask.frame().with(wrong),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the form for a new organization"),
    )
}

async fn create(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?.id().to_string();
    let name: String = ask.field("name").chars().take(MOST_NAME).collect();
    if name.is_empty() {
        return Err(Stop::wrong("The organization needs a name.", "Type one."));
    }
    let known = offered(ask).any(|region| *region.suffix == *ask.field("region"));
    let label = ask.field("label").to_ascii_lowercase();
    let host: Host = match known && !label.is_empty() && !label.contains('.') {
        true => format!("{label}.{}", ask.field("region")).parse().ok(),
        false => None,
    }
    .ok_or_else(|| {
        Stop::wrong(
            "The address cannot be used.",
            "Choose a region, and a first part of letters, digits and hyphens.",
        )
    })?;
    let mut body = json!({ "name": name, "host": host.as_str() });
    if !ask.field("group").is_empty() {
        body["security_group"] = json!(ask.field("group"));
    }
    let made = ask
        .act("createOrganization", &[("tenant", &tenant)], &body)
        .await?;
    let id = made["id"].as_str().unwrap_or_default();
    if ask.field("kind") == "sandbox" {
        let named = [("tenant", tenant.as_str()), ("organization", id)];
        ask.act("changeOrganization", &named, &json!({ "sandbox": true }))
            .await?;
    }
    Ok(ask.done(
        &format!("/organizations/{id}"),
        format!(
            "{name} was created at {host}. Administrators come in at once; give other people a security role."
        ),
    ))
}
