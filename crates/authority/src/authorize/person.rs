//! Knowing who sits at the browser: from the session, from a form, or by asking.

use directory::{Located, Person};
use evidence::Decision;
use types::Timestamp;
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
};

use super::request::Authorize;
use crate::{
    Service, session,
    stop::{Done, Note},
};

/// Who it is, or the page that asks.
pub(crate) enum Who {
    /// Someone who proved it.
    Known {
        person: Person,
        located: Box<Located>,
        /// Proved just now, not by an earlier session.
        fresh: bool,
    },
    /// Ask first.
    Page(Answer, Box<Decision>),
}

impl Who {
    /// Someone who filled in a form just now, or the page that asks again.
    fn fresh(known: Result<(Person, Located), (Answer, Decision)>) -> Self {
        match known {
            Ok((person, located)) => Self::Known {
                person,
                located: Box::new(located),
                fresh: true,
            },
            Err(page) => Self::page(page),
        }
    }

    fn page((answer, decision): (Answer, Decision)) -> Self {
        Self::Page(answer, Box::new(decision))
    }
}

impl Service {
    pub(super) async fn who(
        &self,
        call: &Call,
        request: &Authorize,
        form: Option<&Params>,
        note: &mut Note,
    ) -> Done<Who> {
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        if let Some(form) = form {
            if let Some(who) = form.some("who") {
                let (action, asked) = (request.action(call), (&request.caller, &request.place));
                let known = self.half_known(call, &action, asked, (form, who), now).await?;
                return Ok(Who::fresh(known.map_err(|page| *page)));
            }
            return self.by_form(call, request, form, note, now).await;
        }
        self.by_session(call, request, now).await
    }

    async fn by_form(
        &self,
        call: &Call,
        request: &Authorize,
        form: &Params,
        note: &mut Note,
        now: Timestamp,
    ) -> Done<Who> {
        let known = match self.prove(&request.caller, &request.place, form, note).await? {
            Ok(known) => Ok(known),
            Err(refusal) => {
                let login = form.get("login").unwrap_or_default();
                Err(self.first_page(call, request, login, Some(&refusal), now)?)
            }
        };
        Ok(Who::fresh(known))
    }

    async fn by_session(&self, call: &Call, request: &Authorize, now: Timestamp) -> Done<Who> {
        let session = self.session(call).await?.filter(|_| !request.wants_password());
        let known = match &session {
            Some(session) => self.known_people(session, &request.place, request.hint()).await?,
            None => Vec::new(),
        };
        if request.is_silent() {
            return silently(known);
        }
        let mut standing = known
            .into_iter()
            .filter_map(|(person, located)| Some((person, located.ok()?)));
        match (standing.next(), standing.next()) {
            (Some((person, located)), None) => Ok(Who::Known {
                person,
                located: Box::new(located),
                fresh: false,
            }),
            _ => Ok(Who::page(self.first_page(
                call,
                request,
                request.hint().unwrap_or_default(),
                None,
                now,
            )?)),
        }
    }

    /// The sign-in form, and the cookie by which loop detection knows the browser again.
    fn first_page(
        &self,
        call: &Call,
        request: &Authorize,
        login: &str,
        refusal: Option<&Refusal>,
        now: Timestamp,
    ) -> Done<(Answer, Decision)> {
        let (action, app) = (request.action(call), &request.caller.app.name);
        let (page, decision) = self.sign_in_form(call, &action, app, login, refusal, now)?;
        let page = match call.cookie(session::COOKIE_BROWSER) {
            Some(_) => page,
            None => {
                let browser = crypt::opaque(&*self.parts.chance, "");
                session::set_cookie(page, session::COOKIE_BROWSER, browser.expose(), Some(30 * 86_400))
            }
        };
        Ok((page, decision))
    }
}

/// `prompt=none`: one valid session, or a refusal the application can tell apart.
fn silently(known: Vec<(Person, Result<Located, Refusal>)>) -> Done<Who> {
    let several = known.len() > 1;
    match known.into_iter().next() {
        None => Err(Refusal::new(&aadsts::NO_SESSION, "prompt is none and nobody is signed in").into()),
        Some(_) if several => {
            let why = "prompt is none, several people are signed in and no login_hint chooses one";
            Err(Refusal::new(&aadsts::SEVERAL_SESSIONS, why).into())
        }
        Some((_, Err(refusal))) => Err(refusal.into()),
        Some((person, Ok(located))) => Ok(Who::Known {
            person,
            located: Box::new(located),
            fresh: false,
        }),
    }
}
