//! Who is at a site: its own session, apart from the sign-in service's, as every site of Microsoft's keeps one.
//!
//! A site learns who somebody is only from the sign-in service (`enter`), and remembers it in a ticket behind a cookie
//! of its own. The ticket belongs to the group of the sign-in session, so that signing out there ends it here. How long
//! it lasts is the organization's rule at an organization, and eight hours elsewhere; it holds what it began with.

mod enter;
mod keep;
mod rounds;
mod sessions;

use std::sync::Arc;

use directory::{Account, Tenant};
use http::header;
use standin::visits::{self, LIVE, Visit};
use store::StoreError;
use types::{Chance, Secret, Timestamp};
use wire::{Answer, Call};

use crate::{page::Ask, stop::Stop};

pub(crate) use enter::{OUT, again, come_back, enter, leave};
pub(crate) use keep::{Kept, keep};
pub(crate) use rounds::Rounds;
pub(crate) use sessions::{PAGE as SESSIONS, Row, rows};

/// A site's session.
const COOKIE_VISIT: &str = "__Host-visit";
/// Binds a site's forms and sign-ins to one browser, before anybody is signed in.
const COOKIE_BINDER: &str = "__Host-binder";

/// Where a page asks how long the session lasts, which is no use of it.
pub(crate) const LOOK: &str = "/_session.json";

/// Whom a request's cookie speaks of.
pub(crate) enum Came {
    /// Somebody signed in.
    In(Box<Visitor>),
    /// Somebody whose session came to its end.
    Over(Over),
    /// Nobody.
    Nobody,
}

/// A session that came to its end.
pub(crate) struct Over {
    pub(crate) session: Visit,
    /// What its forms carried.
    pub(crate) token: String,
}

/// Somebody signed in to a site.
pub(crate) struct Visitor {
    pub(crate) session: Visit,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) account: Account,
    /// What moment it is in the tenant.
    pub(crate) now: Timestamp,
    /// The sign-in that the session belongs to.
    pub(crate) sign_in: String,
    cookie: Secret,
}

impl Visitor {
    /// What the forms shown to this visitor carry.
    pub(crate) fn token(&self) -> String {
        token(self.cookie.expose())
    }
}

fn token(cookie: &str) -> String {
    crypt::digest(&format!("form {cookie}"))
}

/// Whom the request's cookie speaks of: a visitor while the session lasts and the account may sign in.
pub(crate) async fn came(ask: &Ask<'_>) -> Result<Came, Stop> {
    let Some(cookie) = ask.call.cookie(COOKIE_VISIT) else {
        return Ok(Came::Nobody);
    };
    let stage = &ask.portal.stage;
    let id = crypt::digest(cookie);
    let ticket = stage.store.ticket(&id).await?;
    let Some(ticket) = ticket.filter(|ticket| ticket.kind == visits::KIND && ticket.state == LIVE) else {
        return Ok(Came::Nobody);
    };
    let mut session: Visit = serde_json::from_str(&ticket.body)?;
    if session.host != ask.call.host.as_str() {
        return Ok(Came::Nobody);
    }
    let tenant = match stage.store.view::<Tenant>(session.tenant).await {
        Err(StoreError::UnknownTenant { .. }) => return Ok(Came::Nobody),
        view => view?,
    };
    let now = tenant.now(&*stage.clock);
    let account = tenant.account(session.account).cloned();
    let stands = |account: &Account| account.enabled && !account.deleted && account.honors(session.since);
    let Some(account) = account.filter(stands) else {
        return Ok(Came::Nobody);
    };
    if now >= session.ends() {
        let token = token(cookie);
        return Ok(Came::Over(Over { session, token }));
    }
    let used = ask.call.path != LOOK || ask.query.get("active").is_some();
    if used && session.used(now) {
        let body = serde_json::to_string(&session)?;
        stage.store.move_ticket(&id, LIVE, LIVE, &body).await?;
    }
    Ok(Came::In(Box::new(Visitor {
        session,
        tenant,
        account,
        now,
        sign_in: ticket.group,
        cookie: Secret::new(cookie),
    })))
}

/// What binds a browser without a session: made with the first page that needs it.
pub(crate) struct Binder {
    value: Secret,
    fresh: bool,
}

impl Binder {
    pub(crate) fn of(call: &Call, chance: &dyn Chance) -> Self {
        match call.cookie(COOKIE_BINDER).filter(|value| value.len() >= 43) {
            Some(value) => Self {
                value: Secret::new(value),
                fresh: false,
            },
            None => Self {
                value: crypt::opaque(chance, ""),
                fresh: true,
            },
        }
    }

    /// What the forms of this browser carry.
    pub(crate) fn token(&self) -> String {
        crypt::digest(&format!("form {}", self.value.expose()))
    }

    /// What a sign-in that this browser began is known by.
    fn digest(&self) -> String {
        crypt::digest(&format!("sign-in {}", self.value.expose()))
    }

    /// Gives it to the browser, with a page or with the way to the sign-in service.
    pub(crate) fn keep(&self, answer: Answer) -> Answer {
        let cached = answer
            .headers
            .get(header::CACHE_CONTROL)
            .is_some_and(|value| !value.as_bytes().starts_with(b"no-store"));
        match self.fresh && !cached {
            true => set_cookie(answer, COOKIE_BINDER, self.value.expose()),
            false => answer,
        }
    }
}

pub(crate) fn set_cookie(answer: Answer, name: &str, value: &str) -> Answer {
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    answer.with(header::SET_COOKIE, &cookie)
}
