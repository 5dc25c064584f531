//! One tenant. The state holds no password in the clear; those that are shown are the world's own.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, Value::Null};
use standin::world::sheet::{TenantSheet, UserSheet};

use super::tenants;
use crate::{
    frame::Frame,
    page::{Ask, Reply},
    paging::{Paging, leafed},
    shell,
    stop::Stop,
    text::shown,
};

/// How many of each list stand on a page.
const EACH: usize = 50;

#[derive(Template)]
#[template(path = "keyway/worlds/tenant.html")]
struct View {
    frame: Frame,
    path: String,
    id: String,
    name: String,
    domain: String,
    search: String,
    people: Vec<Row>,
    /// Of all those who fit the search.
    people_paging: Paging,
    apps: Vec<App>,
    apps_paging: Paging,
    organizations: Vec<(String, String, String)>,
    organizations_paging: Paging,
}

struct Row {
    upn: String,
    name: String,
    password: String,
    note: String,
}

struct App {
    name: String,
    client_id: String,
    secret: String,
    note: String,
}

pub(super) async fn answer(ask: &Ask<'_>) -> Reply {
    let id = tenants::find(ask, ask.param("tenant")).await?.to_string();
    if ask.sent() {
        return turn(ask, &id).await;
    }
    let all = ask.act("getTenant", &[("tenant", &id)], &Null).await?;
    let ready = &ask.portal.stage.ready;
    let own = ready.tenants.iter().find(|known| known.id.to_string() == id);
    let like = ask.query.get("like");
    // A copy's passwords and notes are its template's.
    let sheet = own.or_else(|| {
        let like = like?;
        ready
            .tenants
            .iter()
            .find(|known| known.template.as_deref() == Some(like))
    });
    let search = ask.query.get("q").unwrap_or_default().trim().to_lowercase();
    let fits = |one: &&Value| {
        let has = |name: &str| text(&one[name]).to_lowercase().contains(&search);
        search.is_empty() || has("upn") || has("name")
    };
    let users: Vec<&Value> = all["users"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(fits)
        .collect();
    let (users, people_paging) = leafed(ask, ("page", "the people"), users, EACH);
    let apps = list(&all["apps"]).collect();
    let (apps, apps_paging) = leafed(ask, ("apps", "the applications"), apps, EACH);
    let mut organizations: Vec<_> = list(&all["organizations"]).collect();
    organizations.sort_by_key(|one| text(&one["name"]));
    let (organizations, organizations_paging) =
        leafed(ask, ("organizations", "the organizations"), organizations, EACH);
    let view = View {
        frame: ask.frame(),
        path: ask.call.path.clone(),
        name: text(&all["name"]),
        domain: text(&all["domain"]),
        people: users.into_iter().map(|user| person(user, sheet)).collect(),
        people_paging,
        apps: apps.into_iter().map(|one| app(one, own)).collect(),
        apps_paging,
        organizations: organizations
            .into_iter()
            .map(|one| (text(&one["name"]), text(&one["url"]), text(&one["state"])))
            .collect(),
        organizations_paging,
        search: shown(&search),
        id,
    };
    shell::page(StatusCode::OK, &view, Decision::served("a tenant"))
}

/// What the pressed button asks.
async fn turn(ask: &Ask<'_>, id: &str) -> Reply {
    let back = format!("/worlds/{id}");
    let snapshot = ask.field("snapshot");
    let named = [("tenant", id), ("name", snapshot)];
    let pressed = ask.field("do");
    if pressed != "reset" && snapshot.is_empty() {
        return Err(Stop::wrong("The snapshot has no name.", "Go back and type one."));
    }
    match pressed {
        "reset" => {
            ask.act("resetTenant", &named[..1], &Null).await?;
            Ok(ask.done(&back, "The tenant is as it was made."))
        }
        "take" => {
            ask.act("takeSnapshot", &named, &Null).await?;
            Ok(ask.done(
                &back,
                format!("How the tenant is now is remembered as “{snapshot}”."),
            ))
        }
        "restore" => {
            ask.act("restoreSnapshot", &named, &Null).await?;
            Ok(ask.done(
                &back,
                format!("The tenant is as it was when “{snapshot}” was taken."),
            ))
        }
        _ => Err(Stop::wrong("Nothing was chosen.", "Go back and press a button.")),
    }
}

fn person(user: &Value, sheet: Option<&TenantSheet>) -> Row {
    let (id, upn) = (text(&user["id"]), text(&user["upn"]));
    let known = sheet.and_then(|sheet| {
        let same = |one: &&UserSheet| one.id == id;
        let users = sheet.users.iter();
        users
            .clone()
            .find(same)
            .or_else(|| users.clone().find(|one| local(&one.upn) == local(&upn)))
    });
    let password = known.map(|one| {
        let code = one.mfa_code.as_ref().map(|code| format!(", code {code}"));
        let password = one.password.clone();
        password.unwrap_or_else(|| "none here".to_owned()) + &code.unwrap_or_default()
    });
    Row {
        name: text(&user["name"]),
        password: password.unwrap_or_default(),
        note: known.map(|one| one.note.clone()).unwrap_or_default(),
        upn,
    }
}

/// What a name begins with: the same in a copy, and in a guest's name here and at home.
fn local(upn: &str) -> &str {
    upn.split(['@', '_']).next().unwrap_or_default()
}

fn app(one: &Value, sheet: Option<&TenantSheet>) -> App {
    let client_id = text(&one["client_id"]);
    let known = sheet.and_then(|sheet| sheet.apps.iter().find(|app| app.client_id == client_id));
    App {
        name: text(&one["name"]),
        secret: known.and_then(|app| app.secret.clone()).unwrap_or_default(),
        note: known.map(|app| app.note.clone()).unwrap_or_default(),
        client_id,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    shown(value.as_str().unwrap_or_default())
}
