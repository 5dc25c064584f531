//! Browser sessions at the sign-in service, and what a page carries to the next.
//!
//! A cookie names a ticket, and the ticket says who is signed in with that browser. Each of them has a session id of
//! their own: claim `sid`, and the group that a site's own session ticket belongs to, so that signing out here ends
//! what was begun there.

use std::{collections::BTreeSet, time::Duration};

use directory::{Located, Person, Where};
use http::header;
use serde::{Deserialize, Serialize};
use store::{Store, StoreError, Ticket};
use types::{AppId, ObjectId, Secret, TenantId, Timestamp, Uuid};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
};

use crate::{
    Service,
    sign_in::{Kind, Known, Stay},
    stop::Done,
};

/// The session cookie. The prefix holds a browser to what the attributes say (RFC 6265bis 4.1.3.2): no other host,
/// and nobody without TLS, can have set it.
pub(crate) const COOKIE_SESSION: &str = "__Host-ESTSAUTH";
/// Binds a page's form to the browser that got the page.
pub(crate) const COOKIE_CONTEXT: &str = "__Host-esctx";
/// Tells browsers apart for loop detection.
pub(crate) const COOKIE_BROWSER: &str = "__Host-buid";

const KIND_SESSION: &str = "session";
const LIVE: &str = "live";
const ENDED: &str = "ended";
/// 24 hours, not persistent (facts/identity.md 1.7).
const SESSION: Duration = Duration::from_secs(86_400);
/// 90 days for those who chose to stay signed in (the same row).
const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// How long a page may stay open before it must be asked for again.
const FLOW: Duration = Duration::from_secs(3600);

/// Who is signed in with one browser.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) people: Vec<Signed>,
}

/// One of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub(crate) person: Person,
    /// Claim `sid`, and the group of every ticket that ends with this session.
    pub(crate) sid: Uuid,
    /// The tenants it was used at: a guest signs in elsewhere than at home.
    tenants: BTreeSet<TenantId>,
    /// The applications it was used for that want to be told when it ends.
    #[serde(default)]
    pub(crate) told: BTreeSet<AppId>,
    /// Whether it outlives the browser's window.
    kept: bool,
}

impl Session {
    pub(crate) fn of(&self, id: ObjectId) -> Option<&Signed> {
        self.people.iter().find(|signed| signed.person.id == id)
    }
}

impl Known {
    /// Someone whom an earlier sign-in proved.
    pub(crate) fn of_session(signed: Signed, located: Located) -> Self {
        Self {
            used_here: signed.tenants.contains(&located.tenant.id()),
            person: signed.person,
            located: Box::new(located),
            sid: Some(signed.sid),
            stay: Stay::No,
        }
    }
}

impl Signed {
    /// How long it lasts.
    const fn lifetime(&self) -> Duration {
        if self.kept { KEPT } else { SESSION }
    }
}

/// What a form's hidden field carries, sealed.
#[derive(Serialize, Deserialize)]
struct Flow {
    issued: Timestamp,
    cookie: String,
}

/// The cookie that pages are bound to, and the field their form must bring back.
pub(crate) struct Opened {
    pub(crate) ctx: String,
    pub(crate) cookie: String,
}

impl Opened {
    /// The browser, as sealed fields name it.
    fn browser(&self) -> String {
        crypt::digest(&self.cookie)
    }
}

/// Something that one page proved and a later one relies on, sealed for one browser.
#[derive(Serialize, Deserialize)]
struct Carried<T> {
    issued: Timestamp,
    browser: String,
    what: T,
}

/// What makes a browser remember somebody: the ticket to be written, and the cookie that names it.
pub(crate) struct Remembered {
    pub(crate) ticket: Ticket,
    /// The session id of whoever came last.
    pub(crate) sid: Uuid,
    cookie: Secret,
    age: Option<u64>,
}

impl Remembered {
    /// The answer with the cookie.
    pub(crate) fn on(&self, answer: Answer) -> Answer {
        set_cookie(answer, COOKIE_SESSION, self.cookie.expose(), self.age)
    }
}

pub(crate) fn set_cookie(answer: Answer, name: &str, value: &str, age: Option<u64>) -> Answer {
    let age = age
        .map(|seconds| format!("; Max-Age={seconds}"))
        .unwrap_or_default();
    answer.with(
        header::SET_COOKIE,
        &format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}"),
    )
}

/// The ticket that says that a sign-in was ended from elsewhere.
fn mark(sid: &str) -> String {
    crypt::digest(&format!("ended sign-in {sid}"))
}

/// Ends what one person's sign-in began in a browser, from elsewhere: the browser does not know them any more. `tenant`
/// is where they are, `now` the moment there.
///
/// # Errors
/// The state cannot be written.
pub async fn end_sign_in(
    store: &Store,
    tenant: TenantId,
    sid: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ticket = Ticket {
        id: mark(sid),
        tenant,
        kind: "ended sign-in".to_owned(),
        state: ENDED.to_owned(),
        group: String::new(),
        // No session is longer.
        expires: now + KEPT,
        body: String::new(),
    };
    store.put_ticket(ticket).await
}

impl Service {
    /// The session behind the request's cookie.
    pub(crate) async fn session(&self, call: &Call) -> Done<Option<Session>> {
        let Some(cookie) = call.cookie(COOKIE_SESSION) else {
            return Ok(None);
        };
        let ticket = self.parts.store.ticket(&crypt::digest(cookie)).await?;
        let ticket = ticket.filter(|t| t.kind == KIND_SESSION && t.state == LIVE);
        // One that an older program wrote is no session; the person signs in again.
        let session = ticket.and_then(|ticket| serde_json::from_str::<Session>(&ticket.body).ok());
        let Some(mut session) = session else {
            return Ok(None);
        };
        let mut ended = BTreeSet::new();
        for signed in &session.people {
            let mark = mark(&signed.sid.to_string());
            if self.parts.store.ticket(&mark).await?.is_some() {
                ended.insert(signed.sid);
            }
        }
        session.people.retain(|signed| !ended.contains(&signed.sid));
        Ok(Some(session).filter(|session| !session.people.is_empty()))
    }

    /// This browser's session with one more person in it, to be written. The cookie's value is always a new one: an old
    /// one might be known.
    pub(crate) async fn remember(
        &self,
        call: &Call,
        known: &Known,
        tenant: TenantId,
        told: Option<AppId>,
    ) -> Done<Remembered> {
        let mut session = self.session(call).await?.unwrap_or_default();
        let id = known.person.id;
        let old = session.people.iter().position(|old| old.person.id == id);
        let mut signed = Signed {
            person: known.person.clone(),
            sid: self.parts.chance.uuid(),
            tenants: BTreeSet::new(),
            told: BTreeSet::new(),
            kept: known.stay == Stay::Yes,
        };
        // What the same person began in this browser still ends with it.
        if let Some(old) = old.map(|at| session.people.remove(at)) {
            (signed.sid, signed.tenants, signed.told) = (old.sid, old.tenants, old.told);
            // Who was not asked whether to stay has not chosen anew.
            signed.kept |= old.kept && known.stay == Stay::Ask;
        }
        signed.tenants.insert(tenant);
        signed.told.extend(told);
        session.people.push(signed);
        self.written(&session, tenant)
    }

    /// The ticket and the cookie for a session.
    fn written(&self, session: &Session, tenant: TenantId) -> Done<Remembered> {
        let cookie = crypt::opaque(&*self.parts.chance, "0.");
        let ends = session.people.iter().map(|s| s.person.at + s.lifetime());
        let kept = session.people.iter().any(|signed| signed.kept);
        let sid = session.people.last().map_or_else(Uuid::nil, |signed| signed.sid);
        let ticket = Ticket {
            id: crypt::digest(cookie.expose()),
            tenant,
            kind: KIND_SESSION.to_owned(),
            state: LIVE.to_owned(),
            group: sid.to_string(),
            expires: ends.max().unwrap_or_else(|| self.parts.clock.now()),
            body: serde_json::to_string(session)?,
        };
        Ok(Remembered {
            ticket,
            sid,
            cookie,
            age: kept.then_some(KEPT.as_secs()),
        })
    }

    /// Notes that a session is used at one more tenant, and for an application that wants to be told of its end.
    pub(crate) async fn used_at(
        &self,
        call: &Call,
        id: ObjectId,
        tenant: TenantId,
        told: Option<AppId>,
    ) -> Done<()> {
        let (Some(cookie), Some(mut session)) = (call.cookie(COOKIE_SESSION), self.session(call).await?)
        else {
            return Ok(());
        };
        let Some(signed) = session.people.iter_mut().find(|signed| signed.person.id == id) else {
            return Ok(());
        };
        let elsewhere = signed.tenants.insert(tenant);
        if told.is_some_and(|app| signed.told.insert(app)) || elsewhere {
            let body = serde_json::to_string(&session)?;
            let id = crypt::digest(cookie);
            self.parts.store.move_ticket(&id, LIVE, LIVE, &body).await?;
        }
        Ok(())
    }

    /// The value of the cookie is worth nothing any more.
    pub(crate) async fn retire_cookie(&self, call: &Call) -> Done<()> {
        if let Some(cookie) = call.cookie(COOKIE_SESSION) {
            let id = crypt::digest(cookie);
            self.parts.store.move_ticket(&id, LIVE, ENDED, "").await?;
        }
        Ok(())
    }

    /// Ends what somebody began with this session, here and at the sites.
    async fn end(&self, signed: &Signed) -> Done<()> {
        for tenant in &signed.tenants {
            let group = signed.sid.to_string();
            self.parts.store.move_group(*tenant, &group, ENDED).await?;
        }
        Ok(())
    }

    /// Ends everything behind the request's cookie.
    pub(crate) async fn end_session(&self, call: &Call) -> Done<Option<Session>> {
        let session = self.session(call).await?;
        self.retire_cookie(call).await?;
        for signed in session.iter().flat_map(|session| &session.people) {
            self.end(signed).await?;
        }
        Ok(session)
    }

    /// Signs one of several people out; the others stay, under a new cookie.
    pub(crate) async fn forget(&self, call: &Call, id: ObjectId) -> Done<(Session, Option<Remembered>)> {
        let Some(mut session) = self.session(call).await? else {
            return Ok((Session::default(), None));
        };
        let Some(signed) = session.of(id).cloned() else {
            return Ok((session, None));
        };
        session.people.retain(|other| other.person.id != id);
        let tenant = session
            .people
            .last()
            .map_or(signed.person.home, |s| s.person.home);
        let remembered = self.written(&session, tenant)?;
        self.parts.store.put_ticket(remembered.ticket.clone()).await?;
        self.retire_cookie(call).await?;
        self.end(&signed).await?;
        Ok((session, Some(remembered)))
    }

    /// Of the people signed in, those this place takes; each with the refusal that stands against it, if any.
    pub(crate) async fn known_people(
        &self,
        session: &Session,
        place: &Where,
        hint: Option<&str>,
    ) -> Done<Vec<(Signed, Result<Located, Refusal>)>> {
        let mut known = Vec::new();
        for signed in &session.people {
            let person = &signed.person;
            let kind = Kind::of(person);
            let Ok(located) = self.find(place, &person.upn, Some(kind)).await? else {
                continue;
            };
            // Either of a person's names is a hint at them (row 003-24).
            let hinted = |hint: &str| {
                hint.eq_ignore_ascii_case(person.upn.as_str())
                    || hint
                        .parse()
                        .is_ok_and(|upn| located.home_account.answers_to(&upn))
            };
            if hint.is_some_and(|hint| !hinted(hint)) {
                continue;
            }
            let standing = self.still_stands(signed, &located).map(|()| located);
            known.push((signed.clone(), standing));
        }
        Ok(known)
    }

    fn still_stands(&self, signed: &Signed, located: &Located) -> Result<(), Refusal> {
        located.may_sign_in()?;
        let (account, person) = (&located.home_account, &signed.person);
        if located.home.now(&*self.parts.clock).since(person.at) >= signed.lifetime() {
            return Err(Refusal::new(
                &aadsts::NO_SESSION,
                format!("the session of {} is over", person.upn),
            ));
        }
        if account.honors(person.at) {
            return Ok(());
        }
        let changed = account.password.as_ref().is_some_and(|p| p.changed > person.at);
        let why = format!("{} signed in {}", person.upn, person.at);
        Err(if changed {
            Refusal::new(
                &aadsts::SESSION_PASSWORD_CHANGED,
                format!("{why} and has changed the password since"),
            )
        } else {
            Refusal::new(
                &aadsts::SESSION_INVALID,
                format!("{why} and was signed out by an administrator, or everywhere, since"),
            )
        })
    }

    /// What the next form must bring back, and the cookie it is bound to.
    pub(crate) fn open_flow(&self, call: &Call, now: Timestamp) -> Done<Opened> {
        let cookie = match call.cookie(COOKIE_CONTEXT) {
            Some(cookie) => cookie.to_owned(),
            None => crypt::opaque(&*self.parts.chance, "").expose().to_owned(),
        };
        let flow = Flow {
            issued: now,
            cookie: crypt::digest(&cookie),
        };
        let ctx = self
            .parts
            .sealer
            .seal(&*self.parts.chance, "flow", &serde_json::to_vec(&flow)?)?;
        Ok(Opened { ctx, cookie })
    }

    /// Whether a form came from a page of ours, in this browser and in time.
    pub(crate) fn check_flow(&self, call: &Call, ctx: &str, now: Timestamp) -> Result<(), Refusal> {
        let expired = |why: &str| Err(Refusal::new(&aadsts::FLOW_EXPIRED, why));
        let opened = self
            .parts
            .sealer
            .open("flow", ctx)
            .ok()
            .and_then(|b| serde_json::from_slice::<Flow>(&b).ok());
        let Some(flow) = opened else {
            return expired("the form's context was not made here");
        };
        if now.since(flow.issued) >= FLOW {
            return expired("the page was open for more than an hour");
        }
        match call.cookie(COOKIE_CONTEXT) {
            Some(cookie) if crypt::same(&crypt::digest(cookie), &flow.cookie) => Ok(()),
            Some(_) => expired("the form was made for another browser"),
            None => expired("the browser did not send the page's cookie back"),
        }
    }

    /// Seals what was proved, for the next page of the same browser.
    pub(crate) fn carry(
        &self,
        purpose: &str,
        what: &impl Serialize,
        opened: &Opened,
        now: Timestamp,
    ) -> Done<String> {
        let carried = Carried {
            issued: now,
            browser: opened.browser(),
            what,
        };
        let bytes = serde_json::to_vec(&carried)?;
        Ok(self.parts.sealer.seal(&*self.parts.chance, purpose, &bytes)?)
    }

    /// Reads it back, in time and in the same browser.
    pub(crate) fn carried<T: serde::de::DeserializeOwned>(
        &self,
        call: &Call,
        purpose: &str,
        sealed: &str,
        now: Timestamp,
    ) -> Result<T, Refusal> {
        let opened = self
            .parts
            .sealer
            .open(purpose, sealed)
            .ok()
            .and_then(|b| serde_json::from_slice::<Carried<T>>(&b).ok());
        let browser = call.cookie(COOKIE_CONTEXT).map(crypt::digest).unwrap_or_default();
        match opened {
            Some(carried) if now.since(carried.issued) < FLOW && crypt::same(&browser, &carried.browser) => {
                Ok(carried.what)
            }
            _ => Err(Refusal::new(
                &aadsts::FLOW_EXPIRED,
                "the page was open for too long, or not made here, or for another browser",
            )),
        }
    }
}
