//! What a page stands in: the site's name and navigation, who is signed in, the app launcher, what was just done.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, header};
use wire::{Answer, Call};

use crate::{apps, page::Ask, wrong::Wrong};

/// Carries what was done from the form that did it to the page that is shown next.
const COOKIE_NOTICE: &str = "__Host-notice";
/// Longer notices would be cut by browsers.
const MOST_NOTICE: usize = 1000;

/// An entry of a site's navigation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
}

/// An entry of the navigation or of the app launcher, as a page shows it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) url: String,
    pub(crate) name: &'static str,
    /// The page one is on.
    pub(crate) here: bool,
}

/// The frame of one page.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) site: &'static str,
    pub(crate) nav: Vec<Entry>,
    pub(crate) apps: Vec<Entry>,
    /// Whoever is signed in: name and user name.
    pub(crate) who: Option<(String, String)>,
    /// What every form on the page carries in its field `token`.
    pub(crate) token: String,
    /// What was just done.
    pub(crate) notice: Option<String>,
    /// What was wrong with the form that was sent.
    pub(crate) wrong: Option<Wrong>,
    /// Where Keyway's own pages are.
    pub(crate) keyway: String,
}

impl Frame {
    pub(crate) fn of(ask: &Ask<'_>) -> Self {
        let path = ask.call.path.as_str();
        let nav = ask.site.nav.iter().map(|link| Entry {
            url: link.path.to_owned(),
            name: link.name,
            here: link.path == path || (link.path != "/" && path.starts_with(&format!("{}/", link.path))),
        });
        let apps = ask.guest().map_or_else(Vec::new, |visitor| {
            let entry = |app: apps::App| Entry {
                url: ask.address(app.host, app.path),
                name: app.name,
                here: ask.call.host.as_str() == app.host && app.path == ask.call.path,
            };
            apps::launcher(&visitor.account).into_iter().map(entry).collect()
        });
        Self {
            site: ask.site.name,
            nav: nav.collect(),
            apps,
            who: ask
                .guest()
                .map(|visitor| (visitor.account.name.clone(), visitor.account.upn.to_string())),
            token: ask.token(),
            notice: notice(ask.call),
            wrong: None,
            keyway: ask.keyway(""),
        }
    }

    /// The same, saying what was wrong with the form that was sent.
    pub(crate) fn with(self, wrong: Option<Wrong>) -> Self {
        Self { wrong, ..self }
    }

    /// The page of a cause of the catalog.
    pub(crate) fn cause(&self, id: &str) -> String {
        format!("{}/causes/{id}", self.keyway)
    }
}

/// Sends what was done along to the next page.
pub(crate) fn with_notice(answer: Answer, text: &str) -> Answer {
    let text: String = text.chars().take(MOST_NOTICE).collect();
    let value = URL_SAFE_NO_PAD.encode(text);
    answer.with(
        header::SET_COOKIE,
        &format!("{COOKIE_NOTICE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"),
    )
}

fn notice(call: &Call) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(call.cookie(COOKIE_NOTICE)?).ok()?;
    String::from_utf8(bytes).ok()
}

/// It is shown once: a page that showed it takes it away.
pub(crate) fn forget_notice(call: &Call, answer: Answer) -> Answer {
    let page = answer
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| *kind == HeaderValue::from_static("text/html; charset=utf-8"));
    match page && call.cookie(COOKIE_NOTICE).is_some() {
        true => answer.with(
            header::SET_COOKIE,
            &format!("{COOKIE_NOTICE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
        ),
        false => answer,
    }
}
