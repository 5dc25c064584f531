//! The authorize endpoint: a person, a browser, and an answer for the application (facts/identity.md 1.3).
//!
//! The steps: read the request, trust the redirect, know the person, let policy and consent decide, answer.
//! The forms post back to the address they came from, so nothing is kept while a page is open.

mod answer;
mod person;
mod request;

use std::collections::BTreeSet;

use directory::{AccountKind, Client, UserConsent};
use evidence::Decision;
use http::Method;
use serde::{Deserialize, Serialize};
use types::{AppId, Timestamp};
use wire::{
    Call,
    aadsts::{self, Place, Refusal},
    form::Params,
};

use crate::{
    Platform, Registrations, Service,
    endpoint::Version,
    grants::{assigned, new_grant},
    issue::Grant,
    redirect::Target,
    resource::{Ask, Granting, Resource, granting, not_consented},
    session,
    sign_in::{Known, Scene, Shown, Wanted, permissions},
    stop::{Done, Note, Stop, decision},
};
use request::Authorize;

/// The kind of authorization code tickets.
pub(crate) const KIND_CODE: &str = "code";
/// A code nobody has redeemed.
pub(crate) const NEW: &str = "new";
/// A code that was.
pub(crate) const REDEEMED: &str = "redeemed";

/// What an authorization code stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<request::Challenge>,
    pub(crate) nonce: Option<String>,
    pub(crate) issued: Timestamp,
    resource: Option<String>,
    everything: bool,
    text: String,
}

impl Code {
    /// What was asked for when it was issued.
    pub(crate) fn ask(&self) -> Ask {
        Ask {
            reserved: self.grant.reserved,
            resource: self.resource.clone(),
            names: self.grant.scopes.clone(),
            everything: self.everything,
            text: self.text.clone(),
        }
    }

    /// Whether the verifier is the one behind the challenge (RFC 7636 4.6).
    pub(crate) fn verify(&self, verifier: Option<&str>) -> Result<(), Refusal> {
        match (&self.challenge, verifier) {
            (None, _) => Ok(()),
            (Some(challenge), Some(verifier)) if challenge.fits(verifier) => Ok(()),
            (Some(_), sent) => {
                let why = if sent.is_some() {
                    "it is not the one behind the challenge"
                } else {
                    "it is missing"
                };
                Err(Refusal::new(
                    &aadsts::VERIFIER_MISMATCH,
                    format!("code_verifier: {why}"),
                ))
            }
        }
    }
}

/// What was learned before a refusal, which decides where it is shown.
#[derive(Default)]
struct Trusted {
    /// Where errors may be carried.
    back: Option<(Target, crate::redirect::Mode, Option<String>)>,
}

impl Service {
    pub(crate) async fn authorize(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<Shown> {
        let mut trusted = Trusted::default();
        let done = Box::pin(self.authorize_steps(call, segment, version, note, &mut trusted)).await;
        match done {
            Err(Stop::Refused(refusal)) => self.interactive_refusal(call, &refusal, note, &trusted),
            other => other,
        }
    }

    /// A refusal ends on a page of ours, or at the application when its redirect URI is trusted.
    fn interactive_refusal(
        &self,
        call: &Call,
        refusal: &Refusal,
        note: &Note,
        trusted: &Trusted,
    ) -> Done<Shown> {
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        let answer = match &trusted.back {
            Some((target, mode, state)) if refusal.entry.place == Place::Redirect => {
                let fields = answer::refusal_fields(call, refusal, note, state.as_deref(), now);
                crate::redirect::carry(target, *mode, &fields)?
            }
            _ => self.refused(call, refusal, note, now)?,
        };
        Ok((answer, decision(refusal)))
    }

    async fn authorize_steps(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
        trusted: &mut Trusted,
    ) -> Done<Shown> {
        let (params, form) = request::read(call)?;
        let place = self.place(call, segment, note).await?;
        crate::token::available(&place)?;
        let caller = self
            .caller(call, params.get("client_id"), &place, version, note)
            .await?;
        let target = crate::redirect::check(&caller.app, params.some("redirect_uri"))?;
        trusted.back = Some(request::provisional_back(&target, &params));
        let request = Authorize::check(version, place, caller, target, params)?;
        trusted.back = Some((
            request.target.clone(),
            request.mode,
            request.state().map(str::to_owned),
        ));
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        if call.method == Method::GET {
            self.not_looping(call, &request, now)?;
        }
        if let Some(form) = &form {
            self.check_flow(call, form.get("ctx").unwrap_or_default(), now)?;
            if form.get("cancel").is_some() {
                let answer = answer::canceled(&request)?;
                return Ok((
                    answer,
                    Decision::refused("the person canceled the sign-in").code("access_denied"),
                ));
            }
        }
        let scene = Scene {
            call,
            action: request.action(call),
            caller: &request.caller,
            place: &request.place,
            target: Some(&request.target),
            now,
            correlation: note.correlation,
        };
        match self.who(&scene, &request, form.as_ref(), note).await? {
            Err(page) => Ok(*page),
            Ok(known) => {
                self.enter(&known.located.tenant, note);
                note.subject = Some(known.person.upn.to_string());
                Box::pin(self.decide(&scene, &request, form.as_ref(), known, note)).await
            }
        }
    }

    fn not_looping(&self, call: &Call, request: &Authorize, now: Timestamp) -> Result<(), Refusal> {
        let directory::Where::Tenant(tenant) = &request.place else {
            return Ok(());
        };
        let Some(browser) = call
            .cookie(session::COOKIE_BROWSER)
            .filter(|_| tenant.settings.loop_detection)
        else {
            return Ok(());
        };
        let key = crypt::digest(&format!("{browser}|{}", request.identity()));
        self.loops
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .count(key, now)
    }

    /// The person is known: policy, assignment and consent decide.
    async fn decide(
        &self,
        scene: &Scene<'_>,
        request: &Authorize,
        form: Option<&Params>,
        known: Known,
        note: &mut Note,
    ) -> Done<Shown> {
        let (located, person) = (&known.located, &known.person);
        let tenant = &located.tenant;
        let now = tenant.now(&*self.parts.clock);
        let caller = &request.caller;
        if located.account.kind == AccountKind::Personal
            && request
                .ask
                .resource
                .as_deref()
                .is_some_and(|r| r.contains("dynamics"))
        {
            let why = format!("{} is a personal account", person.upn);
            return Err(Refusal::new(&aadsts::RESOURCE_ON_CONSUMERS, why)
                .with("resource", AppId::DATAVERSE)
                .with("name", "Common Data Service")
                .into());
        }
        let resource = self.resource(&request.ask, caller, tenant).await?;
        let client = Client {
            app: caller.app.id,
            platform: scene.call.header("user-agent").unwrap_or_default(),
            interactive: true,
            refreshing: false,
            resource: &resource.audience,
        };
        if let Err(refusal) = tenant.settings.admit(&located.account, person, &client, now) {
            return if request.is_silent() {
                Err(refusal.into())
            } else {
                self.interrupted(scene, &known, refusal)
            };
        }
        // Who proves it once more, because it was long ago, was asked the first time.
        if request.max_age().is_none()
            && let Some(page) = self.stay_page(scene, &known)?
        {
            return Ok(page);
        }
        let principal = self.principal(caller, tenant).await?;
        if let Some(principal) = &principal {
            assigned(principal, &located.account, caller)?;
        }
        let here = self.parts.store.view::<Registrations>(tenant.id()).await?;
        let granting = granting(
            &here,
            caller,
            &resource,
            &request.ask,
            &located.account,
            request.version,
        )?;
        let scopes = match granting {
            Granting::Granted(scopes) if principal.is_some() && !request.wants_consent() => scopes,
            Granting::Granted(missing) | Granting::Missing(missing) => {
                match self
                    .consent(scene, request, form, &known, (&resource, &missing))
                    .await?
                {
                    Consented::Page(page) => return Ok(*page),
                    Consented::Given => missing,
                }
            }
        };
        self.let_in(scene, request, &known, (&resource, &scopes), now, note)
            .await
    }

    /// Nothing is in the way: the answer, and a browser that remembers.
    async fn let_in(
        &self,
        scene: &Scene<'_>,
        request: &Authorize,
        known: &Known,
        (resource, scopes): (&Resource, &BTreeSet<String>),
        now: Timestamp,
        note: &mut Note,
    ) -> Done<Shown> {
        let (located, person, caller) = (&known.located, &known.person, &request.caller);
        let tenant = located.tenant.id();
        let mut grant = new_grant(
            self,
            caller.app.id,
            Some(request.target.platform),
            located,
            person.clone(),
            &request.ask,
            &resource.audience,
            now,
        );
        let told = caller.app.logout_url.is_some().then_some(caller.app.id);
        let remembered = match known.sid {
            Some(sid) => {
                if !known.used_here || told.is_some() {
                    self.used_at(scene.call, person.id, tenant, told).await?;
                }
                grant.session = Some(sid);
                None
            }
            None => {
                let remembered = self.remember(scene.call, known, tenant, told).await?;
                grant.session = Some(remembered.sid);
                Some(remembered)
            }
        };
        let (mut answer, code) =
            self.complete(scene.call, request, located, &grant, resource, scopes, now)?;
        note.granted.extend(code);
        if let Some(remembered) = remembered {
            self.retire_cookie(scene.call).await?;
            answer = remembered.on(answer);
            note.granted.push(remembered.ticket);
        }
        let why = format!("{} signed in to '{}'", person.upn, caller.app.name);
        Ok((answer, Decision::granted(why)))
    }

    /// Asks for consent, or records it.
    async fn consent(
        &self,
        scene: &Scene<'_>,
        request: &Authorize,
        form: Option<&Params>,
        known: &Known,
        (resource, missing): (&Resource, &BTreeSet<String>),
    ) -> Done<Consented> {
        let caller = &request.caller;
        let (tenant, person) = (&known.located.tenant, &known.person);
        if request.is_silent() {
            return Err(not_consented(caller, missing).into());
        }
        let for_all = request.prompt() == Some("admin_consent");
        let admin = known.located.account.may_grant_admin_consent();
        let barred = match tenant.settings.user_consent {
            _ if admin => None,
            _ if for_all => Some(&aadsts::ADMIN_CONSENT_REQUIRED),
            UserConsent::Allowed => None,
            UserConsent::AdminOnly => Some(&aadsts::ADMIN_CONSENT_REQUIRED),
            UserConsent::AdminWorkflow => Some(&aadsts::ADMIN_CONSENT_WORKFLOW),
        };
        if let Some(entry) = barred {
            let why = format!("{} may not consent to '{}'", person.upn, caller.app.name);
            return Err(Refusal::new(entry, why).into());
        }
        match form.and_then(|form| form.get("consent")) {
            Some("accept") => {
                let ticked = admin && form.is_some_and(|form| form.get("for_all").is_some());
                self.grant_consent(caller, known, for_all || ticked, resource, missing)
                    .await?;
                Ok(Consented::Given)
            }
            Some(_) => {
                let why = format!("{} declined what '{}' asks for", person.upn, caller.app.name);
                Err(Refusal::new(&aadsts::CONSENT_DECLINED, why).into())
            }
            None => {
                let wanted = Wanted {
                    permissions: &permissions(resource, missing, request.ask.reserved),
                    for_all,
                    may_choose_all: admin,
                };
                let page = self.consent_page(scene, known, &wanted).await?;
                Ok(Consented::Page(Box::new(page)))
            }
        }
    }
}

/// How asking for consent ended.
enum Consented {
    Page(Box<Shown>),
    Given,
}

impl Platform {
    /// Whether a code for it must be bound to a challenge.
    const fn needs_challenge(self) -> bool {
        matches!(self, Self::Spa)
    }
}
