//! `/_pages/{area}`: an area, with a small form. The stand-in keeps no business records: what is sent is shown to have
//! arrived whole, and that is all. It is there so that a form can be lost, or kept, when a session ends.
//!
//! To add an area: its entry in [`AREAS`], and its line in the site's navigation.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{AccessMode, SystemUser};

use super::{banner::Banner, door};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    visit::Kept,
};

pub(super) const PAGE: Page = Page {
    path: "/_pages/{area}",
    about: "an area of the organization, with a small form that keeps nothing",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(show(ask)),
};

/// An area.
pub(super) struct Area {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// What its form is called, what its first field asks for, and its second.
    form: (&'static str, &'static str, &'static str),
    /// Open to users who may change settings and see no business data (facts/organization.md 6.5: Administrative).
    is_settings: bool,
}

const AREAS: &[Area] = &[
    Area {
        path: "/_pages/sales",
        name: "Sales",
        about: "Leads and opportunities",
        form: ("New lead", "Topic", "Customer"),
        is_settings: false,
    },
    Area {
        path: "/_pages/service",
        name: "Service",
        about: "Cases and queues",
        form: ("New case", "Case title", "Customer"),
        is_settings: false,
    },
    Area {
        path: "/_pages/settings",
        name: "Settings",
        about: "Business and system settings",
        form: ("New announcement", "Title", "Audience"),
        is_settings: true,
    },
];

/// The areas that a user is shown.
pub(super) fn of(user: &SystemUser) -> impl Iterator<Item = &'static Area> {
    let settings_only = user.access_mode == AccessMode::Administrative;
    AREAS
        .iter()
        .filter(move |area| area.is_settings || !settings_only)
}

/// The longest text that a field takes, in characters.
const MOST: usize = 4000;

#[derive(Template)]
#[template(path = "organization/area/template.html")]
struct View {
    frame: Frame,
    banner: Banner,
    has_form: bool,
    area: &'static Area,
    path: &'static str,
    may_write: bool,
    kept: bool,
    message: Option<&'static str>,
    topic: String,
    customer: String,
    description: String,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let inside = match door::open(ask).await? {
        Ok(inside) => inside,
        Err(refused) => return refused,
    };
    let (_, user) = inside.here(ask)?;
    let area = of(user).find(|area| area.path.eq_ignore_ascii_case(&ask.call.path));
    let area = area.ok_or_else(|| Stop::Missing("There is no such area, or it is not open to you".into()))?;
    let may_write = !matches!(user.access_mode, AccessMode::Read | AccessMode::Support);
    let mut view = View {
        frame: ask.frame(),
        banner: Banner::of(ask)?,
        has_form: may_write,
        area,
        path: area.path,
        may_write,
        kept: false,
        message: None,
        topic: String::new(),
        customer: String::new(),
        description: String::new(),
    };
    if ask.sent() {
        (view.topic, view.customer, view.description) = typed(|name| ask.field(name).to_owned());
        view.message = wrong(&view);
        if view.message.is_none() {
            let topic: String = view.topic.chars().take(100).collect();
            let notice = format!(
                "“{topic}” arrived whole, {} characters in all. The stand-in keeps no business records, so it is not stored.",
                view.topic.chars().count() + view.customer.chars().count() + view.description.chars().count()
            );
            return Ok(ask.done(area.path, notice));
        }
        return shell::page(
            StatusCode::BAD_REQUEST,
            &view,
            Decision::refused("the form was not complete"),
        );
    }
    if let Some(kept) = Kept::of(ask).await? {
        (view.topic, view.customer, view.description) = typed(|name| kept.field(name).to_owned());
        view.kept = true;
    }
    shell::page(
        StatusCode::OK,
        &view,
        Decision::granted("an area of the organization"),
    )
}

fn typed(field: impl Fn(&str) -> String) -> (String, String, String) {
    (field("topic"), field("customer"), field("description"))
}

fn wrong(view: &View) -> Option<&'static str> {
    let too_long = [&view.topic, &view.customer, &view.description]
        .iter()
        .any(|text| text.chars().count() > MOST);
    match (view.may_write, view.topic.is_empty(), too_long) {
        (false, ..) => {
            Some("Your access mode lets you read, and not save: ask a system administrator to change it.")
        }
        (_, true, _) => Some("The first field is empty: enter what it is about."),
        (_, _, true) => Some("A field takes 4000 characters at most: shorten the text."),
        _ => None,
    }
}
