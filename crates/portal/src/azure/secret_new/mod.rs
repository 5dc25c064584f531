//! `/apps/{app}/secrets/new`: a new client secret: description, end, Add (rows 004-08 and 004-09).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;
use types::Timestamp;

use super::{
    desk::{Desk, Menu, day},
    once::Once,
};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/secrets/new",
    about: "New client secret: description, expiry, Add",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// How long a secret may live, by the portal's choices.
const LIVES: &[(&str, &str)] = &[
    ("180", "Recommended: 180 days (6 months)"),
    ("90", "90 days (3 months)"),
    ("365", "365 days (12 months)"),
    ("545", "545 days (18 months)"),
    ("730", "730 days (24 months)"),
    ("custom", "Custom"),
];
/// The longest description, in characters.
const MOST_NAME: usize = 120;

#[derive(Template)]
#[template(path = "azure/secret_new/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    name: String,
    lives: Vec<(&'static str, &'static str, bool)>,
    until: String,
    /// The last day that may be chosen.
    last: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(add(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

async fn add(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let name = ask.field("name");
    if name.chars().count() > MOST_NAME {
        return Err(Stop::wrong(
            format!("The description is longer than {MOST_NAME} characters"),
            "Shorten it.",
        ));
    }
    let ends = ends(ask.field("life"), ask.field("until"), ask.visitor()?.now)?;
    let body = json!({ "name": name, "ends": ends });
    let made = desk.act(ask, "addSecret", &body).await?;
    let text = |field: &str| made[field].as_str().unwrap_or_default().to_owned();
    let once = Once {
        id: text("id")
            .parse()
            .map_err(|_| Stop::Broken("a new secret has no id".into()))?,
        value: text("value"),
        by: ask.visitor()?.account.id,
        made: ask.portal.stage.clock.now(),
    };
    let path = desk.at(&format!("/secrets/{}/value", once.id));
    let (answer, decision) = ask.done(&path, "The client secret was created.");
    Ok((once.carry(ask, answer)?, decision))
}

/// The end as the operation takes it.
fn ends(life: &str, until: &str, now: Timestamp) -> Result<String, Stop> {
    if life != "custom" {
        let known = LIVES.iter().any(|(value, _)| *value == life);
        return match known {
            true => Ok(format!("+{life} days")),
            false => Err(Stop::wrong("A secret expires", "Choose when.")),
        };
    }
    let moment = Timestamp::parse_rfc3339(&format!("{until}T00:00:00Z"))
        .ok_or_else(|| Stop::wrong("That is no day", "Write it like 2027-01-31."))?;
    match moment > now {
        true => Ok(moment.rfc3339()),
        false => Err(Stop::wrong(format!("{until} is over"), "Choose a day to come.")),
    }
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let life = ask.field("life");
    let last = ask.visitor()?.now + std::time::Duration::from_secs(730 * 86_400);
    let view = View {
        frame: ask.frame().with(wrong),
        menu: desk.menu("/secrets"),
        base: desk.at("/secrets"),
        name: ask.field("name").to_owned(),
        lives: LIVES
            .iter()
            .map(|(value, words)| (*value, *words, *value == life))
            .collect(),
        until: ask.field("until").to_owned(),
        last: day(last),
    };
    let decision = Decision::served("the form of a new client secret");
    shell::page(StatusCode::OK, &view, decision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_and_a_day_to_come() {
        let now = Timestamp::parse_rfc3339("2026-05-01T10:00:00Z").unwrap();
        assert_eq!(ends("730", "", now).unwrap(), "+730 days");
        assert_eq!(
            ends("custom", "2027-01-31", now).unwrap(),
            "2027-01-31T00:00:00.000Z"
        );
        for (life, until) in [
            ("", ""),
            ("731", ""),
            ("custom", ""),
            ("custom", "tomorrow"),
            ("custom", "2026-05-01"),
        ] {
            assert!(ends(life, until, now).is_err(), "{life} {until}");
        }
    }
}
