//! `/users/invite`: a guest, by a mail with the organization's own address (rows 003-20 and 003-21).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::Organizations;
use serde_json::json;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/users/invite",
    about: "a guest, by a mail with the organization’s own address",
    needs: Needs::Role(rights::MANAGE),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "admin/invite/template.html")]
struct View {
    frame: Frame,
    address: String,
    name: String,
    /// Unique name, name, address, chosen.
    organizations: Vec<(String, String, String, bool)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(invite(ask), |wrong| show(ask, wrong)).await
}

async fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let all = ask
        .portal
        .stage
        .store
        .view::<Organizations>(ask.tenant()?.id())
        .await?;
    let view = View {
        frame: ask.frame().with(wrong),
        address: shown(ask.field("address")),
        name: shown(ask.field("name")),
        organizations: all
            .iter()
            .map(|org| {
                let unique = &org.record.unique_name;
                let chosen = unique == ask.field("organization");
                (unique.clone(), shown(&org.record.name), org.url(), chosen)
            })
            .collect(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the form for an invitation"),
    )
}

async fn invite(ask: &Ask<'_>) -> Reply {
    let tenant = ask.tenant()?.id().to_string();
    let address = super::user::address(ask.field("address"))?;
    if ask.field("name").is_empty() {
        return Err(Stop::wrong("A guest needs a name.", "Type the display name."));
    }
    let name: String = ask.field("name").chars().take(super::user::MOST_NAME).collect();
    let mut body = json!({ "address": address, "name": name });
    if !ask.field("organization").is_empty() {
        body["organization"] = json!(ask.field("organization"));
    }
    let made = ask.act("invite", &[("tenant", &tenant)], &body).await?;
    let to = format!("/users/{}", made["id"].as_str().unwrap_or_default());
    Ok(ask.done(&to, format!("An invitation was sent to {address}.")))
}
