//! The way in and out of a site: to the sign-in service and back, by authorization code with PKCE (RFC 6749 4.1,
//! RFC 7636), as an application of that service like any other.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use evidence::Decision;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use organization::{Organizations, Term};
use serde::{Deserialize, Serialize};
use standin::visits::{self, LIVE, Visit};
use store::Ticket;
use types::{AppId, Host, ObjectId, TenantId, Timestamp, Upn};
use wire::{Answer, Call};

use super::{COOKIE_VISIT, set_cookie};
use crate::{
    page::{Ask, Reply},
    shell,
    stop::Stop,
};

/// Where a site's way out is.
pub(crate) const OUT: &str = "/signout";

const SIGN_IN: &str = "login.microsoftonline.com";
const PURPOSE: &str = "site sign-in";
/// How long a sign-in may take.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What travels to the sign-in service and back in `state`, sealed.
#[derive(Serialize, Deserialize)]
struct Journey {
    begun: Timestamp,
    /// The browser that began it.
    binder: String,
    verifier: String,
    /// Where it was going.
    to: String,
    /// The person was to prove once more who they are.
    again: bool,
}

/// What a site reads of an `id_token`.
#[derive(Deserialize)]
struct Claims {
    tid: TenantId,
    oid: ObjectId,
    preferred_username: Upn,
    sid: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// The application that visitors of this site sign in to.
fn application(ask: &Ask<'_>) -> Result<AppId, Stop> {
    let missing = || Stop::Broken(format!("nobody signs in at {}", ask.site.name).into());
    ask.site.application().ok_or_else(missing)
}

/// Whose accounts are taken: an organization's own tenant, or what the site says.
async fn segment(ask: &Ask<'_>) -> Result<String, Stop> {
    if ask.site.host.is_some() {
        return Ok(ask.site.sign_in_at.to_owned());
    }
    let tenant = ask
        .portal
        .stage
        .store
        .tenant_of(&format!("host:{}", ask.call.host))
        .await?;
    tenant
        .map(|tenant| tenant.to_string())
        .ok_or_else(|| Stop::Missing("There is no organization at this address".into()))
}

/// To the sign-in service, to come back to where one was going. Whose session at an organization came to its end signs
/// in anew, and loses nothing of a form that was being sent.
pub(crate) async fn enter(ask: &Ask<'_>) -> Reply {
    let call = ask.call;
    if !call.method.is_safe() {
        return match super::keep(ask, &call.path).await? {
            Some(kept) => again(ask, kept).await,
            None => Err(Stop::wrong(
                "You are no longer signed in, so nothing was changed.",
                "Sign in again, then repeat what you did.",
            )),
        };
    }
    let to = match call.query.is_empty() {
        true => call.path.clone(),
        false => format!("{}?{}", call.path, call.query),
    };
    match ask.over() {
        Some(_) if ask.site.host.is_none() => again(ask, to).await,
        _ => go(ask, to, None).await,
    }
}

/// To the sign-in service, to prove once more who one is: a session that nearly ended, or did, is not prolonged by
/// itself (row 003-35).
pub(crate) async fn again(ask: &Ask<'_>, to: String) -> Reply {
    let own = ask.guest().map(|visitor| {
        let due = visitor.session.is_warned(visitor.now);
        (&visitor.session, due)
    });
    let session = own.or_else(|| ask.over().map(|over| (&over.session, true)));
    // At the end, a proof as old as the session is asked for again; whoever has just given one is not asked twice. So
    // the browser's Back button, which leads over this request once more, leads on to where one was.
    let ask_for = session.map(|(session, due)| {
        let (name, value) = match due {
            true => {
                let age = session
                    .term
                    .idle
                    .unwrap_or(session.term.warned_after)
                    .min(session.term.warned_after);
                ("max_age", age.as_secs().saturating_sub(1).to_string())
            }
            false => ("prompt", "login".to_owned()),
        };
        [(name, value), ("login_hint", session.typed.to_string())]
    });
    go(ask, to, ask_for.as_ref()).await
}

async fn go(ask: &Ask<'_>, to: String, again: Option<&[(&str, String); 2]>) -> Reply {
    let call = ask.call;
    let stage = &ask.portal.stage;
    let verifier = crypt::opaque(&*stage.chance, "").expose().to_owned();
    let journey = Journey {
        begun: stage.clock.now(),
        binder: ask.binder.digest(),
        verifier: verifier.clone(),
        to,
        again: again.is_some(),
    };
    let state = stage
        .sealer
        .seal(&*stage.chance, PURPOSE, &serde_json::to_vec(&journey)?)
        .map_err(|error| Stop::Broken(error.to_string().into()))?;
    let segment = segment(ask).await?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(again.into_iter().flatten());
    let query = query
        .append_pair("client_id", &application(ask)?.to_string())
        .append_pair("response_type", "code")
        .append_pair("response_mode", "query")
        .append_pair("redirect_uri", &call.url(authority::CALLBACK))
        .append_pair("scope", "openid profile")
        .append_pair("state", &state)
        .append_pair("code_challenge", &crypt::digest(&verifier))
        .append_pair("code_challenge_method", "S256")
        .finish();
    let location = ask.address(SIGN_IN, &format!("/{segment}/oauth2/v2.0/authorize?{query}"));
    let decision = match again {
        Some(_) => {
            Decision::refused("the session came to its end: to sign in again").cause("session-expired")
        }
        None => Decision::served("nobody is signed in here: to the sign-in service"),
    };
    let answer = match call.method.is_safe() {
        true => Answer::redirect(&location).no_store(),
        false => shell::see_other(&location),
    };
    Ok((answer, decision))
}

/// Back from the sign-in service.
pub(crate) async fn come_back(ask: &Ask<'_>) -> Reply {
    let stage = &ask.portal.stage;
    let stale = || {
        Stop::wrong(
            "This sign-in was not begun here, or it took too long.",
            "Open the page you wanted again.",
        )
    };
    let opened = stage
        .sealer
        .open(PURPOSE, ask.query.get("state").unwrap_or_default());
    let journey: Journey = serde_json::from_slice(&opened.map_err(|_| stale())?)?;
    if stage.clock.now().since(journey.begun) >= PATIENCE {
        return Err(stale());
    }
    if let Some(error) = ask.query.get("error") {
        let why = ask.query.get("error_description").unwrap_or(error).to_owned();
        return Err(Stop::wrong(
            why,
            "Go back to the page you wanted to try again, perhaps as somebody else.",
        ));
    }
    if !crypt::same(&journey.binder, &ask.binder.digest()) {
        // The browser did not keep this site's cookie. A site cannot tell that from somebody who comes by for the
        // first time, so it begins anew: what people see as an endless redirect (row 003-31).
        if let Some(page) = super::rounds::page(ask, &journey.to)? {
            return Ok(page);
        }
        let why = "the browser came back without this site's cookie, so it is sent to sign in again";
        return Ok((
            shell::see_other(&ask.call.url(&journey.to)),
            Decision::refused(why).cause("browser-trusted-sites-loop"),
        ));
    }
    let claims = redeem(ask, &journey).await?;
    let tenant = stage.store.view::<directory::Tenant>(claims.tid).await?;
    let since = tenant.now(&*stage.clock);
    let session = Visit::new(
        &ask.call.host,
        (claims.tid, claims.oid),
        claims.preferred_username,
        since,
        term(ask, claims.tid).await?,
        ask.call.header(header::USER_AGENT),
    );
    // A value of its own for each sign-in: one that was known before is worth nothing.
    let cookie = crypt::opaque(&*stage.chance, "");
    let ticket = Ticket {
        id: crypt::digest(cookie.expose()),
        tenant: claims.tid,
        kind: visits::KIND.to_owned(),
        state: LIVE.to_owned(),
        group: claims.sid,
        expires: since + session.term.length,
        body: serde_json::to_string(&session)?,
    };
    stage.store.put_ticket(ticket).await?;
    end(ask).await?;
    let why = format!("{} came in to {}", session.typed, ask.site.name);
    let decision = Decision::granted(why)
        .tenant(claims.tid)
        .subject(session.typed.as_str());
    // Who typed a password in between was not sent round by programs. The page comes with the cookie: perhaps it is kept
    // this time.
    let round = match journey.again {
        true => None,
        false => super::rounds::page(ask, &journey.to)?,
    };
    let (answer, decision) =
        round.unwrap_or_else(|| (shell::see_other(&ask.call.url(&journey.to)), decision));
    let answer = match super::rounds::is_cookie_lost(ask, claims.tid).await? {
        true => super::rounds::lose(answer, COOKIE_VISIT, cookie.expose()),
        false => set_cookie(answer, COOKIE_VISIT, cookie.expose()),
    };
    Ok((answer, decision))
}

/// How long a session lasts that begins now: an organization says it for itself.
async fn term(ask: &Ask<'_>, tenant: TenantId) -> Result<Term, Stop> {
    if ask.site.host.is_some() {
        return Ok(Term::default());
    }
    let all = ask.portal.stage.store.view::<Organizations>(tenant).await?;
    let record = all.at(&ask.call.host).map(|org| &org.record);
    Ok(record.map_or_else(Term::default, |record| {
        Term::of(record.session_rule, &record.sessions)
    }))
}

/// The code for an `id_token`, at the token endpoint; in this process, so that its signature needs no proof.
async fn redeem(ask: &Ask<'_>, journey: &Journey) -> Result<Claims, Stop> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", &application(ask)?.to_string())
        .append_pair("redirect_uri", &ask.call.url(authority::CALLBACK))
        .append_pair("code", ask.query.get("code").unwrap_or_default())
        .append_pair("code_verifier", &journey.verifier)
        .finish();
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let host: Host = SIGN_IN
        .parse()
        .map_err(|_| Stop::Broken("the sign-in service has no name".into()))?;
    let call = Call {
        method: Method::POST,
        host,
        form: ask.call.form,
        path: format!("/{}/oauth2/v2.0/token", segment(ask).await?),
        query: String::new(),
        headers,
        body: Bytes::from(body),
        peer: ask.call.peer,
        request: ask.portal.stage.chance.uuid(),
    };
    let (stage, mut granted) = (&ask.portal.stage, Vec::new());
    let (answer, decision) = stage.authority.handle(&call, &mut granted).await;
    stage.store.put_tickets(granted).await?;
    if answer.status != StatusCode::OK {
        return Err(Stop::wrong(
            format!("The sign-in service refused the code: {}", decision.why),
            "Open the page you wanted again.",
        ));
    }
    let tokens: Tokens = serde_json::from_slice(&answer.body)?;
    let payload = tokens.id_token.split('.').nth(1).unwrap_or_default();
    let payload = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|_| Stop::Broken("the sign-in service's id_token cannot be read".into()))?;
    Ok(serde_json::from_slice(&payload)?)
}

/// Ends the session here, then the sign-in service's, and with that every other site's.
pub(crate) async fn leave(ask: &Ask<'_>) -> Reply {
    end(ask).await?;
    let back = ask.call.url("/");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("post_logout_redirect_uri", &back)
        .finish();
    let location = ask.address(SIGN_IN, &format!("/common/oauth2/v2.0/logout?{query}"));
    let answer = set_cookie(shell::see_other(&location), COOKIE_VISIT, "");
    Ok((answer, Decision::served("signed out of the site")))
}

async fn end(ask: &Ask<'_>) -> Result<(), Stop> {
    if let Some(cookie) = ask.call.cookie(COOKIE_VISIT) {
        let store = &ask.portal.stage.store;
        store
            .move_ticket(&crypt::digest(cookie), LIVE, visits::ENDED, "")
            .await?;
    }
    Ok(())
}
