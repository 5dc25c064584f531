//! `/apps/{app}`: the three ids side by side, and what is still missing (rows 004-12 and 004-18).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use types::AppId;

use super::desk::{self, Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}",
    about: "Overview: client id, object id and tenant id side by side, and what comes next",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/overview/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    enterprise: String,
    /// Name, value, what it is for.
    ids: [(&'static str, String, &'static str); 3],
    audience: String,
    redirects: usize,
    secrets: usize,
    certificates: usize,
    disabled: bool,
    /// What is still to be done, in the order in which it is done: page, words, done.
    steps: [(String, &'static str, bool); 4],
}

async fn show(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let visitor = ask.visitor()?;
    let app = &desk.app;
    let consented = !desk.here.granted(app.id, AppId::DATAVERSE, None).is_empty();
    let credential =
        !app.certificates.is_empty() || app.secrets.iter().any(|secret| visitor.now < secret.ends);
    let view = View {
        frame: ask.frame(),
        menu: desk.menu(""),
        base: desk.at(""),
        enterprise: format!("/enterprise/{}", app.id),
        ids: [
            (
                "Application (client) ID",
                app.id.to_string(),
                "what programs send as client_id",
            ),
            (
                "Object ID",
                app.object_id.to_string(),
                "of this record in the directory; no program sends it",
            ),
            (
                "Directory (tenant) ID",
                desk.tenant.clone(),
                "stands in the endpoints’ addresses",
            ),
        ],
        audience: desk::audience_words(app.audience, &desk::organization(ask)?),
        redirects: app.redirects.each().count(),
        secrets: app.secrets.len(),
        certificates: app.certificates.len(),
        disabled: app.disabled,
        steps: [
            (
                desk.at("/permissions"),
                "Add the permission Dynamics CRM > user_impersonation",
                app.lists(AppId::DATAVERSE),
            ),
            (desk.at("/permissions"), "Grant admin consent", consented),
            (
                desk.at("/secrets"),
                "Add a client secret or a certificate",
                credential,
            ),
            (
                desk.at("/authentication"),
                "Register a redirect URI",
                app.redirects.each().next().is_some(),
            ),
        ],
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("a registration's overview"),
    )
}
