//! `/password-reset`: whether people may reset a forgotten password by themselves (rows 003-05 to 003-08).

use askama::Template;
use directory::licenses::Service;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/password-reset",
    about: "whether users may reset a forgotten password by themselves",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "admin/resets/template.html")]
struct View {
    frame: Frame,
    on: bool,
    /// How many have a license that lets them.
    licensed: usize,
    users: usize,
    portal: String,
    may_manage: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(change(ask), async |wrong| show(ask, wrong)).await
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let tenant = ask.tenant()?;
    let living = || tenant.accounts().filter(|account| !account.deleted);
    let view = View {
        on: tenant.settings.self_service_reset,
        licensed: living()
            .filter(|account| account.may_use(Service::SelfServiceReset))
            .count(),
        users: living().count(),
        portal: ask.address("passwordreset.microsoftonline.com", "/"),
        may_manage: rights::has(ask, rights::MANAGE),
        frame: ask.frame().with(wrong),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the setting of password reset"),
    )
}

async fn change(ask: &Ask<'_>) -> Reply {
    rights::only(ask, rights::MANAGE)?;
    let tenant = ask.tenant()?.id().to_string();
    let on = ask.field("self_service") == "on";
    let body = json!({ "self_service_reset": on });
    ask.act("changeSettings", &[("tenant", &tenant)], &body).await?;
    Ok(ask.done(
        "/password-reset",
        match on {
            true => "Users with the license may now reset a forgotten password by themselves.",
            false => "Users now need an administrator for a forgotten password.",
        },
    ))
}
