//! `/before-you-begin`: the prerequisites of a connection, each missing one named (row 004-02).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{Organizations, prospect};

use super::desk;
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::sentence,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/before-you-begin",
    about: "whether the account may register applications and reaches an organization",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/before/template.html")]
struct View {
    frame: Frame,
    /// Why the account may not register applications.
    no_registering: Option<String>,
    people: Vec<String>,
    organizations: Vec<Row>,
    reaches: bool,
    may_consent: bool,
}

struct Row {
    name: String,
    url: String,
    /// What keeps the visitor out, and the page of its cause.
    hindrance: Option<(String, String)>,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let (tenant, account) = (&visitor.tenant, &visitor.account);
    let stage = &ask.portal.stage;
    let organizations = stage.store.view::<Organizations>(tenant.id()).await?;
    let mut rows: Vec<Row> = organizations
        .iter()
        .map(|org| Row {
            name: shown(&org.record.name),
            url: ask.call.form.url(&org.record.host, "/"),
            hindrance: prospect(org, account).err().map(|turned| {
                let cause = turned.cause.unwrap_or("user-not-member-of-organization");
                (sentence(&shown(&turned.why)), ask.cause(cause))
            }),
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let hindrance = desk::hindrance_to_register(&tenant.settings, account);
    let view = View {
        frame: ask.frame(),
        no_registering: hindrance.map(sentence),
        people: desk::managers(visitor),
        reaches: rows.iter().any(|row| row.hindrance.is_none()),
        organizations: rows,
        may_consent: account.may_grant_admin_consent(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the prerequisites were checked"),
    )
}
