//! `/organizations/{organization}/roles/{role}`: what one security role allows, and how far each privilege reaches.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{Depth, ManageError, Org, PRIVILEGES, SecurityRole, changeable};
use serde_json::{Value, json};
use types::RoleId;

use super::place::{Place, Tabs};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/organizations/{organization}/roles/{role}",
    about: "what a security role allows, and how far each privilege reaches",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How far a privilege can reach, with what that is called on the role's page.
const DEPTHS: &[(Depth, &str)] = &[
    (Depth::Basic, "User"),
    (Depth::Local, "Business unit"),
    (Depth::Deep, "Parent: child business units"),
    (Depth::Global, "Organization"),
];

#[derive(Template)]
#[template(path = "dynamics/role/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    id: String,
    name: String,
    unit: String,
    fixed: Fixed,
    /// Privilege, and how far it reaches.
    rows: Vec<(&'static str, &'static str)>,
    depths: Vec<(&'static str, &'static str)>,
}

/// What keeps a role from being changed here.
enum Fixed {
    No,
    /// It is System Administrator, which nobody changes.
    Always,
    /// It is the copy of the role with this id.
    Copy(String),
}

fn role<'a>(ask: &Ask<'_>, org: &'a Org) -> Result<&'a SecurityRole, Stop> {
    let text = ask.param("role");
    let by_id = text.parse::<RoleId>().ok().and_then(|id| org.role(id));
    by_id
        .or_else(|| org.role_named(text, None))
        .ok_or_else(|| Stop::Missing("There is no such security role in this organization".into()))
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = &Place::of(ask).await?;
    ask.form(change(ask, place), async |wrong| show(ask, place, wrong))
        .await
}

fn show(ask: &Ask<'_>, place: &Place, wrong: Option<Wrong>) -> Reply {
    let org = place.org()?;
    let role = role(ask, org)?;
    let reach = |name: &str| {
        let depth = role.privileges.get(name);
        let known = depth.and_then(|depth| DEPTHS.iter().find(|(one, _)| one == depth));
        known.map_or("not given", |(_, name)| *name)
    };
    let view = View {
        tabs: place.tabs(ask)?,
        id: role.id.to_string(),
        name: shown(&role.name),
        unit: org
            .unit(role.unit)
            .map(|unit| shown(&unit.name))
            .unwrap_or_default(),
        fixed: match changeable(org, role) {
            Ok(()) => Fixed::No,
            Err(ManageError::RoleInherited { original, .. }) => Fixed::Copy(original.to_string()),
            Err(_) => Fixed::Always,
        },
        rows: PRIVILEGES.iter().map(|one| (one.name, reach(one.name))).collect(),
        depths: DEPTHS.iter().map(|(depth, name)| (depth.name(), *name)).collect(),
        frame: ask.frame().with(wrong),
    };
    shell::page(StatusCode::OK, &view, Decision::served("a security role"))
}

async fn change(ask: &Ask<'_>, place: &Place) -> Reply {
    let role = role(ask, place.org()?)?;
    let (id, privilege) = (role.id.to_string(), ask.field("privilege"));
    let named = [("role", id.as_str()), ("privilege", privilege)];
    let said = match ask.field("do") {
        "give" => {
            let typed = ask.field("depth");
            let depth = DEPTHS.iter().find(|(depth, _)| depth.name() == typed);
            let (depth, reach) = depth.ok_or_else(|| {
                Stop::wrong(
                    "A privilege cannot reach so far.",
                    "Choose how far from the list.",
                )
            })?;
            place
                .act(ask, "givePrivilege", &named, &json!({ "depth": depth }))
                .await?;
            format!("{} now gives {privilege}, as far as: {reach}.", role.name)
        }
        "take" => {
            place.act(ask, "takePrivilege", &named, &Value::Null).await?;
            format!("{} no longer gives {privilege}.", role.name)
        }
        "rename" => {
            let name = ask.field("name");
            place
                .act(ask, "renameSecurityRole", &named[..1], &json!({ "name": name }))
                .await?;
            format!("{} is called {name} now, and so are its copies.", role.name)
        }
        "delete" => {
            place
                .act(ask, "deleteSecurityRole", &named[..1], &Value::Null)
                .await?;
            let said = format!("The security role {} was deleted, with its copies.", role.name);
            return place.done(ask, "/roles", said);
        }
        _ => return Err(Stop::no_button()),
    };
    place.done(ask, &format!("/roles/{id}"), said)
}
