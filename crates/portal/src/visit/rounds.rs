//! A browser that is sent to sign in again and again, because it keeps no cookie of the site (row 003-31). After a few
//! rounds a page says what happens: today's cause, and beside it the advice of the time (row 003-32).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use askama::Template;
use evidence::Decision;
use http::{StatusCode, header};
use types::{TenantId, Timestamp};
use wire::Answer;

use super::Binder;
use crate::{
    frame::Frame,
    page::{Ask, Reply},
    shell,
    stop::Stop,
};

/// So many returns within [`WINDOW`] are no coincidence. Browsers give up after twenty redirects, which are six rounds.
const MOST: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
/// Browsers remembered at once; beyond it, all are forgotten rather than memory spent.
const BROWSERS: usize = 10_000;
/// The cause, in the catalog.
pub(crate) const CAUSE: &str = "browser-trusted-sites-loop";

/// When each browser came back from signing in.
#[derive(Debug, Default)]
pub(crate) struct Rounds(Mutex<HashMap<String, Vec<Timestamp>>>);

impl Rounds {
    /// Counts a return; whether it goes round.
    fn count(&self, key: &str, now: Timestamp) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= BROWSERS {
            known.clear();
        }
        let times = known.entry(key.to_owned()).or_default();
        // A clock that was set back has no past.
        times.retain(|at| *at <= now && now.since(*at) < WINDOW);
        times.push(now);
        let round = times.len() >= MOST;
        // Who is told so may have cured it: the next try counts from the beginning.
        if round {
            known.remove(key);
        }
        round
    }
}

#[derive(Template)]
#[template(path = "visit/rounds.html")]
struct View {
    frame: Frame,
    place: String,
    to: String,
    cause: String,
}

/// Counts that a browser came back to this site, and gives the page that ends the circle where it goes round.
pub(super) fn page(ask: &Ask<'_>, to: &str) -> Result<Option<(Answer, Decision)>, Stop> {
    let browser = match ask.binder.is_fresh() {
        // Without a cookie, browsers are told apart by address and kind only; whoever keeps cookies is not counted here.
        true => format!(
            "{} {}",
            ask.call.peer,
            ask.call.header("user-agent").unwrap_or_default()
        ),
        false => ask.binder.digest(),
    };
    let key = crypt::digest(&format!("{browser} {}", ask.call.host));
    if !ask.portal.rounds.count(&key, ask.portal.stage.clock.now()) {
        return Ok(None);
    }
    let view = View {
        frame: ask.frame(),
        place: ask.call.host.to_string(),
        to: to.to_owned(),
        cause: ask.keyway(&format!("/causes/{CAUSE}")),
    };
    let why = "the browser keeps no cookie of this site and goes round: it is told so";
    let reply: Reply = shell::page(StatusCode::OK, &view, Decision::refused(why).cause(CAUSE));
    reply.map(Some)
}

/// Whether the organization is set so that browsers do not keep its cookie.
pub(super) async fn is_cookie_lost(ask: &Ask<'_>, tenant: TenantId) -> Result<bool, Stop> {
    if ask.site.host.is_some() {
        return Ok(false);
    }
    let store = &ask.portal.stage.store;
    let all = store.view::<organization::Organizations>(tenant).await?;
    Ok(all.at(&ask.call.host).is_some_and(|org| org.record.cookie_lost))
}

/// The cookie as a browser must refuse it: the prefix asks for the path `/` (RFC 6265bis 4.1.3.2).
pub(super) fn lose(answer: Answer, name: &str, value: &str) -> Answer {
    let cookie = format!("{name}={value}; Path=/elsewhere/; Secure; HttpOnly; SameSite=Lax");
    answer.with(header::SET_COOKIE, &cookie)
}

impl Binder {
    /// Whether the browser came without one.
    fn is_fresh(&self) -> bool {
        self.fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_return_within_a_minute_goes_round() {
        let rounds = Rounds::default();
        let at = Timestamp::from_seconds;
        for second in 0..4 {
            assert!(!rounds.count("a", at(second)));
        }
        assert!(!rounds.count("b", at(4)));
        assert!(rounds.count("a", at(4)));
        assert!(!rounds.count("a", at(5)));
        for second in [5, 30, 64] {
            assert!(!rounds.count("a", at(second)));
        }
        // Those of a minute ago are forgotten.
        assert!(!rounds.count("a", at(65)) && !rounds.count("a", at(66)));
        assert!(rounds.count("a", at(67)));
    }
}
