//! `/clock`: each tenant's clock. Eight hours pass at once.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};
use standin::world::relative;

use super::tenants;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/clock",
    about: "each tenant's clock, to be turned",
    needs: Needs::Tester,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "keyway/clock/template.html")]
struct View {
    frame: Frame,
    machine: String,
    tenants: Vec<Row>,
    by: String,
    to: String,
}

struct Row {
    id: String,
    name: String,
    domain: String,
    chosen: bool,
    now: String,
    offset: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(turn(ask), |wrong| show(ask, wrong)).await
}

async fn turn(ask: &Ask<'_>) -> Reply {
    let tenant = tenants::find(ask, ask.field("tenant")).await?.to_string();
    let told = ask.act("turnClock", &[("tenant", &tenant)], &asked(ask)?).await?;
    let now = told["now"].as_str().unwrap_or_default();
    let notice = format!("It is {now} in the tenant now.");
    Ok(ask.done(&format!("/clock?tenant={tenant}"), notice))
}

/// What the pressed button asks.
fn asked(ask: &Ask<'_>) -> Result<Value, Stop> {
    match ask.field("turn") {
        "reset" => Ok(json!({ "reset": true })),
        "set" => Ok(json!({ "set": ask.field("to") })),
        turn => {
            let by = if turn == "by" { ask.field("by") } else { turn };
            let signed = match by.starts_with(['+', '-']) {
                true => by.to_owned(),
                false => format!("+{by}"),
            };
            let seconds = relative(&signed).ok_or_else(|| {
                Stop::wrong(
                    format!("“{}” is not a length of time.", shown(by)),
                    "Write one like 8h, 90 minutes or 12 months.",
                )
            })?;
            Ok(json!({ "advance_seconds": seconds }))
        }
    }
}

async fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let tenant = match ask.sent() {
        true => ask.field("tenant"),
        false => ask.query.get("tenant").unwrap_or_default(),
    };
    let chosen = tenants::find(ask, tenant).await?;
    let clock = &*ask.portal.stage.clock;
    let row = |choice: tenants::Choice| Row {
        now: choice.tenant.now(clock).rfc3339_seconds(),
        offset: offset(choice.tenant.settings.clock_offset_millis.div_euclid(1000)),
        id: choice.id,
        name: choice.name,
        domain: choice.domain,
        chosen: choice.chosen,
    };
    let view = View {
        frame: ask.frame().with(wrong),
        machine: clock.now().rfc3339_seconds(),
        tenants: tenants::choices(ask, Some(chosen))
            .await?
            .into_iter()
            .map(row)
            .collect(),
        by: shown(ask.field("by")),
        to: shown(ask.field("to")),
    };
    shell::page(StatusCode::OK, &view, Decision::served("the clocks"))
}

/// `+7 h 39 min`, as people say it.
fn offset(seconds: i64) -> String {
    if seconds == 0 {
        return "the machine’s time".to_owned();
    }
    let ahead = if seconds < 0 { "behind" } else { "ahead" };
    let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds.unsigned_abs();
    let mut words = Vec::new();
    for (size, unit) in parts {
        if rest >= size {
            words.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    format!("{} {ahead}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn offsets_in_words() {
        assert_eq!(offset(27_540), "7 h 39 min ahead");
        assert_eq!(offset(-90_061), "1 d 1 h 1 min 1 s behind");
        assert_eq!(offset(0), "the machine’s time");
    }
}
