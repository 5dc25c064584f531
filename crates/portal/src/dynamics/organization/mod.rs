//! `/organizations/{organization}`: one organization: whether and for whom it is open.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use organization::{Organization, SessionRule};
use serde_json::{Value, json};

use super::{
    organizations::{kind, region, state},
    place::{self, Place, Tabs},
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
    path: "/organizations/{organization}",
    about: "one organization: state, administration mode, security group",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// The longest text of administration mode, in characters.
const MOST_TEXT: usize = 500;

#[derive(Template)]
#[template(path = "dynamics/organization/template.html")]
struct View {
    frame: Frame,
    tabs: Tabs,
    url: String,
    api: String,
    unique_name: String,
    id: String,
    environment: String,
    region: String,
    version: String,
    state: &'static str,
    good: bool,
    enabled: bool,
    admin_mode: bool,
    admin_text: String,
    group: String,
    kind: &'static str,
    sandbox: bool,
    /// The session settings, in minutes, where the organization has its own.
    sessions: Option<[String; 3]>,
    administrators: Vec<String>,
    may_delete: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let place = &Place::of(ask).await?;
    ask.form(change(ask, place), async |wrong| show(ask, place, wrong))
        .await
}

fn show(ask: &Ask<'_>, place: &Place, wrong: Option<Wrong>) -> Reply {
    let org = place.org()?;
    let record = &org.record;
    let (state, good) = state(record);
    let view = View {
        tabs: place.tabs(ask)?,
        url: ask.call.form.url(&record.host, "/"),
        api: ask.address(&org.api_host(), "/api/data/v9.2/"),
        unique_name: shown(&record.unique_name),
        id: record.id.to_string(),
        environment: record.environment.to_string(),
        region: region(ask, record),
        version: shown(&record.version),
        state,
        good,
        enabled: record.state == organization::OrganizationState::Enabled,
        admin_mode: record.admin_mode,
        admin_text: shown(record.admin_mode_text.as_deref().unwrap_or_default()),
        group: shown(record.security_group.as_deref().unwrap_or_default()),
        kind: kind(record),
        sandbox: record.sandbox,
        sessions: sessions(ask, record),
        administrators: org
            .administrators()
            .map(|user| shown(&format!("{} ({})", user.full_name(), user.domain_name)))
            .collect(),
        may_delete: place::manages(ask),
        frame: ask.frame().with(wrong),
    };
    shell::page(StatusCode::OK, &view, Decision::served("an organization’s page"))
}

/// Length, warning and inactivity, as they are or as they were typed. Under the old rule nobody has any to set.
fn sessions(ask: &Ask<'_>, record: &Organization) -> Option<[String; 3]> {
    if record.session_rule == SessionRule::Fixed {
        return None;
    }
    let now = &record.sessions;
    let idle = now.inactivity_minutes.map(|minutes| minutes.to_string());
    let known = [
        now.length_minutes.to_string(),
        now.warning_minutes.to_string(),
        idle.unwrap_or_default(),
    ];
    Some(match ask.field("do") {
        "sessions" => ["length", "warning", "inactivity"].map(|name| shown(ask.field(name))),
        _ => known,
    })
}

/// The session settings of the form, as the operation takes them.
fn typed_sessions(ask: &Ask<'_>) -> Result<Value, Stop> {
    let minutes = |name: &str| {
        ask.field(name).parse::<u32>().map_err(|_| {
            Stop::wrong(
                format!("“{}” is not a number of minutes.", ask.field(name)),
                "Type a whole number.",
            )
        })
    };
    let idle = match ask.field("inactivity") {
        "" => None,
        _ => Some(minutes("inactivity")?),
    };
    Ok(json!({
        "length_minutes": minutes("length")?,
        "warning_minutes": minutes("warning")?,
        "inactivity_minutes": idle,
    }))
}

async fn change(ask: &Ask<'_>, place: &Place) -> Reply {
    let record = &place.org()?.record;
    let name = &record.name;
    let (patch, said) = match ask.field("do") {
        "disable" => (
            json!({ "state": "disabled" }),
            format!("{name} is switched off: nobody comes in."),
        ),
        "enable" => (json!({ "state": "enabled" }), format!("{name} is switched on.")),
        "admin-on" => {
            let text: String = ask.field("text").chars().take(MOST_TEXT).collect();
            let text = (!text.is_empty()).then_some(text);
            (
                json!({ "admin_mode": true, "admin_mode_text": text }),
                format!("{name} is in administration mode: administrators and customizers only."),
            )
        }
        "admin-off" => (
            json!({ "admin_mode": false }),
            format!("{name} is no longer in administration mode."),
        ),
        "group" => match ask.field("group") {
            "" => {
                return Err(Stop::wrong(
                    "No group was named.",
                    "Type the name of a security group.",
                ));
            }
            group => (
                json!({ "security_group": group }),
                format!("Only members of {group} become users of {name}."),
            ),
        },
        "no-group" => (
            json!({ "security_group": null }),
            format!("{name} is open to everybody with a license."),
        ),
        "sandbox" => (json!({ "sandbox": true }), format!("{name} is a sandbox now.")),
        "production" => (
            json!({ "sandbox": false }),
            format!("{name} is in production now."),
        ),
        "sessions" => (
            json!({ "sessions": typed_sessions(ask)? }),
            "The session settings were saved. They hold from each person’s next sign-in.".to_owned(),
        ),
        "delete" => return delete(ask, place).await,
        _ => return Err(Stop::no_button()),
    };
    place.act(ask, "changeOrganization", &[], &patch).await?;
    place.done(ask, "", said)
}

async fn delete(ask: &Ask<'_>, place: &Place) -> Reply {
    let record = &place.org()?.record;
    if !place::manages(ask) {
        return Err(Stop::NoRole(place::MANAGE));
    }
    if ask.field("sure") != record.unique_name {
        return Err(Stop::wrong(
            "Nothing was deleted: the unique name that was typed is another.",
            "Type the organization’s unique name to say that you mean this one.",
        ));
    }
    let said = format!("{} was deleted with everything in it.", record.name);
    place.act(ask, "deleteOrganization", &[], &Value::Null).await?;
    Ok(ask.done("/", said))
}
