//! `/`, `/main.aspx`: the organization, to whom it lets in: who one is here, one's roles, the areas, the session.

use askama::Template;
use evidence::Decision;
use http::StatusCode;

use super::{banner, banner::Banner, door};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
};

pub(super) const PAGE: Page = at("/");
pub(super) const CLASSIC: Page = at("/main.aspx");
pub(super) const DEFAULT: Page = at("/default.aspx");

const fn at(path: &'static str) -> Page {
    Page {
        path,
        about: "the organization: who one is here, one's security roles, the areas, the session",
        needs: Needs::Visitor,
        most_body: 0,
        handle: |ask| Box::pin(show(ask)),
    }
}

#[derive(Template)]
#[template(path = "organization/main/template.html")]
struct View {
    frame: Frame,
    banner: Banner,
    has_form: bool,
    name: String,
    user: String,
    domain_name: String,
    roles: Vec<String>,
    unit: String,
    access: &'static str,
    areas: Vec<(&'static str, &'static str, &'static str)>,
    since: String,
    ends: String,
    left: String,
    rule: String,
    help: &'static str,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let inside = match door::open(ask).await? {
        Ok(inside) => inside,
        Err(refused) => return refused,
    };
    let (org, user) = inside.here(ask)?;
    let visitor = ask.visitor()?;
    let session = &visitor.session;
    let mode = organization::AccessMode::ALL
        .iter()
        .find(|(mode, ..)| *mode == user.access_mode);
    let view = View {
        frame: ask.frame(),
        banner: Banner::of(ask)?,
        has_form: false,
        name: org.record.name.clone(),
        user: user.full_name(),
        domain_name: user.domain_name.clone(),
        roles: org.roles_of(user).map(|role| role.name.clone()).collect(),
        unit: user
            .unit
            .and_then(|unit| org.unit(unit))
            .map_or_else(String::new, |unit| unit.name.clone()),
        access: mode.map_or("", |(.., name)| *name),
        areas: super::area::of(user)
            .map(|area| (area.path, area.name, area.about))
            .collect(),
        since: session.since.rfc3339_seconds(),
        ends: session.ends().rfc3339_seconds(),
        left: banner::left(session.ends(), visitor.now),
        rule: super::trouble::rule(&session.term),
        help: super::trouble::PATH,
    };
    let why = format!("the organization's page, for {}", user.domain_name);
    shell::page(StatusCode::OK, &view, Decision::granted(why))
}
