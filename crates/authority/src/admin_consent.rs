//! The admin consent endpoint (facts/identity.md 2.8), and signing out (1.12).

use std::collections::{BTreeMap, BTreeSet};

use directory::{Located, Person, Where};
use evidence::Decision;

use types::AppId;
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{
    Service,
    application::Caller,
    authorize::permissions,
    endpoint::Version,
    pages,
    redirect::{self, Mode, Target},
    resource::{Ask, Resource},
    session,
    stop::{Done, Note, Stop, decision},
};

impl Service {
    pub(crate) async fn admin_consent(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        match Box::pin(self.admin_consent_steps(call, segment, version, note)).await {
            Err(Stop::Refused(refusal)) => {
                let now = note.now.unwrap_or_else(|| self.parts.clock.now());
                Ok((pages::refused(call, &refusal, note, now)?, decision(&refusal)))
            }
            other => other,
        }
    }

    async fn admin_consent_steps(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        let query = crate::token::params(call.query.as_bytes())?;
        let place = self.place(call, segment, note).await?;
        let caller = self
            .caller(call, query.get("client_id"), &place, version, note)
            .await?;
        let target = redirect::check(&caller.app, query.some("redirect_uri"))?;
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        let action = format!("{}?{}", call.path, call.query);
        if call.method != http::Method::POST {
            return self.sign_in_form(call, &action, &caller.app.name, "", None, now);
        }
        let form = crate::token::body(call)?;
        self.check_flow(call, form.get("ctx").unwrap_or_default(), now)?;
        if form.get("cancel").is_some() {
            return self.declined(version, &query, &target, note);
        }
        let (person, located) = match self
            .administrator(call, &action, &caller, &form, &place, note)
            .await?
        {
            Ok(known) => known,
            Err(page) => return Ok(*page),
        };
        let wanted = self
            .wanted_permissions(version, &query, &caller, &located)
            .await?;
        match form.get("consent") {
            None => {
                let words: Vec<String> = wanted
                    .values()
                    .flat_map(|(r, scopes)| permissions(r, scopes))
                    .collect();
                self.consent_form(call, &action, &person, &caller, &words, true, now)
            }
            Some("accept") => {
                for (resource, scopes) in wanted.values() {
                    self.grant_consent(&caller, located.tenant.id(), None, resource.app, scopes)
                        .await?;
                }
                let tenant = ("tenant", located.tenant.id().to_string());
                let state = query.get("state").map(|s| ("state", s.to_owned()));
                let granted = ("admin_consent", "True".to_owned());
                let fields: Vec<_> = match version {
                    Version::V1 => [Some(tenant), state, Some(granted)]
                        .into_iter()
                        .flatten()
                        .collect(),
                    Version::V2 => {
                        let scope = ("scope", query.get("scope").unwrap_or_default().to_owned());
                        [Some(granted), Some(tenant), Some(scope), state]
                            .into_iter()
                            .flatten()
                            .collect()
                    }
                };
                let why = format!("{} consented to '{}' for the tenant", person.upn, caller.app.name);
                Ok((
                    redirect::carry(&target, Mode::Query, &fields)?,
                    Decision::granted(why),
                ))
            }
            Some(_) => self.declined(version, &query, &target, note),
        }
    }

    /// Signs an administrator in; anybody else is refused. The inner error is a page.
    async fn administrator(
        &self,
        call: &Call,
        action: &str,
        caller: &Caller,
        form: &Params,
        place: &Where,
        note: &mut Note,
    ) -> Done<Result<(Person, Located), Box<(Answer, Decision)>>> {
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        let (person, located) = if let Some(who) = form.some("who") {
            let person = self.other_half(who, now)?;
            let located = self.locate_for(caller, place, &person.upn).await?;
            (person, located)
        } else {
            match self.prove(caller, place, form, note).await? {
                Ok(known) => known,
                Err(refusal) => {
                    let login = form.get("login").unwrap_or_default();
                    let page =
                        self.sign_in_form(call, action, &caller.app.name, login, Some(&refusal), now)?;
                    return Ok(Err(Box::new(page)));
                }
            }
        };
        self.enter(&located.tenant, note);
        note.subject = Some(person.upn.to_string());
        if !located.account.may_grant_admin_consent() {
            let why = format!(
                "{} is no administrator who may consent for the tenant",
                person.upn
            );
            return Err(Refusal::new(&aadsts::ADMIN_CONSENT_REQUIRED, why).into());
        }
        Ok(Ok((person, located)))
    }

    /// v1 consents to what the registration lists; v2 to the given scope.
    async fn wanted_permissions(
        &self,
        version: Version,
        query: &Params,
        caller: &Caller,
        located: &Located,
    ) -> Done<BTreeMap<AppId, (Resource, BTreeSet<String>)>> {
        let mut wanted = BTreeMap::new();
        let listed = |app| {
            caller
                .app
                .requires
                .iter()
                .find(|r| r.resource == app)
                .map(|r| r.scopes.clone())
        };
        match version {
            Version::V2 => {
                let scope = query
                    .some("scope")
                    .ok_or_else(|| crate::token::missing("scope"))?;
                let ask = Ask::scope(scope, false)?;
                let resource = self.resource(&ask, caller, &located.tenant).await?;
                let scopes = if ask.everything {
                    listed(resource.app).unwrap_or_default()
                } else {
                    ask.names
                };
                wanted.insert(resource.app, (resource, scopes));
            }
            Version::V1 => {
                for required in &caller.app.requires {
                    let ask = Ask::resource(&required.resource.to_string());
                    let resource = self.resource(&ask, caller, &located.tenant).await?;
                    wanted.insert(required.resource, (resource, required.scopes.clone()));
                }
            }
        }
        Ok(wanted)
    }

    /// v2 says `admin_consent=True` even when it was declined: clients must look at `error` first.
    fn declined(
        &self,
        version: Version,
        query: &Params,
        target: &Target,
        note: &Note,
    ) -> Done<(Answer, Decision)> {
        let refusal = Refusal::new(&aadsts::CONSENT_DECLINED, "the administrator declined");
        let state = query.get("state").map(|s| ("state", s.to_owned()));
        let fields: Vec<_> = match version {
            Version::V1 => vec![
                ("error", "permission_denied".to_owned()),
                ("error_description", "The admin canceled the request".to_owned()),
            ],
            Version::V2 => vec![
                ("admin_consent", "True".to_owned()),
                ("error", "consent_required".to_owned()),
                (
                    "error_description",
                    refusal.description(types::Uuid::nil(), note.correlation, self.parts.clock.now()),
                ),
            ],
        };
        let fields: Vec<_> = fields.into_iter().chain(state).collect();
        Ok((redirect::carry(target, Mode::Query, &fields)?, decision(&refusal)))
    }

    /// Signs out; goes on to a registered address, or to none (facts/identity.md 1.12).
    pub(crate) async fn logout(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        let session = self.session(call).await?;
        self.end_session(call).await?;
        let query = crate::token::params(call.query.as_bytes())?;
        let wanted = query.some("post_logout_redirect_uri");
        let mut registered = false;
        for person in session.iter().flat_map(|s| &s.people) {
            note.subject = Some(person.upn.to_string());
            let here = self.parts.store.view::<crate::Registrations>(person.home).await?;
            registered |= wanted.is_some_and(|uri| {
                here.apps().any(|app| {
                    let r = &app.redirects;
                    r.web
                        .iter()
                        .chain(&r.spa)
                        .chain(&r.public_client)
                        .any(|known| known == uri)
                })
            });
        }
        let answer = match wanted.filter(|_| registered) {
            Some(uri) => {
                let state = query.get("state").map(|s| {
                    let encoded = form_urlencoded::Serializer::new(String::new())
                        .append_pair("state", s)
                        .finish();
                    format!("{}{encoded}", if uri.contains('?') { '&' } else { '?' })
                });
                Answer::redirect(&format!("{uri}{}", state.unwrap_or_default()))
            }
            None => pages::message(
                "You signed out of your account",
                &["It’s a good idea to close all browser windows."],
            )?,
        };
        let answer = session::set_cookie(answer, session::COOKIE_SESSION, "", Some(0));
        Ok((answer, Decision::served("signed out")))
    }
}
