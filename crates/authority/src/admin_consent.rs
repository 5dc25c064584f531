//! The admin consent endpoint (facts/identity.md 2.8).

use std::collections::{BTreeMap, BTreeSet};

use directory::{Client, Located};
use evidence::Decision;

use types::AppId;
use wire::{
    Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{
    Service,
    application::Caller,
    endpoint::Version,
    redirect::{self, Mode, Target},
    resource::{Ask, Reserved, Resource},
    sign_in::{Known, Permission, Scene, Shown, Wanted, permissions},
    stop::{Done, Note, Stop, decision},
};

impl Service {
    pub(crate) async fn admin_consent(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<Shown> {
        match Box::pin(self.admin_consent_steps(call, segment, version, note)).await {
            Err(Stop::Refused(refusal)) => {
                let now = note.now.unwrap_or_else(|| self.parts.clock.now());
                Ok((self.refused(call, &refusal, note, now)?, decision(&refusal)))
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
    ) -> Done<Shown> {
        let query = crate::token::params(call.query.as_bytes())?;
        let place = self.place(call, segment, note).await?;
        let caller = self
            .caller(call, query.get("client_id"), &place, version, note)
            .await?;
        let target = redirect::check(&caller.app, query.some("redirect_uri"))?;
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        let scene = Scene {
            call,
            action: format!("{}?{}", call.path, call.query),
            caller: &caller,
            place: &place,
            target: Some(&target),
            now,
            correlation: note.correlation,
        };
        if call.method != http::Method::POST {
            return self.name_page(&scene, "", None);
        }
        let form = crate::token::body(call)?;
        self.check_flow(call, form.get("ctx").unwrap_or_default(), now)?;
        if form.get("cancel").is_some() {
            return self.declined(version, &query, &target, note);
        }
        let known = match self.answered(&scene, &form, note).await? {
            Ok(known) => known,
            Err(page) => return Ok(*page),
        };
        let (person, located) = (&known.person, &known.located);
        self.enter(&located.tenant, note);
        note.subject = Some(person.upn.to_string());
        if !located.account.may_grant_admin_consent() {
            let why = format!(
                "{} is no administrator who may consent for the tenant",
                person.upn
            );
            return Err(Refusal::new(&aadsts::ADMIN_CONSENT_REQUIRED, why).into());
        }
        if let Some(page) = self.second_factor_page(&scene, &known)? {
            return Ok(page);
        }
        let wanted = self.wanted_permissions(version, &query, &caller, located).await?;
        match form.get("consent") {
            None => {
                let words: Vec<Permission> = wanted
                    .values()
                    .flat_map(|(r, scopes)| permissions(r, scopes, Reserved::default()))
                    .collect();
                let wanted = Wanted {
                    permissions: &words,
                    for_all: true,
                    may_choose_all: false,
                };
                self.consent_page(&scene, &known, &wanted).await
            }
            Some("accept") => {
                for (resource, scopes) in wanted.values() {
                    self.grant_consent(&caller, &known, true, resource, scopes)
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

    /// The page that asks for the second factor, where the tenant's rules demand one of this administrator.
    fn second_factor_page(&self, scene: &Scene<'_>, known: &Known) -> Done<Option<Shown>> {
        let tenant = &known.located.tenant;
        let client = Client {
            app: scene.caller.app.id,
            platform: scene.call.header("user-agent").unwrap_or_default(),
            interactive: true,
            refreshing: false,
            resource: "",
        };
        let now = tenant.now(&*self.parts.clock);
        match tenant
            .settings
            .admit(&known.located.account, &known.person, &client, now)
        {
            Err(refusal) => self.interrupted(scene, known, refusal).map(Some),
            Ok(()) => Ok(None),
        }
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
    fn declined(&self, version: Version, query: &Params, target: &Target, note: &Note) -> Done<Shown> {
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
}
