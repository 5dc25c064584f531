//! `/organizations/{organization}/users` and `/applications`: who is in an organization, people apart from programs.

use askama::Template;
use authority::Registrations;
use evidence::Decision;
use http::StatusCode;
use organization::{AccessMode, Org, SystemUser};
use serde_json::json;

use super::place::{Place, Tabs};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    paging::{Paging, paged},
    shell,
    stop::Stop,
    text::{has, shown},
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/organizations/{organization}/users",
    about: "the people of an organization, with their security roles",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask, false)),
};
pub(crate) const APPLICATIONS: Page = Page {
    path: "/organizations/{organization}/applications",
    about: "the application users of an organization",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask, true)),
};

/// How many stand on a page.
const EACH: usize = 50;
/// As many are offered; others can be typed.
const MOST_OFFERED: usize = 100;

#[derive(Template)]
#[template(path = "dynamics/people/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    /// Application users instead of people.
    programs: bool,
    search: String,
    rows: Vec<Row>,
    paging: Paging,
    /// Who could be added: what is typed, and what it is called.
    offered: Vec<(String, String)>,
    typed: String,
    roles: Vec<String>,
    modes: [(AccessMode, i32, &'static str); 6],
}

struct Row {
    id: String,
    name: String,
    login: String,
    state: &'static str,
    mode: &'static str,
    roles: String,
}

/// Whether somebody is enabled, and who said so.
pub(super) fn state(user: &SystemUser) -> &'static str {
    match user.disabled {
        None => "Enabled",
        Some(organization::DisabledBy::Administrator) => "Disabled by an administrator",
        Some(organization::DisabledBy::Synchronization) => "Disabled: license or group is gone",
    }
}

/// What kind of access somebody has.
pub(super) fn mode(mode: AccessMode) -> &'static str {
    let found = AccessMode::ALL.iter().find(|(known, ..)| *known == mode);
    found.map_or("", |(.., name)| name)
}

async fn answer(ask: &Ask<'_>, programs: bool) -> Reply {
    let place = &Place::of(ask).await?;
    ask.form(add(ask, place, programs), |wrong| {
        show(ask, place, programs, wrong)
    })
    .await
}

async fn show(ask: &Ask<'_>, place: &Place, programs: bool, wrong: Option<Wrong>) -> Reply {
    let org = place.org()?;
    let search = ask.searched("q");
    let mut users: Vec<&SystemUser> = org
        .users()
        .filter(|user| user.is_application() == programs)
        .filter(|user| has(&user.full_name(), &search) || has(&user.domain_name, &search))
        .collect();
    users.sort_by_cached_key(|user| (user.full_name().to_lowercase(), user.id));
    let (users, paging) = paged(ask, users, EACH);
    let mut roles: Vec<_> = org.roles().map(|role| shown(&role.name)).collect();
    roles.sort();
    roles.dedup();
    let view = View {
        tabs: place.tabs(ask)?,
        programs,
        search: shown(&search),
        rows: users.into_iter().map(|user| row(org, user)).collect(),
        paging,
        offered: match programs {
            true => applications(ask, org).await?,
            false => accounts(ask, org)?,
        },
        typed: shown(ask.field("who")),
        roles,
        modes: AccessMode::ALL,
        frame: ask.frame().with(wrong),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the users of an organization"),
    )
}

fn row(org: &Org, user: &SystemUser) -> Row {
    let roles: Vec<_> = org.roles_of(user).map(|role| shown(&role.name)).collect();
    Row {
        id: user.id.to_string(),
        name: shown(&user.full_name()),
        login: shown(&user.domain_name),
        state: state(user),
        mode: mode(user.access_mode),
        roles: match roles.is_empty() {
            true => "none".to_owned(),
            false => roles.join(", "),
        },
    }
}

/// Accounts of the tenant that are no users of the organization yet.
fn accounts(ask: &Ask<'_>, org: &Org) -> Result<Vec<(String, String)>, Stop> {
    let mut found: Vec<_> = ask
        .tenant()?
        .accounts()
        .filter(|account| !account.deleted && org.user_of(account.id).is_none())
        .map(|account| (shown(account.upn.as_str()), shown(&account.name)))
        .collect();
    found.sort();
    found.truncate(MOST_OFFERED);
    Ok(found)
}

/// Applications that the tenant uses and that are no users of the organization yet.
async fn applications(ask: &Ask<'_>, org: &Org) -> Result<Vec<(String, String)>, Stop> {
    let tenant = ask.tenant()?.id();
    let registrations = ask.portal.stage.store.view::<Registrations>(tenant).await?;
    let mut found: Vec<_> = registrations
        .apps()
        .filter(|app| org.application_user(app.id).is_none())
        .map(|app| (app.id.to_string(), shown(&app.name)))
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found.truncate(MOST_OFFERED);
    Ok(found)
}

async fn add(ask: &Ask<'_>, place: &Place, programs: bool) -> Reply {
    let who = ask.field("who");
    if who.is_empty() {
        return Err(Stop::wrong(
            "Nobody was named.",
            "Choose from the list, or type a name.",
        ));
    }
    let mut body = match programs {
        true => json!({ "app": who }),
        false => {
            let upn: types::Upn = who.parse().map_err(|bad: types::BadUpn| {
                Stop::wrong(
                    format!("“{who}” is no user name: {bad}"),
                    "Write it like user@contoso.com.",
                )
            })?;
            let mode = ask.field("mode").parse().ok().and_then(AccessMode::of_number);
            json!({ "upn": upn, "access_mode": mode.unwrap_or_default() })
        }
    };
    if !ask.field("role").is_empty() {
        body["roles"] = json!([ask.field("role")]);
    }
    let made = place.act(ask, "addSystemUser", &[], &body).await?;
    let tail = format!("/users/{}", made["id"].as_str().unwrap_or_default());
    let name = made["name"].as_str().unwrap_or_default();
    place.done(ask, &tail, format!("{name} is a user of the organization now."))
}
