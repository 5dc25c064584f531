//! Signing out: of this browser, or everywhere (facts/identity.md 1.12).

use askama::Template;
use directory::{KIND_ACCOUNT, Tenant};
use evidence::Decision;
use http::Method;
use serde::{Deserialize, Serialize};
use store::StoreError;
use types::{Form, Host, ObjectId, TenantId};
use url::Url;
use wire::{Answer, Call, form::Params};

use crate::{
    Registrations, Service, first_party,
    issue::{issuer_v2, login_hint},
    pages,
    session::{self, Remembered, Session},
    sign_in::Shown,
    stop::{Done, Note, Stop, decision},
};

const EVERYBODY: &str = "everybody";

/// Somebody who was signed in with this browser, and may be elsewhere.
#[derive(Serialize, Deserialize)]
struct Elsewhere {
    home: TenantId,
    id: ObjectId,
    upn: String,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'a> {
    title: &'a str,
    /// Action, context and who, of the form that ends the other sessions too.
    everywhere: Option<(&'a str, &'a str, &'a str)>,
    people: &'a [String],
    /// Pages of applications that are told by being opened unseen.
    frames: &'a [Url],
    /// Where the browser goes once they were.
    onward: Option<&'a str>,
}

impl Service {
    pub(crate) async fn logout(&self, call: &Call, note: &mut Note) -> Done<Shown> {
        match self.sign_out_steps(call, note).await {
            Err(Stop::Refused(refusal)) => {
                let now = self.parts.clock.now();
                Ok((self.refused(call, &refusal, note, now)?, decision(&refusal)))
            }
            other => other,
        }
    }

    async fn sign_out_steps(&self, call: &Call, note: &mut Note) -> Done<Shown> {
        // An application may send the browser with a form (OpenID Connect RP-Initiated Logout 1.0, 2).
        let asked = match call.method {
            Method::POST => crate::token::body(call)?,
            _ => crate::token::params(call.query.as_bytes())?,
        };
        match asked.get("everywhere") {
            Some(_) if call.method == Method::POST => self.everywhere(call, &asked, note).await,
            _ => self.here(call, &asked, note).await,
        }
    }

    /// Signs out of this browser; goes on to a registered address, or to none.
    async fn here(&self, call: &Call, asked: &Params, note: &mut Note) -> Done<Shown> {
        let (ended, cookie) = self.end_hinted(call, asked.some("logout_hint")).await?;
        if let Some(signed) = ended.people.first() {
            note.subject = Some(signed.person.upn.to_string());
            note.tenant = Some(signed.person.home);
        }
        let frames = self.to_be_told(call, &ended).await?;
        let onward = match asked.some("post_logout_redirect_uri") {
            Some(uri) if self.may_go_on(&ended, uri).await? => Some(with_state(uri, asked)),
            _ => None,
        };
        let answer = match onward {
            Some(to) if frames.is_empty() => Answer::redirect(&to).no_store(),
            onward => self.signed_out_page(call, ended, &frames, onward.as_deref())?,
        };
        let answer = match cookie {
            Some(remembered) => remembered.on(answer),
            None => session::set_cookie(answer, session::COOKIE_SESSION, "", Some(0)),
        };
        Ok((answer, Decision::served("signed out")))
    }

    /// Ends the session of whom the hint names; of everybody where it names nobody here. What was ended, and the cookie
    /// of those who stay.
    async fn end_hinted(&self, call: &Call, hint: Option<&str>) -> Done<(Session, Option<Remembered>)> {
        let session = self.session(call).await?.unwrap_or_default();
        let named = session.people.iter().find(|signed| {
            let own = login_hint(signed.person.home, signed.person.id);
            hint == Some(own.as_str())
        });
        match named {
            Some(signed) if session.people.len() > 1 => {
                let (_, remembered) = self.forget(call, signed.person.id).await?;
                let people = vec![signed.clone()];
                Ok((Session { people }, remembered))
            }
            _ => Ok((self.end_session(call).await?.unwrap_or_default(), None)),
        }
    }

    /// The pages by which applications learn that a session ended (OpenID Connect Front-Channel Logout 1.0, 3; that the
    /// service sends `iss` and `sid` is unverified).
    async fn to_be_told(&self, call: &Call, ended: &Session) -> Done<Vec<Url>> {
        let store = &self.parts.store;
        let mut pages = Vec::new();
        for signed in &ended.people {
            let tenant = store.view::<Tenant>(signed.person.home).await?;
            for app in &signed.told {
                let Some(home) = store.tenant_of(&format!("app:{app}")).await? else {
                    continue;
                };
                let there = store.view::<Registrations>(home).await?;
                let registered = there.app(*app).and_then(|app| app.logout_url.as_deref());
                if let Some(mut page) = registered.and_then(|url| Url::parse(url).ok()) {
                    page.query_pairs_mut()
                        .append_pair("iss", &issuer_v2(call, &tenant))
                        .append_pair("sid", &signed.sid.to_string());
                    pages.push(page);
                }
            }
        }
        Ok(pages)
    }

    fn signed_out_page(
        &self,
        call: &Call,
        ended: Session,
        frames: &[Url],
        onward: Option<&str>,
    ) -> Done<Answer> {
        let now = self.parts.clock.now();
        let opened = self.open_flow(call, now)?;
        let elsewhere: Vec<Elsewhere> = ended
            .people
            .into_iter()
            .map(|signed| Elsewhere {
                home: signed.person.home,
                id: signed.person.id,
                upn: signed.person.upn.to_string(),
            })
            .collect();
        let people: Vec<String> = elsewhere.iter().map(|one| one.upn.clone()).collect();
        let who = self.carry(EVERYBODY, &elsewhere, &opened, now)?;
        let page = SignedOutPage {
            title: "You signed out of your account",
            everywhere: (!people.is_empty()).then_some((
                call.path.as_str(),
                opened.ctx.as_str(),
                who.as_str(),
            )),
            people: &people,
            frames,
            onward,
        };
        let answer = pages::page_with_frames(&page, frames)?;
        Ok(session::set_cookie(
            answer,
            session::COOKIE_CONTEXT,
            &opened.cookie,
            None,
        ))
    }

    /// Ends every session and grant of the people who were signed in with this browser.
    async fn everywhere(&self, call: &Call, form: &Params, note: &mut Note) -> Done<Shown> {
        let now = self.parts.clock.now();
        self.check_flow(call, form.get("ctx").unwrap_or_default(), now)?;
        let sealed = form.get(EVERYBODY).unwrap_or_default();
        let people: Vec<Elsewhere> = self.carried(call, EVERYBODY, sealed, now)?;
        for one in &people {
            note.subject = Some(one.upn.clone());
            note.tenant = Some(one.home);
            self.parts
                .store
                .update::<Tenant, _, StoreError>(one.home, |tenant, changes| {
                    if let Some(mut account) = tenant.account(one.id).cloned() {
                        account.tokens_valid_from = Some(tenant.now(&*self.parts.clock));
                        changes.put(KIND_ACCOUNT, one.id, &account);
                    }
                    Ok(())
                })
                .await?;
        }
        let page = SignedOutPage {
            title: "You signed out everywhere",
            everywhere: None,
            people: &[],
            frames: &[],
            onward: None,
        };
        let why = "signed out everywhere: grants and sessions from before are worth nothing";
        Ok((pages::page(&page, None)?, Decision::granted(why)))
    }

    /// Whether a browser may be sent on to `uri`: a redirect URI that one of the people's tenants knows, or a page of
    /// Microsoft's own sites or of an organization.
    async fn may_go_on(&self, ended: &Session, uri: &str) -> Done<bool> {
        if self.is_of_a_site(uri).await? {
            return Ok(true);
        }
        for signed in &ended.people {
            let here = self.parts.store.view::<Registrations>(signed.person.home).await?;
            let known = here.apps().any(|app| {
                let r = &app.redirects;
                r.web
                    .iter()
                    .chain(&r.spa)
                    .chain(&r.public_client)
                    .any(|known| known == uri)
            });
            if known {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_of_a_site(&self, uri: &str) -> Done<bool> {
        let Ok(url) = Url::parse(&Form::undress(uri)) else {
            return Ok(false);
        };
        let plain = url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let host = url.host_str().and_then(|host| host.parse::<Host>().ok());
        let Some(host) = host.filter(|_| plain) else {
            return Ok(false);
        };
        if first_party::SITES
            .iter()
            .any(|site| site.host == Some(host.as_str()))
        {
            return Ok(true);
        }
        let bound = self.parts.store.tenant_of(&format!("host:{host}")).await?;
        Ok(bound.is_some())
    }
}

fn with_state(uri: &str, asked: &Params) -> String {
    let state = asked.get("state").map(|state| {
        let encoded = form_urlencoded::Serializer::new(String::new())
            .append_pair("state", state)
            .finish();
        format!("{}{encoded}", if uri.contains('?') { '&' } else { '?' })
    });
    format!("{uri}{}", state.unwrap_or_default())
}
