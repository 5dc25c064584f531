//! One request to a page: whose page, who may see it, whether its form is ours, and the answer.

use std::{borrow::Cow, sync::Arc};

use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::Value;
use standin::control::Actor;
use types::Later;
use wire::{Answer, Call, form::Params};

use directory::Role;

use crate::{
    Portal, Site, frame,
    frame::Frame,
    keyway, organization, shell,
    stop::Stop,
    visit::{self, Visitor},
};

/// What a page makes of a request, in time.
pub(crate) type Replying<'a> = Later<'a, Reply>;
/// A page and why it looks so, or what kept it from being made.
pub(crate) type Reply = Result<(Answer, Decision), Stop>;

/// Who may see a page, and how its form proves to be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody; its form changes nothing.
    Nothing,
    /// Anybody; its form carries a token bound to the browser.
    Form,
    /// Whoever may use the control API: it turns the stand-in itself.
    Tester,
    /// Somebody signed in.
    Visitor,
    /// Somebody signed in who has one of these directory roles.
    Role(&'static [Role]),
}

/// A page.
pub struct Page {
    /// Where it stands; `{name}` is one segment.
    pub path: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Who may see it.
    pub needs: Needs,
    /// The largest body it takes, in bytes; one that takes none is only read.
    pub most_body: usize,
    pub(crate) handle: for<'a> fn(&'a Ask<'a>) -> Replying<'a>,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The longest text that is searched for, in characters.
const MOST_SEARCH: usize = 100;
/// What an ordinary form needs.
pub(crate) const FORM: usize = 64 * 1024;

impl Page {
    pub(crate) fn at(site: &'static Site, path: &str) -> Option<&'static Self> {
        site.every_page().find(|page| page.is_at(path))
    }

    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.named(path).is_some()
    }

    /// What stands for each `{name}`, still encoded.
    fn named<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let mut found = Vec::new();
        let (mut ours, mut theirs) = (self.path.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return Some(found),
                (Some(ours), Some(theirs)) => {
                    match ours.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                        Some(name) if !theirs.is_empty() => found.push((name, theirs)),
                        None if ours.eq_ignore_ascii_case(theirs) => {}
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// One request to a page, with all that is known of it.
pub(crate) struct Ask<'a> {
    pub(crate) portal: &'a Portal,
    pub(crate) call: &'a Call,
    pub(crate) site: &'static Site,
    /// What was typed into the page's form, where it was sent.
    pub(crate) form: Params,
    /// What followed the `?`.
    pub(crate) query: Params,
    named: Vec<(&'static str, String)>,
    visitor: Option<Visitor>,
    over: Option<visit::Over>,
    /// Binds forms and sign-ins to this browser.
    pub(crate) binder: visit::Binder,
}

/// Answers for a site.
pub(crate) async fn answer(portal: &Portal, site: &'static Site, call: &Call) -> (Answer, Decision) {
    if let Some(file) = shell::file(call) {
        return file;
    }
    let mut ask = Ask {
        portal,
        call,
        site,
        form: Params::default(),
        query: Params::parse(call.query.as_bytes()).unwrap_or_default(),
        named: Vec::new(),
        visitor: None,
        over: None,
        binder: visit::Binder::of(call, &*portal.stage.chance),
    };
    let done = ask.run().await;
    let (answer, decision) = done.unwrap_or_else(|stop| stop.page(&ask));
    let decision = match &ask.visitor {
        Some(visitor) => decision
            .tenant(visitor.tenant.id())
            .subject(visitor.account.upn.as_str()),
        None => decision,
    };
    (ask.binder.keep(frame::forget_notice(call, answer)), decision)
}

impl<'a> Ask<'a> {
    async fn run(&mut self) -> Reply {
        let call = self.call;
        if self.site.application().is_some() {
            if call.path == authority::CALLBACK && call.method == Method::GET {
                return visit::come_back(self).await;
            }
            match visit::came(self).await? {
                visit::Came::In(visitor) => self.visitor = Some(*visitor),
                visit::Came::Over(over) => self.over = Some(over),
                visit::Came::Nobody => {}
            }
            if call.path == visit::OUT && call.method == Method::POST {
                self.read_form()?;
                return visit::leave(self).await;
            }
        }
        let page =
            Page::at(self.site, &call.path).ok_or_else(|| Stop::Missing("There is no such page".into()))?;
        if self.site.host.is_none() && self.is_nowhere().await? {
            return organization::nowhere(self).await;
        }
        let named = page.named(&call.path).unwrap_or_default();
        for (name, value) in named {
            let value = percent_encoding::percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| Stop::Missing("The address is not UTF-8".into()))?;
            self.named.push((name, value.into_owned()));
        }
        let reads = shell::is_read(call);
        let sends = page.most_body > 0 && call.method == Method::POST;
        if !(reads || sends) {
            return Ok(shell::not_allowed(match page.most_body {
                0 => "GET, HEAD",
                _ => "GET, HEAD, POST",
            }));
        }
        if let Some(instead) = self.admit(page).await? {
            return Ok(instead);
        }
        if !reads && page.needs != Needs::Nothing {
            self.read_form()?;
        }
        (page.handle)(self).await
    }

    /// Whether no organization is at this host.
    async fn is_nowhere(&self) -> Result<bool, Stop> {
        let name = format!("host:{}", self.call.host);
        Ok(self.portal.stage.store.tenant_of(&name).await?.is_none())
    }

    /// Whether whoever asks may see the page; the way in, where one has to sign in first.
    async fn admit(&self, page: &'static Page) -> Result<Option<(Answer, Decision)>, Stop> {
        match page.needs {
            Needs::Nothing | Needs::Form => Ok(None),
            Needs::Tester => match self.portal.stage.acts.allow(self.call) {
                Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                    keyway::enter::instead(self).map(Some)
                }
                allowed => Ok(allowed.map(|()| None)?),
            },
            Needs::Visitor | Needs::Role(_) => {
                let Some(visitor) = &self.visitor else {
                    return visit::enter(self).await.map(Some);
                };
                match page.needs {
                    Needs::Role(roles)
                        if visitor
                            .account
                            .roles
                            .is_disjoint(&roles.iter().copied().collect()) =>
                    {
                        Err(Stop::NoRole(roles))
                    }
                    _ => Ok(None),
                }
            }
        }
    }

    /// Reads the form; it must carry what only a page of ours, shown to this browser, can know.
    fn read_form(&mut self) -> Result<(), Stop> {
        self.form = Params::parse(&self.call.body).map_err(|bad| {
            let why = format!("The form cannot be read: {bad}");
            Stop::wrong(why, "Go back and send it again.")
        })?;
        let sent = self.form.get("token").unwrap_or_default();
        if crypt::same(sent, &self.token()) {
            return Ok(());
        }
        Err(Stop::wrong(
            "This form was not made for this browser, or its page was open for too long.",
            "Open the page again and repeat what you did.",
        ))
    }

    /// What the forms of this browser carry.
    pub(crate) fn token(&self) -> String {
        match &self.visitor {
            Some(visitor) => visitor.token(),
            None => self.binder.token(),
        }
    }

    /// Whether a form was sent.
    pub(crate) fn sent(&self) -> bool {
        self.call.method == Method::POST
    }

    /// What stands for `{name}` in the page's path.
    pub(crate) fn param(&self, name: &str) -> &str {
        let found = self.named.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A field of the form without blanks around it; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.form.get(name).unwrap_or_default().trim()
    }

    /// A field of a search, as it was typed.
    pub(crate) fn searched(&self, name: &str) -> String {
        let typed = self.query.get(name).unwrap_or_default();
        typed.trim().chars().take(MOST_SEARCH).collect()
    }

    /// Who is signed in, if anybody is.
    pub(crate) fn guest(&self) -> Option<&Visitor> {
        self.visitor.as_ref()
    }

    /// Whose session came to its end, where nobody is signed in.
    pub(crate) fn over(&self) -> Option<&visit::Over> {
        self.over.as_ref()
    }

    /// Who is signed in, on a page that nobody else sees.
    ///
    /// # Errors
    /// The page's [`Needs`] do not say so.
    pub(crate) fn visitor(&self) -> Result<&Visitor, Stop> {
        self.visitor
            .as_ref()
            .ok_or_else(|| Stop::Broken("a page for somebody signed in was shown to nobody".into()))
    }

    /// What the page stands in.
    pub(crate) fn frame(&self) -> Frame {
        Frame::of(self)
    }

    /// Performs an operation of the control API for whoever is here.
    ///
    /// # Errors
    /// What the API says.
    pub(crate) async fn act(&self, id: &str, named: &[(&str, &str)], body: &Value) -> Result<Value, Stop> {
        let actor = match &self.visitor {
            Some(visitor) => Actor::Person(visitor.account.upn.to_string()),
            None if self.site.host == Some("localhost") => Actor::Tester,
            None => Actor::Anybody,
        };
        Ok(self.portal.stage.acts.perform(&actor, id, named, body).await?)
    }

    /// Back to a page of this site after something was done, with what to say there.
    pub(crate) fn done(&self, path: &str, notice: impl Into<Cow<'a, str>>) -> (Answer, Decision) {
        let notice = notice.into();
        // Relative to the site: `localhost` has no dressed form.
        let answer = shell::see_other(path);
        (
            frame::with_notice(answer, &notice),
            Decision::served(notice.into_owned()),
        )
    }

    /// An address of another of our names, in the form this request came in.
    pub(crate) fn address(&self, host: &str, path: &str) -> String {
        match host.parse() {
            Ok(host) => self.call.form.url(&host, path),
            Err(_) => String::new(),
        }
    }

    /// A page of Keyway's own, on `localhost`.
    pub(crate) fn keyway(&self, path: &str) -> String {
        match self.portal.stage.ready.port() {
            443 => format!("https://localhost{path}"),
            port => format!("https://localhost:{port}{path}"),
        }
    }

    /// The page of a cause of the catalog.
    pub(crate) fn cause(&self, id: &str) -> String {
        self.keyway(&format!("/causes/{id}"))
    }

    /// A shared view of the visitor's tenant.
    pub(crate) fn tenant(&self) -> Result<&Arc<directory::Tenant>, Stop> {
        Ok(&self.visitor()?.tenant)
    }
}
