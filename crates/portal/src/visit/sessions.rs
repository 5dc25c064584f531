//! `/_sessions`, on every site that people sign in to: where one is signed in, and the way to end what one does not know.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::Value;
use standin::visits::SignIn;

use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::{moment, shown},
    wrong::Wrong,
};

const PATH: &str = "/_sessions";

pub(crate) const PAGE: Page = Page {
    path: PATH,
    about: "where one is signed in: each browser with its sites; end one, all others, or everything",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "visit/sessions.html")]
struct View {
    frame: Frame,
    organization: String,
    rows: Vec<Row>,
    /// Whether there are others than this browser's.
    others: bool,
}

/// One sign-in with one browser, as a page shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) browser: String,
    pub(crate) since: String,
    pub(crate) last_used: String,
    pub(crate) sites: String,
    /// Whether it is the one that the page is seen with.
    pub(crate) here: bool,
}

/// The sessions of an account of the visitor's tenant.
pub(crate) async fn rows(ask: &Ask<'_>, account: &directory::Account) -> Result<Vec<Row>, Stop> {
    let visitor = ask.visitor()?;
    let store = &ask.portal.stage.store;
    let all = SignIn::all(store, &visitor.tenant, account, visitor.now).await?;
    let row = |one: SignIn| Row {
        here: one.id == visitor.sign_in,
        browser: shown(&one.browser),
        since: moment(one.since),
        last_used: moment(one.last_used),
        sites: one
            .sites
            .iter()
            .map(|(_, name)| name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        id: one.id,
    };
    Ok(all.into_iter().map(row).collect())
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(end(ask), |wrong| show(ask, wrong)).await
}

async fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let visitor = ask.visitor()?;
    let rows = rows(ask, &visitor.account).await?;
    let view = View {
        frame: ask.frame().with(wrong),
        organization: shown(&visitor.tenant.settings.name),
        others: rows.iter().any(|row| !row.here),
        rows,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("where somebody is signed in"),
    )
}

async fn end(ask: &Ask<'_>) -> Reply {
    let visitor = ask.visitor()?;
    let (tenant, account) = (visitor.tenant.id().to_string(), visitor.account.id.to_string());
    let own = [("tenant", tenant.as_str()), ("account", account.as_str())];
    let named = |last| [own[0], own[1], last];
    let said = match ask.field("do") {
        "end" => {
            let one = named(("session", ask.field("session")));
            ask.act("endSession", &one, &Value::Null).await?;
            "That browser is signed out: whoever uses it must sign in again."
        }
        "end-others" => {
            let others = named(("except", visitor.sign_in.as_str()));
            ask.act("endSessions", &others, &Value::Null).await?;
            "Every other browser is signed out."
        }
        "everywhere" => {
            ask.act("revokeSessions", &own, &Value::Null).await?;
            "You were signed out everywhere, and so was every program that acts for you."
        }
        _ => return Err(Stop::no_button()),
    };
    Ok(ask.done(PATH, said))
}
