//! `login.live.com/RST2.srf`: signing in to a Microsoft account as programs did before OAuth (facts/identity.md 4.5).
//!
//! Nothing of the OAuth side takes the token it gives. It is here for clients of that time, and because it is the one
//! place where a program is told that the address of an account is not verified (row 000-19).

use std::time::Duration;

use directory::{Located, Where, locate};
use evidence::Decision;
use http::{Method, StatusCode, header};
use types::{Timestamp, Upn};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    rst2::{self, Refused, Request, Token},
};

use crate::{
    Service,
    stop::{Done, Note, Stop},
};

/// How long a token of the time lived (recalled, unverified).
const LIFETIME: Duration = Duration::from_secs(86_400);

impl Service {
    pub(crate) async fn rst2(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        if call.host.as_str() != "login.live.com" {
            return Ok((
                crate::documents::not_found(call),
                Decision::refused("Microsoft accounts sign in at login.live.com"),
            ));
        }
        if call.method != Method::POST {
            return Ok((
                Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, "POST"),
                Decision::refused("the legacy sign-in is asked with POST"),
            ));
        }
        let request = str::from_utf8(&call.body)
            .map_err(|error| error.to_string())
            .and_then(|text| Request::parse(text).map_err(|error| error.to_string()));
        let request = match request {
            Ok(request) => request,
            Err(why) => {
                return Ok((
                    Answer::empty(StatusCode::BAD_REQUEST),
                    Decision::refused(format!("not a request for a security token: {why}")),
                ));
            }
        };
        note.subject = Some(request.user.clone());
        match self.live(call, &request, note).await? {
            Ok((upn, now)) => {
                let token = Token {
                    value: crypt::opaque(&*self.parts.chance, "t="),
                    applies_to: request.applies_to,
                    created: now,
                    expires: now + LIFETIME,
                };
                let why = format!("{upn} signed in as programs did before OAuth");
                Ok((
                    envelope(&rst2::Answer::Granted(token), now),
                    Decision::granted(why),
                ))
            }
            Err((refused, why)) => {
                let now = note.now.unwrap_or_else(|| self.parts.clock.now());
                let answer = envelope(&rst2::Answer::Refused(refused.into()), now);
                let mut decision = Decision::refused(why).code(refused.code).cause(refused.cause);
                decision.grade = Some(refused.grade.name());
                Ok((answer, decision))
            }
        }
    }

    /// Who signed in and when, or the refusal and why.
    async fn live(
        &self,
        call: &Call,
        request: &Request,
        note: &mut Note,
    ) -> Done<Result<(Upn, Timestamp), (&'static Refused, String)>> {
        let Ok(upn) = request.user.parse::<Upn>() else {
            return Ok(Err((
                &rst2::NO_MEMBER,
                format!("`{}` is no user name", request.user),
            )));
        };
        let search = async { Ok(locate(&self.parts.store, &Where::Consumers, &upn).await??) };
        let located = match self.look_up(call, &Where::Consumers, search).await {
            Err(Stop::Refused(refusal)) if refusal.entry.code == aadsts::LOCKED.code => {
                return Ok(Err((&rst2::LOCKED, refusal.why)));
            }
            Err(Stop::Refused(refusal)) => return Ok(Err((&rst2::NO_MEMBER, refusal.why))),
            other => other?,
        };
        self.enter(&located.home, note);
        let now = located.home.now(&*self.parts.clock);
        let proved = self.by_password(call, &located, &upn, &request.password).await?;
        Ok(match proved {
            Err(refusal) => Err((refused(&refusal), refusal.why)),
            Ok(_) => verified(&located).map(|()| (upn, now)),
        })
    }
}

/// The address must have been shown to be the person's; only who knows the password is told.
fn verified(located: &Located) -> Result<(), (&'static Refused, String)> {
    if !located.home_account.is_unverified() {
        return Ok(());
    }
    let why = format!(
        "nobody has verified the address of {} yet",
        located.home_account.upn
    );
    Err((&rst2::NOT_VALIDATED, why))
}

/// What this side says of it; whatever it has no word for is a wrong password (unverified).
fn refused(refusal: &Refusal) -> &'static Refused {
    let is = |entry: &aadsts::Entry| refusal.entry.code == entry.code;
    if is(&aadsts::LOCKED) {
        &rst2::LOCKED
    } else if is(&aadsts::PASSWORD_EXPIRED) {
        &rst2::MUST_CHANGE
    } else {
        &rst2::BAD_PASSWORD
    }
}

/// Observed services answer 200 whatever they say (facts/identity.md 4.5).
fn envelope(answer: &rst2::Answer, now: Timestamp) -> Answer {
    Answer::new(StatusCode::OK, rst2::MEDIA_TYPE, answer.to_xml(now)).no_store()
}
