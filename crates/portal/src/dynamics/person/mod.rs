//! `/organizations/{organization}/users/{user}`: one user: security roles, state, access mode, business unit.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{AccessMode, Org, SystemUser};
use serde_json::{Value, json};
use types::SystemUserId;

use super::{
    people::{mode, state},
    place::{Place, Tabs},
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/organizations/{organization}/users/{user}",
    about: "one user of an organization: security roles, state, access mode, business unit",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "dynamics/person/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    id: String,
    name: String,
    login: String,
    programs: bool,
    state: &'static str,
    enabled: bool,
    mode: &'static str,
    unit: String,
    /// Id and name.
    roles: Vec<(String, String)>,
    more_roles: Vec<(String, String)>,
    modes: Vec<(i32, &'static str, bool)>,
    units: Vec<(String, String, bool)>,
}

fn user<'a>(ask: &Ask<'_>, org: &'a Org) -> Result<&'a SystemUser, Stop> {
    let text = ask.param("user");
    let by_id = text.parse::<SystemUserId>().ok().and_then(|id| org.user(id));
    let by_name = || {
        org.users()
            .find(|user| user.domain_name.eq_ignore_ascii_case(text))
    };
    by_id
        .or_else(by_name)
        .ok_or_else(|| Stop::Missing("There is no such user in this organization".into()))
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = &Place::of(ask).await?;
    ask.form(change(ask, place), async |wrong| show(ask, place, wrong))
        .await
}

fn show(ask: &Ask<'_>, place: &Place, wrong: Option<Wrong>) -> Reply {
    let org = place.org()?;
    let user = user(ask, org)?;
    // A user can have the roles of the own business unit, and no others.
    let (held, more): (Vec<_>, Vec<_>) = org
        .roles()
        .filter(|role| user.roles.contains(&role.id) || Some(role.unit) == user.unit)
        .partition(|role| user.roles.contains(&role.id));
    let named = |roles: Vec<&organization::SecurityRole>| {
        let mut named: Vec<_> = roles
            .into_iter()
            .map(|role| (role.id.to_string(), shown(&role.name)))
            .collect();
        named.sort_by(|a, b| a.1.cmp(&b.1));
        named
    };
    let unit = user.unit.and_then(|id| org.unit(id));
    let view = View {
        tabs: place.tabs(ask)?,
        id: user.id.to_string(),
        name: shown(&user.full_name()),
        login: shown(&user.domain_name),
        programs: user.is_application(),
        state: state(user),
        enabled: user.disabled.is_none(),
        mode: mode(user.access_mode),
        unit: unit.map(|unit| shown(&unit.name)).unwrap_or_default(),
        roles: named(held),
        more_roles: named(more),
        modes: AccessMode::ALL
            .iter()
            .map(|(mode, number, name)| (*number, *name, *mode == user.access_mode))
            .collect(),
        units: org
            .units()
            .map(|unit| (unit.id.to_string(), shown(&unit.name), Some(unit.id) == user.unit))
            .collect(),
        frame: ask.frame().with(wrong),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("a user of an organization"),
    )
}

async fn change(ask: &Ask<'_>, place: &Place) -> Reply {
    let org = place.org()?;
    let user = user(ask, org)?;
    let id = user.id.to_string();
    let name = user.full_name();
    let of_user = [("user", id.as_str())];
    let said = match ask.field("do") {
        what @ ("give" | "take") => {
            let role = ask.field("role").parse().ok().and_then(|id| org.role(id));
            let role = role
                .ok_or_else(|| Stop::wrong("There is no such security role.", "Choose one from the list."))?;
            let role_id = role.id.to_string();
            let named = [("user", id.as_str()), ("role", role_id.as_str())];
            let (operation, said) = match what {
                "give" => ("giveRole", "now has"),
                _ => ("takeRole", "no longer has"),
            };
            place.act(ask, operation, &named, &Value::Null).await?;
            format!("{name} {said} the security role {}.", role.name)
        }
        what @ ("disable" | "enable") => {
            let body = json!({ "disabled": what == "disable" });
            place.act(ask, "changeSystemUser", &of_user, &body).await?;
            format!("{name} was {what}d.")
        }
        "mode" => {
            let mode = ask.field("mode").parse().ok().and_then(AccessMode::of_number);
            let mode = mode
                .ok_or_else(|| Stop::wrong("There is no such access mode.", "Choose one from the list."))?;
            let body = json!({ "access_mode": mode });
            place.act(ask, "changeSystemUser", &of_user, &body).await?;
            format!("The access mode of {name} was changed.")
        }
        "move" => {
            let unit = ask.field("unit").parse().ok().and_then(|id| org.unit(id));
            let unit = unit
                .ok_or_else(|| Stop::wrong("There is no such business unit.", "Choose one from the list."))?;
            let body = json!({ "unit": unit.id });
            place.act(ask, "changeSystemUser", &of_user, &body).await?;
            format!(
                "{name} is in {} now, without any security role: give new ones.",
                unit.name
            )
        }
        _ => return Err(Stop::no_button()),
    };
    place.done(ask, &format!("/users/{id}"), said)
}
