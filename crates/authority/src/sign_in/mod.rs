//! A person at the sign-in pages: the same ones for every address that needs somebody (authorize, device, admin
//! consent).
//!
//! A name, then a password, then whatever else stands between somebody and the application. Nothing is kept here
//! while a page is open: what an earlier page proved travels in a sealed field, `who`, for the same browser. A program
//! that posts name and password at once ([`proof`]) is asked nothing that a rule does not demand.
//!
//! To add a page: a file here with what it shows and what its form's answer does, a template, and its line in
//! [`Service::answered`].

mod change;
mod consent;
mod enroll;
mod factor;
mod find;
mod guesses;
mod name;
mod pick;
mod proof;
mod stay;
mod verify;

use directory::{Located, Person, Where};
use evidence::Decision;
use serde::{Deserialize, Serialize};
use types::{CorrelationId, Timestamp, Uuid};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
};

pub(crate) use consent::{Permission, Wanted, permissions};
pub(crate) use find::Kind;
pub(crate) use guesses::Guesses;
pub(crate) use proof::bad_name;

use crate::{
    Service,
    application::Caller,
    pages::Sheet,
    redirect::Target,
    session,
    stop::{Done, Note, decision},
};

/// Where somebody is asked, by whom, and what for.
pub(crate) struct Scene<'a> {
    pub(crate) call: &'a Call,
    /// Where the pages post to.
    pub(crate) action: String,
    pub(crate) caller: &'a Caller,
    pub(crate) place: &'a Where,
    /// Where the answer will be carried, when it is carried anywhere.
    pub(crate) target: Option<&'a Target>,
    pub(crate) now: Timestamp,
    /// Ties what the pages say to the journal's lines.
    pub(crate) correlation: CorrelationId,
}

/// A page and what the journal says of it.
pub(crate) type Shown = (Answer, Decision);

/// Who it is, or the page that asks.
pub(crate) type Asked = Result<Known, Box<Shown>>;

/// Whether the session outlives the browser's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stay {
    /// No, or nobody is there to be asked.
    No,
    /// The person is to be asked.
    Ask,
    /// Yes.
    Yes,
}

/// Someone who proved who they are.
pub(crate) struct Known {
    pub(crate) person: Person,
    pub(crate) located: Box<Located>,
    /// The session they were known by; none when they proved it just now.
    pub(crate) sid: Option<Uuid>,
    /// That session is known to be used at this tenant.
    pub(crate) used_here: bool,
    pub(crate) stay: Stay,
}

/// The same, between two pages.
#[derive(Serialize, Deserialize)]
struct Half {
    person: Person,
    sid: Option<Uuid>,
    stay: Stay,
}

const HALF: &str = "half";

impl Service {
    /// What the answer to one of the pages leads to.
    pub(crate) async fn answered(&self, scene: &Scene<'_>, form: &Params, note: &mut Note) -> Done<Asked> {
        if let Some(who) = form.some("who") {
            return self.half_known(scene, form, who, note).await;
        }
        if form.get("change").is_some() || form.some("newpasswd").is_some() {
            return self.change_password(scene, form, note).await;
        }
        if let Some(id) = form.some("pick") {
            return self.picked(scene, id, note).await;
        }
        if let Some(id) = form.some("forget") {
            return self.forgotten(scene, id).await;
        }
        if form.get("back").is_some() || form.get("other").is_some() {
            let login = form.get("login").unwrap_or_default();
            return Ok(Err(Box::new(self.name_page(scene, login, None)?)));
        }
        if form.some("passwd").is_some() || form.get("signin").is_some() {
            return self.proved(scene, form, note).await;
        }
        Ok(Err(Box::new(self.named(scene, form, note).await?)))
    }

    /// Someone whom an earlier page knew, with what this page adds.
    async fn half_known(&self, scene: &Scene<'_>, form: &Params, who: &str, note: &mut Note) -> Done<Asked> {
        let half: Half = self.carried(scene.call, HALF, who, scene.now)?;
        let upn = half.person.upn.clone();
        let located = self
            .locate_for(scene.caller, scene.place, &upn, Some(Kind::of(&half.person)))
            .await?;
        self.enter(&located.tenant, note);
        note.subject = Some(upn.to_string());
        located.may_sign_in()?;
        if !located.home_account.honors(half.person.at) {
            let why = format!("{upn} was signed out everywhere while the page was open");
            return Err(Refusal::new(&aadsts::FLOW_EXPIRED, why).into());
        }
        if let Some(sid) = half.sid {
            let session = self.session(scene.call).await?.unwrap_or_default();
            if session.people.iter().all(|signed| signed.sid != sid) {
                let why = format!("{upn} was signed out while the page was open");
                return Err(Refusal::new(&aadsts::FLOW_EXPIRED, why).into());
            }
        }
        let mut known = Known {
            person: half.person,
            located: Box::new(located),
            sid: half.sid,
            used_here: false,
            stay: half.stay,
        };
        if let Some(code) = form.get("otc") {
            known = match self.second_factor(scene, known, form, code).await? {
                Ok(known) => known,
                Err(page) => return Ok(Err(page)),
            };
        }
        if let (Stay::Ask, Some(answer)) = (known.stay, form.get("stay")) {
            known.stay = if answer == "yes" { Stay::Yes } else { Stay::No };
        }
        self.standing(scene, known, Some(form)).await
    }

    /// What holds somebody back whatever the application: an address that nobody verified.
    async fn standing(&self, scene: &Scene<'_>, known: Known, form: Option<&Params>) -> Done<Asked> {
        if known.located.home_account.is_unverified() {
            return Ok(Err(Box::new(self.verify_page(scene, &known, form).await?)));
        }
        Ok(Ok(known))
    }

    /// A page's form, to be filled in by the page.
    pub(crate) fn sheet(
        &self,
        scene: &Scene<'_>,
        known: Option<&Known>,
        refusal: Option<&Refusal>,
    ) -> Done<(Sheet, session::Opened)> {
        let opened = self.open_flow(scene.call, scene.now)?;
        let who = match known {
            Some(known) => {
                let half = Half {
                    person: known.person.clone(),
                    sid: known.sid,
                    stay: known.stay,
                };
                Some(self.carry(HALF, &half, &opened, scene.now)?)
            }
            None => None,
        };
        let sheet = Sheet {
            action: scene.action.clone(),
            ctx: opened.ctx.clone(),
            app: scene.caller.app.name.clone(),
            user: known
                .map(|known| known.person.upn.to_string())
                .unwrap_or_default(),
            who,
            message: refusal.map(shown),
            told: refusal.map(|refusal| self.told(scene.call, refusal, scene.correlation, scene.now)),
            access: None,
        };
        Ok((sheet, opened))
    }

    /// A form's page as it leaves: with the cookie it is bound to, and the reason for it.
    pub(crate) fn shown(
        &self,
        scene: &Scene<'_>,
        page: &impl askama::Template,
        opened: &session::Opened,
        refusal: Option<&Refusal>,
        about: impl FnOnce() -> String,
    ) -> Done<Shown> {
        let answer = crate::pages::page(page, scene.target)?;
        let answer = session::set_cookie(answer, session::COOKIE_CONTEXT, &opened.cookie, None);
        // Loop detection knows the browser again by this.
        let answer = match scene.call.cookie(session::COOKIE_BROWSER) {
            Some(_) => answer,
            None => {
                let browser = crypt::opaque(&*self.parts.chance, "");
                session::set_cookie(
                    answer,
                    session::COOKIE_BROWSER,
                    browser.expose(),
                    Some(30 * 86_400),
                )
            }
        };
        let answer = match refusal.and_then(|refusal| refusal.retry_after) {
            Some(seconds) => crate::pages::wait(answer, seconds),
            None => answer,
        };
        Ok((
            answer,
            refusal.map_or_else(|| Decision::served(about()), decision),
        ))
    }
}

/// A refusal as a form shows it.
pub(crate) fn shown(refusal: &Refusal) -> String {
    if refusal.entry.code == aadsts::LOCKED.code {
        return format!("{}: {}", refusal.code(), aadsts::LOCKED_PAGE);
    }
    format!("{}: {}", refusal.code(), refusal.sentence())
}
