//! Browser sessions at the sign-in service, and what a page carries to the next.

use std::time::Duration;

use directory::{Located, Person, Where, locate};
use http::header;
use serde::{Deserialize, Serialize};
use store::Ticket;
use types::{TenantId, Timestamp, Uuid};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
};

use crate::{Service, stop::Done};

/// The session cookie.
pub(crate) const COOKIE_SESSION: &str = "ESTSAUTH";
/// Binds a page's form to the browser that got the page.
pub(crate) const COOKIE_CONTEXT: &str = "esctx";
/// Tells browsers apart for loop detection.
pub(crate) const COOKIE_BROWSER: &str = "buid";

const KIND_SESSION: &str = "session";
const LIVE: &str = "live";
/// 24 hours, not persistent (facts/identity.md 1.7).
const SESSION: Duration = Duration::from_secs(86_400);
/// How long a page may stay open before it must be asked for again.
const FLOW: Duration = Duration::from_secs(3600);

/// Who is signed in with one browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) people: Vec<Person>,
}

/// What a form's hidden field carries, sealed.
#[derive(Serialize, Deserialize)]
struct Flow {
    issued: Timestamp,
    cookie: String,
}

/// Someone half-way through: the password was right.
#[derive(Serialize, Deserialize)]
struct Half {
    issued: Timestamp,
    person: Person,
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

impl Service {
    /// The session behind the request's cookie.
    pub(crate) async fn session(&self, call: &Call) -> Done<Option<Session>> {
        let Some(cookie) = call.cookie(COOKIE_SESSION) else {
            return Ok(None);
        };
        let ticket = self.parts.store.ticket(&crypt::digest(cookie)).await?;
        let Some(ticket) = ticket.filter(|t| t.kind == KIND_SESSION && t.state == LIVE) else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_str(&ticket.body)?))
    }

    /// Adds someone to the session of this browser, under a new cookie value: an old one might be known.
    pub(crate) async fn remember(
        &self,
        call: &Call,
        answer: Answer,
        person: &Person,
        tenant: TenantId,
        id: Uuid,
    ) -> Done<Answer> {
        let mut people = self.session(call).await?.map(|s| s.people).unwrap_or_default();
        people.retain(|known| known.id != person.id);
        people.push(person.clone());
        let value = crypt::opaque(&*self.parts.chance, "0.");
        let ticket = Ticket {
            id: crypt::digest(value.expose()),
            tenant,
            kind: KIND_SESSION.to_owned(),
            state: LIVE.to_owned(),
            group: id.to_string(),
            expires: person.at + SESSION,
            body: serde_json::to_string(&Session { id, people })?,
        };
        self.parts.store.put_ticket(ticket).await?;
        self.end_session(call).await?;
        Ok(set_cookie(answer, COOKIE_SESSION, value.expose(), None))
    }

    /// Ends the session behind the request's cookie.
    pub(crate) async fn end_session(&self, call: &Call) -> Done<()> {
        if let Some(cookie) = call.cookie(COOKIE_SESSION) {
            self.parts
                .store
                .move_ticket(&crypt::digest(cookie), LIVE, "ended", "")
                .await?;
        }
        Ok(())
    }

    /// Of the people signed in, those this place takes; each with the refusal that stands against it, if any.
    pub(crate) async fn known_people(
        &self,
        session: &Session,
        place: &Where,
        hint: Option<&str>,
    ) -> Done<Vec<(Person, Result<Located, Refusal>)>> {
        let mut known = Vec::new();
        for person in &session.people {
            if hint.is_some_and(|hint| !hint.eq_ignore_ascii_case(person.upn.as_str())) {
                continue;
            }
            let Ok(located) = locate(&self.parts.store, place, &person.upn).await? else {
                continue;
            };
            let standing = self.still_stands(person, &located).map(|()| located);
            known.push((person.clone(), standing));
        }
        Ok(known)
    }

    fn still_stands(&self, person: &Person, located: &Located) -> Result<(), Refusal> {
        located.may_sign_in()?;
        let account = &located.home_account;
        if located.home.now(&*self.parts.clock).since(person.at) >= SESSION {
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
                format!("{why} and was signed out by an administrator since"),
            )
        })
    }

    /// What the next form must bring back, and the cookie it is bound to.
    pub(crate) fn open_flow(&self, call: &Call, now: Timestamp) -> Done<(String, String)> {
        let cookie = match call.cookie(COOKIE_CONTEXT) {
            Some(cookie) => cookie.to_owned(),
            None => crypt::opaque(&*self.parts.chance, "").expose().to_owned(),
        };
        let flow = Flow {
            issued: now,
            cookie: crypt::digest(&cookie),
        };
        Ok((
            self.parts
                .sealer
                .seal(&*self.parts.chance, "flow", &serde_json::to_vec(&flow)?)?,
            cookie,
        ))
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

    /// Carries someone whose password was right to the next page.
    pub(crate) fn half(&self, person: &Person, now: Timestamp) -> Done<String> {
        let half = Half {
            issued: now,
            person: person.clone(),
        };
        Ok(self
            .parts
            .sealer
            .seal(&*self.parts.chance, "half", &serde_json::to_vec(&half)?)?)
    }

    /// Reads it back.
    pub(crate) fn other_half(&self, who: &str, now: Timestamp) -> Result<Person, Refusal> {
        let opened = self
            .parts
            .sealer
            .open("half", who)
            .ok()
            .and_then(|b| serde_json::from_slice::<Half>(&b).ok());
        match opened {
            Some(half) if now.since(half.issued) < FLOW => Ok(half.person),
            _ => Err(Refusal::new(
                &aadsts::FLOW_EXPIRED,
                "the page was open for too long, or not made here",
            )),
        }
    }
}
