//! `/play`: break one thing, so that a cause can be met, and mend it.
//!
//! What `keyway break` and `keyway mend` do: a cause's `[play]` says which amendment arranges it, or how the network
//! fails on a link. A cause that is played by telling a client something wrong changes nothing here.

mod scene;
mod view;

use catalog::{Catalog, Play};
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, Value::Null, json};

use super::tenants;
use crate::{
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
};
use view::View;

pub(crate) const PAGE: Page = Page {
    path: "/play",
    about: "break one thing, so that a cause can be met, and mend it",
    needs: Needs::Tester,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// The longest search, in characters.
const MOST_SEARCH: usize = 200;

async fn answer(ask: &Ask<'_>) -> Reply {
    if !ask.sent() {
        return show(ask).await;
    }
    let tenant = tenants::find(ask, ask.field("tenant")).await?.to_string();
    let back = format!("/play?tenant={tenant}");
    let some = |name: &str| Some(ask.field(name)).filter(|value| !value.is_empty());
    if let Some(cause) = some("break") {
        let (changed, told) = break_it(ask, &tenant, cause).await?;
        return Ok(ask.done(&format!("/play?tenant={changed}"), told));
    }
    if let Some(amendment) = some("mend") {
        let named = [("tenant", tenant.as_str()), ("amendment", amendment)];
        ask.act("undoAmendment", &named, &Null).await?;
        return Ok(ask.done(&back, format!("Mended: {amendment}.")));
    }
    if let Some(port) = some("close") {
        ask.act("closeLink", &[("port", port)], &Null).await?;
        return Ok(ask.done(&back, format!("The link on port {port} is closed.")));
    }
    Err(Stop::wrong(
        "Nothing was chosen.",
        "Press the button beside a cause.",
    ))
}

/// Arranges what a cause needs, and says in which tenant, and what was changed.
async fn break_it(ask: &Ask<'_>, tenant: &str, id: &str) -> Result<(String, String), Stop> {
    let cause = Catalog::embedded().get(id);
    let cause = cause.ok_or_else(|| Stop::Missing("There is no such cause".into()))?;
    let cannot = |why: &str| {
        Stop::wrong(
            format!("This cause cannot be played here: {why}."),
            "Choose another one on the page “Break and mend”.",
        )
    };
    let Some(play) = &cause.meta.play else {
        return Err(cannot(cause.meta.not_played().unwrap_or_default()));
    };
    if let Some(way) = &play.link {
        return Ok((tenant.to_owned(), break_link(ask, play, way).await?));
    }
    let Some((changed, amendment)) = scene::amendment(ask, tenant, play).await? else {
        return Err(cannot(match play.network {
            Some(_) => "it is a failure of a network, which a stand-in does not have",
            None => "a client is told something wrong, and nothing is changed",
        }));
    };
    let made = ask
        .act("applyAmendment", &[("tenant", &changed)], &amendment)
        .await?;
    Ok((changed, format!("Broken: {id}. {}", changes(&made).join("; "))))
}

async fn break_link(ask: &Ask<'_>, play: &Play, way: &str) -> Result<String, Stop> {
    let to = match play.from {
        catalog::Start::ThroughProxy => "proxy",
        _ => "https",
    };
    let opened = ask.act("openLink", &[], &json!({ "to": to })).await?;
    let port = opened["port"].to_string();
    let named = [("port", port.as_str())];
    let made = ask.act("turnLink", &named, &json!({ "way": way })).await?;
    Ok(format!(
        "A link on port {port} fails now: {}. Connect through it instead of port {}.",
        changes(&made).join("; "),
        ask.portal.stage.ready.port()
    ))
}

/// What exactly was changed.
fn changes(made: &Value) -> Vec<String> {
    let changed = made["changed"].as_array().into_iter().flatten();
    changed
        .filter_map(Value::as_str)
        .map(crate::text::shown)
        .collect()
}

async fn show(ask: &Ask<'_>) -> Reply {
    let typed = ask.query.get("q").unwrap_or_default().trim();
    let search: String = typed.chars().take(MOST_SEARCH).collect();
    let tenant = tenants::find(ask, ask.query.get("tenant").unwrap_or_default()).await?;
    let named = tenant.to_string();
    let applied = ask.act("listAmendments", &[("tenant", &named)], &Null).await?;
    let links = ask.act("listLinks", &[], &Null).await?;
    let choices = tenants::choices(ask, Some(tenant)).await?;
    let view = View::of(ask, &search, choices, &applied, &links);
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("what can be broken, and what is"),
    )
}
