//! Knowing who sits at the browser: from the session, from a form, or by asking.

use directory::{Located, Person, locate};
use evidence::Decision;
use types::{Timestamp, Upn};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
};

use super::request::Authorize;
use crate::{
    Service, pages, session,
    stop::{Done, Note, decision},
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
                return self.half_known(call, request, form, who, now).await;
            }
            return self.by_form(call, request, form, note, now).await;
        }
        self.by_session(call, request, now).await
    }

    /// Someone whose password was right on an earlier page, perhaps with the second factor now.
    async fn half_known(
        &self,
        call: &Call,
        request: &Authorize,
        form: &Params,
        who: &str,
        now: Timestamp,
    ) -> Done<Who> {
        let person = self.other_half(who, now)?;
        let located = locate(&self.parts.store, &request.place, &person.upn)
            .await?
            .map_err(|r| named(r, request))?;
        let Some(code) = form.get("otc") else {
            return Ok(Who::Known {
                person,
                located: Box::new(located),
                fresh: true,
            });
        };
        let at = located.home.now(&*self.parts.clock);
        match person.clone().with_second_factor(&located.home_account, code, at) {
            Ok(person) => Ok(Who::Known {
                person,
                located: Box::new(located),
                fresh: true,
            }),
            Err(refusal) => Ok(Who::page(self.ask_for_code(
                call,
                request,
                &person,
                Some(&refusal),
                now,
            )?)),
        }
    }

    async fn by_form(
        &self,
        call: &Call,
        request: &Authorize,
        form: &Params,
        note: &mut Note,
        now: Timestamp,
    ) -> Done<Who> {
        let login = form.get("login").unwrap_or_default().trim();
        note.subject = Some(login.to_owned());
        let again = |refusal: &Refusal| -> Done<Who> {
            let page = self.sign_in_page(call, request, login, Some(refusal), now)?;
            Ok(Who::Page(page, Box::new(decision(refusal))))
        };
        let upn: Upn = match login.parse() {
            Ok(upn) => upn,
            Err(bad) => {
                let bad: types::BadUpn = bad;
                return again(&Refusal::new(&aadsts::DOMAIN_CHARACTERS, bad.to_string()));
            }
        };
        let located = match locate(&self.parts.store, &request.place, &upn).await? {
            Ok(located) => located,
            Err(refusal) if refusal.entry.code == aadsts::NO_SUCH_USER.code => return again(&refusal),
            Err(refusal) => return Err(named(refusal, request).into()),
        };
        self.enter(&located.tenant, note);
        let password = form.secret("passwd").unwrap_or_default();
        let at = located.home.now(&*self.parts.clock);
        match self.sign_in().by_password(&located, &upn, &password, at).await? {
            Ok(person) => Ok(Who::Known {
                person,
                located: Box::new(located),
                fresh: true,
            }),
            Err(refusal) => again(&refusal),
        }
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
            _ => {
                let page = self.sign_in_page(call, request, request.hint().unwrap_or_default(), None, now)?;
                Ok(Who::page((page, Decision::served("the sign-in form"))))
            }
        }
    }

    /// The sign-in form, perhaps with what was wrong the last time.
    fn sign_in_page(
        &self,
        call: &Call,
        request: &Authorize,
        login: &str,
        refusal: Option<&Refusal>,
        now: Timestamp,
    ) -> Done<Answer> {
        let message = refusal.map(|r| format!("{}: {}", r.code(), r.sentence()));
        let (ctx, cookie) = self.open_flow(call, now)?;
        let page = pages::page(&pages::SignInPage {
            action: &request.action(call),
            ctx: &ctx,
            app: Some(&request.caller.app.name),
            login,
            message: message.as_deref(),
        })?;
        let page = session::set_cookie(page, session::COOKIE_CONTEXT, &cookie, None);
        Ok(match call.cookie(session::COOKIE_BROWSER) {
            Some(_) => page,
            None => {
                let browser = crypt::opaque(&*self.parts.chance, "");
                session::set_cookie(page, session::COOKIE_BROWSER, browser.expose(), Some(30 * 86_400))
            }
        })
    }

    /// The page that asks for the second factor.
    pub(super) fn ask_for_code(
        &self,
        call: &Call,
        request: &Authorize,
        person: &Person,
        refusal: Option<&Refusal>,
        now: Timestamp,
    ) -> Done<(Answer, Decision)> {
        let message = refusal.map(|r| format!("{}: {}", r.code(), r.sentence()));
        let (ctx, cookie) = self.open_flow(call, now)?;
        let page = pages::page(&pages::CodePage {
            action: &request.action(call),
            ctx: &ctx,
            who: &self.half(person, now)?,
            user: person.upn.as_str(),
            message: message.as_deref(),
        })?;
        let page = session::set_cookie(page, session::COOKIE_CONTEXT, &cookie, None);
        let decision = match refusal {
            Some(refusal) => decision(refusal),
            None => Decision::served(format!("{} is asked for the second factor", person.upn)),
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

/// Fills in the application where a refusal about an account names it.
fn named(refusal: Refusal, request: &Authorize) -> Refusal {
    refusal
        .with("app", request.caller.app.id)
        .with("name", &request.caller.app.name)
}
